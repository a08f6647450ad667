import { Field, Int, ObjectType } from 'type-graphql';
import type { PackagePriority } from '../../catalog/model.ts';
import type {
  PackageServerAssignment,
  PackageServerEvent,
  PackageServerSettings,
  TransferProgress,
} from '../../catalog/package-server-protocol.ts';
import type { LinkState } from '../../catalog/package-server-links.ts';
import type { Guid } from '../../core/guid.ts';
import { PriorityEnum } from '../enums.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';
import { PublicationTypesType } from '../settings-fields.ts';
import { UserError } from './user-error.ts';

@ObjectType('Crossing', {
  description: "A lease to fetch one version from the parent's package servers.",
  simpleResolvers: true,
})
export class CrossingType {
  @Field(() => String, {
    description: 'For the header Canopy-Ticket; empty when the parent could not be asked.',
  })
  ticket!: string;
}

@ObjectType('UpstreamServer', {
  description: "A package server in the site of the parent's SMP.",
  simpleResolvers: true,
})
export class UpstreamServerType {
  @Field(() => GuidScalar, { description: 'Its GUID at the parent.' })
  packageServerGuid!: Guid;
  @Field(() => String, { description: 'Name.' })
  name!: string;
  @Field(() => [String], { description: 'Bases of its web addresses, HTTPS first.' })
  urls!: readonly string[];
}

@ObjectType('PsAssignment', {
  description: 'A package that a package server is to hold, in its current version.',
  simpleResolvers: true,
})
export class PsAssignmentType {
  @Field(() => GuidScalar, { description: 'GUID of the package.' })
  packageGuid!: Guid;
  @Field(() => String, { description: 'Name of the package.' })
  name!: string;
  @Field(() => SafeInt, { description: 'The internal version.' })
  internalVersion!: number;
  @Field(() => String, { description: 'Root hash of the tree: SHA-256, hex.' })
  rootHash!: string;
  @Field(() => String, { description: 'Blob of the file manifest: SHA-256, hex.' })
  manifestHash!: string;
  @Field(() => String, { description: 'Blob of the chunk index: SHA-256, hex.' })
  chunkIndexHash!: string;
  @Field(() => SafeInt, { description: 'Bytes of all its files.' })
  sizeBytes!: number;
  @Field(() => PriorityEnum, { description: 'Which packages are fetched first.' })
  priority!: PackagePriority;
  @Field(() => String, { description: 'Node id of the SMP that owns the package.' })
  ownerNodeId!: string;
  @Field(() => String, { description: "The owner's public key: SPKI DER, base64." })
  ownerPublicKey!: string;
  @Field(() => String, { description: "The owner's signature over the snapshot, base64." })
  signature!: string;
  @Field(() => CrossingType, {
    nullable: true,
    description: "It holds the lease to fetch this version from the parent's package servers.",
  })
  crossing!: CrossingType | null;
}

@ObjectType('PackageServerSettings', {
  description: 'The settings of the server as they hold for one package server.',
  simpleResolvers: true,
})
export class PackageServerSettingsType {
  @Field(() => Int, { description: 'Files of unassigned packages are deleted after so long.' })
  deletePackageFilesAfterMinutes!: number;
  @Field(() => Int, { description: 'How long a replaced version stays deliverable.' })
  versionGraceMinutes!: number;
  @Field(() => SafeInt, {
    nullable: true,
    description: 'Limit of the sum of its transfers, bytes per second; null is none.',
  })
  maxBytesPerSecond!: number | null;
  @Field(() => String, {
    nullable: true,
    description: 'Nothing is fetched from this time of day on: its local time, HH:MM.',
  })
  blackoutFrom!: string | null;
  @Field(() => String, { nullable: true, description: 'Until this time of day, HH:MM.' })
  blackoutTo!: string | null;
  @Field(() => PublicationTypesType, { description: 'Kinds of codebase that it publishes.' })
  publicationTypes!: PublicationTypesType;
}

@ObjectType('PackageServerEvent', {
  description: 'What a package server is told over its link; see docs/protocol.md.',
  simpleResolvers: true,
})
export class PackageServerEventType {
  @Field(() => DateTimeISO, { description: 'The time of the server.' })
  serverTime!: Date;
  @Field(() => PackageServerSettingsType, { description: 'In force from now on.' })
  settings!: PackageServerSettingsType;
  @Field(() => [PsAssignmentType], {
    description: 'At most 200; new ones, and those whose version, facts or sources changed.',
  })
  assignments!: PsAssignmentType[];
  @Field(() => [GuidScalar], { description: 'Packages that it no longer is to hold.' })
  removed!: readonly Guid[];
  @Field(() => Boolean, {
    description: 'True once: every assignment was told; what was not is unassigned.',
  })
  complete!: boolean;
  @Field(() => [GuidScalar], { description: 'Packages whose bytes are to be hashed again.' })
  verify!: readonly Guid[];
  @Field(() => Boolean, { description: 'A full report is wanted.' })
  resendStatus!: boolean;
  @Field(() => [UpstreamServerType], {
    description: 'Package servers of the parent to probe; in force from now on.',
  })
  probes!: UpstreamServerType[];
}

export function packageServerEventNode(event: PackageServerEvent): PackageServerEventType {
  const { serverTimeMs, settings, assignments, probes, ...rest } = event;
  return {
    ...rest,
    serverTime: new Date(serverTimeMs),
    settings: settingsNode(settings),
    assignments: assignments.map(assignmentNode),
    probes: probes.map(({ packageServerId: packageServerGuid, ...server }) => ({
      packageServerGuid,
      ...server,
    })),
  };
}

function settingsNode(settings: PackageServerSettings): PackageServerSettingsType {
  const { maxBytesPerSecond, blackoutFrom, blackoutTo } = settings;
  return {
    ...settings,
    maxBytesPerSecond: maxBytesPerSecond ?? null,
    blackoutFrom: blackoutFrom ?? null,
    blackoutTo: blackoutTo ?? null,
  };
}

function assignmentNode(assignment: PackageServerAssignment): PsAssignmentType {
  const { packageId, crossing, ...rest } = assignment;
  return { packageGuid: packageId, crossing: crossing ?? null, ...rest };
}

@ObjectType({ description: 'What reportPackageServer did.', simpleResolvers: true })
export class ReportPackageServerPayload {
  @Field(() => SafeInt, {
    nullable: true,
    description: 'The report that was dealt with; null when it was refused as a whole.',
  })
  sequence!: number | null;
  @Field(() => [UserError], {
    description: 'What was not taken over and why. With a sequence the rest was recorded.',
  })
  userErrors!: UserError[];
}

@ObjectType('PackageServerLink', {
  description: 'The link of a package server, as this process sees it.',
  simpleResolvers: true,
})
export class PackageServerLinkType {
  @Field(() => Boolean, { description: 'It is connected now.' })
  connected!: boolean;
  @Field(() => DateTimeISO, { nullable: true, description: 'Connected since.' })
  connectedAt!: Date | null;
  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'When it last said something; null: not since this server started.',
  })
  lastHeardAt!: Date | null;
  @Field(() => String, { nullable: true, description: 'Version of its software.' })
  agentVersion!: string | null;
}

export function linkNode(state: LinkState): PackageServerLinkType {
  const { connectedAtMs, lastHeardAtMs, agentVersion } = state;
  return {
    connected: connectedAtMs !== undefined,
    connectedAt: dateOrNull(connectedAtMs),
    lastHeardAt: dateOrNull(lastHeardAtMs),
    agentVersion: agentVersion ?? null,
  };
}

@ObjectType('TransferProgress', {
  description: 'How the transfer of a package goes, as the package server last said.',
  simpleResolvers: true,
})
export class TransferProgressType {
  @Field(() => SafeInt, { nullable: true, description: 'Bytes moved.' })
  doneBytes!: number | null;
  @Field(() => SafeInt, { nullable: true, description: 'Bytes that were planned.' })
  totalBytes!: number | null;
  @Field(() => SafeInt, { nullable: true, description: 'Rate.' })
  bytesPerSecond!: number | null;
  @Field(() => SafeInt, { nullable: true, description: 'Seconds left at this rate.' })
  etaSeconds!: number | null;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it tries again.' })
  nextTryAt!: Date | null;
}

export function progressNode(progress: TransferProgress): TransferProgressType {
  const { doneBytes, totalBytes, bytesPerSecond, nextTryAtMs } = progress;
  const isMoving = doneBytes !== undefined && totalBytes !== undefined && bytesPerSecond;
  return {
    doneBytes: doneBytes ?? null,
    totalBytes: totalBytes ?? null,
    bytesPerSecond: bytesPerSecond ?? null,
    etaSeconds: isMoving ? Math.ceil(Math.max(0, totalBytes - doneBytes) / bytesPerSecond) : null,
    nextTryAt: dateOrNull(nextTryAtMs),
  };
}

const dateOrNull = (ms: number | undefined): Date | null =>
  ms === undefined ? null : new Date(ms);
