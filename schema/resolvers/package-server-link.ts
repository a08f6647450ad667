import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  Mutation,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import type { PackageServerEvent } from '../../catalog/package-server-protocol.ts';
import { InputCheck } from '../../catalog/validation.ts';
import type { GraphqlContext } from '../context.ts';
import {
  CreateEnrollmentTokenInput,
  packageServerHello,
  PackageServerHelloInput,
  packageServerReport,
  ReportPackageServerInput,
  ResendStatusInput,
  RevokeEnrollmentInput,
  VerifyPackageInput,
} from '../inputs/package-server-link.ts';
import { guidOfReference, references } from '../node-id.ts';
import { mutate, payloadType, userError } from '../payload.ts';
import { DateTimeISO } from '../scalars.ts';
import { guarded } from '../streams.ts';
import {
  linkNode,
  packageServerEventNode,
  PackageServerEventType,
  PackageServerLinkType,
  progressNode,
  ReportPackageServerPayload,
  TransferProgressType,
} from '../types/package-server-link.ts';
import { PackageStatusNode } from '../types/package-status.ts';
import { packageServerNode, PackageServerNode } from '../types/topology.ts';

const INPUT = 'What to do.';
const PACKAGE_SERVER = ['packageServerId'];

const CreateEnrollmentTokenPayload = payloadType(
  'CreateEnrollmentTokenPayload',
  'packageServer',
  () => PackageServerNode,
  'createEnrollmentToken did',
);
Field(() => String, {
  nullable: true,
  description: 'The token. Shown only here; it can be used once.',
})(CreateEnrollmentTokenPayload.prototype, 'token');
Field(() => DateTimeISO, { nullable: true, description: 'When it ends.' })(
  CreateEnrollmentTokenPayload.prototype,
  'expiresAt',
);
const RevokeEnrollmentPayload = payloadType(
  'RevokeEnrollmentPayload',
  'packageServer',
  () => PackageServerNode,
  'revokeEnrollment did',
);
const VerifyPackagePayload = payloadType(
  'VerifyPackagePayload',
  'packageServers',
  () => [PackageServerNode],
  'verifyPackage did: who was asked',
);
const ResendStatusPayload = payloadType(
  'ResendStatusPayload',
  'packageServer',
  () => PackageServerNode,
  'resendStatus did',
);
@Resolver()
export class PackageServerLinkResolver {
  @Subscription(() => PackageServerEventType, {
    description:
      'The link of the package server that asks, which signs its requests. First all its ' +
      'assignments, then what changes, at least every 30 seconds. See docs/protocol.md.',
    subscribe: ({
      args: { hello },
      context,
    }: {
      readonly args: { readonly hello: PackageServerHelloInput };
      readonly context: GraphqlContext;
    }) =>
      guarded(context, (signal) =>
        context.catalog.openPackageServerLink(packageServerHello(hello), signal),
      ),
  })
  packageServerLink(
    @Root() event: PackageServerEvent,
    @Arg('hello', () => PackageServerHelloInput, { description: 'Who speaks.' })
    _hello: PackageServerHelloInput,
  ): PackageServerEventType {
    return packageServerEventNode(event);
  }

  @Mutation(() => ReportPackageServerPayload, {
    description: 'What the package server that asks has of its packages. May be repeated.',
  })
  async reportPackageServer(
    @Arg('input', () => ReportPackageServerInput, { description: INPUT })
    input: ReportPackageServerInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const { sequence, refusals } = await catalog.reportPackageServer(packageServerReport(input));
      return { sequence, userErrors: refusals.map(userError) };
    });
  }

  @Mutation(() => CreateEnrollmentTokenPayload, {
    description:
      'Makes a token with which one machine may enrol, once. Role OPERATOR for a package server, ' +
      'ADMIN for a child.',
  })
  createEnrollmentToken(
    @Arg('input', () => CreateEnrollmentTokenInput, { description: INPUT })
    input: CreateEnrollmentTokenInput,
    @Ctx() context: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const { expiresAtMs, ...made } = await createToken(context, input);
      return { ...made, expiresAt: new Date(expiresAtMs) };
    });
  }

  @Mutation(() => RevokeEnrollmentPayload, {
    description:
      'Forgets the key of a package server: it is cut off, its tokens end, and nothing that it ' +
      'attested is offered any more. Role OPERATOR.',
  })
  revokeEnrollment(
    @Arg('input', () => RevokeEnrollmentInput, { description: INPUT })
    { packageServerId }: RevokeEnrollmentInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      packageServer: packageServerNode(
        await catalog.revokeEnrollment(
          guidOfReference('packageServer', packageServerId, PACKAGE_SERVER),
        ),
      ),
    }));
  }

  @Mutation(() => VerifyPackagePayload, {
    description:
      'Asks package servers to hash the bytes of a package again: now, or when they connect.',
  })
  verifyPackage(
    @Arg('input', () => VerifyPackageInput, { description: INPUT }) input: VerifyPackageInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const asked = await catalog.verifyPackage(
        guidOfReference('package', input.packageId, ['packageId']),
        references('packageServer', input.packageServerIds, ['packageServerIds']),
      );
      return { packageServers: asked.map(packageServerNode) };
    });
  }

  @Mutation(() => ResendStatusPayload, {
    description: 'Asks a package server for a full report: now, or when it connects.',
  })
  resendStatus(
    @Arg('input', () => ResendStatusInput, { description: INPUT })
    { packageServerId }: ResendStatusInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      packageServer: packageServerNode(
        await catalog.resendStatus(
          guidOfReference('packageServer', packageServerId, PACKAGE_SERVER),
        ),
      ),
    }));
  }
}

async function createToken(
  { catalog, hierarchy }: GraphqlContext,
  { kind, packageServerId, expiresInMinutes }: CreateEnrollmentTokenInput,
) {
  const check = new InputCheck();
  if (kind === 'CHILD' && packageServerId != null) {
    check.add('packageServerId', 'is only for the kind PACKAGE_SERVER.', 'Leave it out.');
  }
  if (kind === 'PACKAGE_SERVER' && packageServerId == null) {
    check.add('packageServerId', 'is missing.', 'Name the package server that enrols.');
  }
  check.refuse();
  if (kind === 'CHILD') {
    const made = await hierarchy.membership.createChildToken(expiresInMinutes);
    return { ...made, packageServer: null };
  }
  const id = guidOfReference('packageServer', packageServerId!, PACKAGE_SERVER);
  const made = await catalog.createEnrollmentToken(id, expiresInMinutes);
  return { ...made, packageServer: packageServerNode(made.packageServer) };
}

@Resolver(() => PackageServerNode)
export class PackageServerLinkFieldsResolver {
  @FieldResolver(() => PackageServerLinkType, { description: 'Whether and how it is connected.' })
  link(
    @Root() { item }: PackageServerNode,
    @Ctx() { catalog }: GraphqlContext,
  ): PackageServerLinkType {
    return linkNode(catalog.packageServerLinks.stateOf(item.id));
  }
}

@Resolver(() => PackageStatusNode)
export class PackageStatusProgressResolver {
  @FieldResolver(() => TransferProgressType, {
    nullable: true,
    description: 'How its transfer goes; null when nothing is known of it.',
  })
  progress(
    @Root() { item }: PackageStatusNode,
    @Ctx() { catalog }: GraphqlContext,
  ): TransferProgressType | null {
    const progress = catalog.packageServerLinks.progressOf(item.packageServerId, item.packageId);
    return progress ? progressNode(progress) : null;
  }
}
