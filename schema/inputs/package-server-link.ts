import { Field, ID, InputType, Int } from 'type-graphql';
import type { EnrollmentKind } from '../../catalog/enrollment-tokens.ts';
import type { HoldingStatus } from '../../catalog/model.ts';
import type {
  HoldingReport,
  PackageServerHello,
  PackageServerReport,
  ProbeResult,
} from '../../catalog/package-server-protocol.ts';
import type { Guid } from '../../core/guid.ts';
import { EnrollmentKindEnum, HoldingStatusEnum } from '../enums.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';

@InputType({ description: 'How a package server introduces itself.' })
export class PackageServerHelloInput {
  @Field(() => SafeInt, { description: 'Raised and stored each time its process starts.' })
  bootCounter!: number;
  @Field(() => Int, { description: 'Version of the protocol; 1.' })
  protocolVersion!: number;
  @Field(() => String, { description: 'Version of its software.' })
  agentVersion!: string;
  @Field(() => [String], {
    nullable: true,
    description:
      'Where agents reach it, at most one URL a scheme; they take the place of its httpUrl and ' +
      'httpsUrl. Null: these stay.',
  })
  publicUrls?: string[] | null;
}

export function packageServerHello(input: PackageServerHelloInput): PackageServerHello {
  return { ...input, publicUrls: input.publicUrls ?? undefined };
}

@InputType({ description: 'A version that the package server verified byte by byte.' })
export class HeldVersionInput {
  @Field(() => SafeInt, { description: 'The internal version.' })
  internalVersion!: number;
  @Field(() => String, { description: 'Root hash of the tree it verified: SHA-256, hex.' })
  rootHash!: string;
  @Field(() => String, { description: 'Its signature over the holding, base64.' })
  attestation!: string;
}

@InputType({ description: 'What a package server has of one package.' })
export class HoldingReportInput {
  @Field(() => GuidScalar, { description: 'GUID of the package.' })
  packageGuid!: Guid;
  @Field(() => HoldingStatusEnum, { description: 'State.' })
  status!: HoldingStatus;
  @Field(() => String, { nullable: true, description: 'Why, for people.' })
  reason?: string | null;
  @Field(() => [HeldVersionInput], {
    description: 'Deliverable now; the newest two are remembered.',
  })
  held!: HeldVersionInput[];
  @Field(() => SafeInt, { nullable: true, description: 'Bytes moved.' })
  doneBytes?: number | null;
  @Field(() => SafeInt, { nullable: true, description: 'Bytes planned.' })
  totalBytes?: number | null;
  @Field(() => SafeInt, { nullable: true, description: 'Rate.' })
  bytesPerSecond?: number | null;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it tries again.' })
  nextTryAt?: Date | null;
}

@InputType({ description: "Whether a package server reached one of the parent's." })
export class ProbeResultInput {
  @Field(() => GuidScalar, { description: 'GUID of the package server at the parent.' })
  packageServerGuid!: Guid;
  @Field(() => String, { description: 'The address that was asked; empty when it has none.' })
  url!: string;
  @Field(() => Boolean, { description: 'Whether it answered.' })
  reachable!: boolean;
  @Field(() => String, { nullable: true, description: 'Why not, for people.' })
  reason?: string | null;
  @Field(() => SafeInt, { description: 'How long it took, milliseconds.' })
  tookMs!: number;
  @Field(() => DateTimeISO, { description: 'When, by the time of the server.' })
  at!: Date;
}

@InputType({ description: 'What a package server says of its packages.' })
export class ReportPackageServerInput {
  @Field(() => SafeInt, { description: 'As in the hello of its link.' })
  bootCounter!: number;
  @Field(() => SafeInt, { description: 'Rises with each report of one start.' })
  sequence!: number;
  @Field(() => Boolean, {
    description: 'It replaces everything reported before: what it does not mention is not there.',
  })
  full!: boolean;
  @Field(() => [HoldingReportInput], { description: 'Package by package; at most 5,000.' })
  holdings!: HoldingReportInput[];
  @Field(() => [ProbeResultInput], {
    nullable: true,
    description: "How it reaches the parent's package servers; null: as last reported. At most 64.",
  })
  probes?: ProbeResultInput[] | null;
}

export function packageServerReport(input: ReportPackageServerInput): PackageServerReport {
  const { holdings, probes } = input;
  return {
    ...input,
    holdings: holdings.map(holdingReport),
    probes: probes?.map(probeResult),
  };
}

function probeResult({ packageServerGuid, at, reason, ...rest }: ProbeResultInput): ProbeResult {
  const { url, reachable, tookMs } = rest;
  const packageServerId = packageServerGuid;
  return { packageServerId, url, reachable, reason: reason ?? '', tookMs, atMs: at.getTime() };
}

function holdingReport(input: HoldingReportInput): HoldingReport {
  return {
    packageId: input.packageGuid,
    status: input.status,
    reason: input.reason ?? '',
    held: input.held,
    progress: {
      doneBytes: input.doneBytes ?? undefined,
      totalBytes: input.totalBytes ?? undefined,
      bytesPerSecond: input.bytesPerSecond ?? undefined,
      nextTryAtMs: input.nextTryAt?.getTime(),
    },
  };
}

@InputType({ description: 'A new enrolment token.' })
export class CreateEnrollmentTokenInput {
  @Field(() => EnrollmentKindEnum, { description: 'What may enrol with it.' })
  kind!: EnrollmentKind;
  @Field(() => ID, {
    nullable: true,
    description: 'The package server that enrols, by id or GUID; only for the kind PACKAGE_SERVER.',
  })
  packageServerId?: string | null;
  @Field(() => Int, { defaultValue: 60, description: 'Its life; 1 to 10,080 minutes.' })
  expiresInMinutes!: number;
}

@InputType({ description: 'The package server whose key is no longer believed.' })
export class RevokeEnrollmentInput {
  @Field(() => ID, { description: 'The package server, by id or GUID.' })
  packageServerId!: string;
}

@InputType({ description: 'A package whose bytes are hashed again.' })
export class VerifyPackageInput {
  @Field(() => ID, { description: 'The package, by id or GUID.' })
  packageId!: string;
  @Field(() => [ID], {
    nullable: true,
    description: 'Package servers by id or GUID; all that are to hold it when absent.',
  })
  packageServerIds?: string[] | null;
}

@InputType({ description: 'The package server that reports anew.' })
export class ResendStatusInput {
  @Field(() => ID, { description: 'The package server, by id or GUID.' })
  packageServerId!: string;
}
