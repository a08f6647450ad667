import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphqlContext } from '../context.ts';
import {
  CreateComputerInput,
  CreatePackageServerInput,
  DeleteInput,
  PackageServerSiteInput,
  UpdateComputerInput,
  UpdatePackageServerInput,
} from '../inputs/mutations.ts';
import { computerInput, packageServerInput } from '../inputs/to-domain.ts';
import { guidOfReference } from '../node-id.ts';
import { mutate, payloadType } from '../payload.ts';
import {
  computerNode,
  ComputerNode,
  packageServerNode,
  PackageServerNode,
} from '../types/topology.ts';

const INPUT = 'What to do.';
const ID_PATH = ['id'];

const CreateComputerPayload = payloadType(
  'CreateComputerPayload',
  'computer',
  () => ComputerNode,
  'createComputer did',
);
const UpdateComputerPayload = payloadType(
  'UpdateComputerPayload',
  'computer',
  () => ComputerNode,
  'updateComputer did',
);
const DeleteComputerPayload = payloadType(
  'DeleteComputerPayload',
  'computer',
  () => ComputerNode,
  'deleteComputer did',
);
const CreatePackageServerPayload = payloadType(
  'CreatePackageServerPayload',
  'packageServer',
  () => PackageServerNode,
  'createPackageServer did',
);
const UpdatePackageServerPayload = payloadType(
  'UpdatePackageServerPayload',
  'packageServer',
  () => PackageServerNode,
  'updatePackageServer did',
);
const DeletePackageServerPayload = payloadType(
  'DeletePackageServerPayload',
  'packageServer',
  () => PackageServerNode,
  'deletePackageServer did',
);
const AssignPackageServerToSitePayload = payloadType(
  'AssignPackageServerToSitePayload',
  'packageServer',
  () => PackageServerNode,
  'assignPackageServerToSite did',
);
const UnassignPackageServerFromSitePayload = payloadType(
  'UnassignPackageServerFromSitePayload',
  'packageServer',
  () => PackageServerNode,
  'unassignPackageServerFromSite did',
);

@Resolver()
export class MachineMutationsResolver {
  @Mutation(() => CreateComputerPayload, {
    description: 'Creates a computer.',
  })
  createComputer(
    @Arg('input', () => CreateComputerInput, { description: INPUT }) input: CreateComputerInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      computer: computerNode(
        await catalog.createComputer({
          ...computerInput(input),
          id: input.guid ?? undefined,
        }),
      ),
    }));
  }

  @Mutation(() => UpdateComputerPayload, {
    description: 'Changes a computer.',
  })
  updateComputer(
    @Arg('input', () => UpdateComputerInput, { description: INPUT }) input: UpdateComputerInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      computer: computerNode(
        await catalog.updateComputer(
          guidOfReference('computer', input.id, ID_PATH),
          computerInput(input),
        ),
      ),
    }));
  }

  @Mutation(() => DeleteComputerPayload, {
    description: 'Deletes a computer and its assignments.',
  })
  deleteComputer(
    @Arg('input', () => DeleteInput, { description: INPUT }) input: DeleteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      computer: computerNode(
        await catalog.deleteComputer(guidOfReference('computer', input.id, ID_PATH)),
      ),
    }));
  }

  @Mutation(() => CreatePackageServerPayload, {
    description: 'Creates a package server.',
  })
  createPackageServer(
    @Arg('input', () => CreatePackageServerInput, { description: INPUT })
    input: CreatePackageServerInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      packageServer: packageServerNode(
        await catalog.createPackageServer({
          ...packageServerInput(input),
          id: input.guid ?? undefined,
        }),
      ),
    }));
  }

  @Mutation(() => UpdatePackageServerPayload, {
    description: 'Changes a package server.',
  })
  updatePackageServer(
    @Arg('input', () => UpdatePackageServerInput, { description: INPUT })
    input: UpdatePackageServerInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      packageServer: packageServerNode(
        await catalog.updatePackageServer(
          guidOfReference('packageServer', input.id, ID_PATH),
          packageServerInput(input),
        ),
      ),
    }));
  }

  @Mutation(() => DeletePackageServerPayload, {
    description: 'Deletes a package server; it is no source any more.',
  })
  deletePackageServer(
    @Arg('input', () => DeleteInput, { description: INPUT }) input: DeleteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      packageServer: packageServerNode(
        await catalog.deletePackageServer(guidOfReference('packageServer', input.id, ID_PATH)),
      ),
    }));
  }

  @Mutation(() => AssignPackageServerToSitePayload, {
    description: 'Assigns a package server to a site by hand (SMC: "Manually Assigned").',
  })
  assignPackageServerToSite(
    @Arg('input', () => PackageServerSiteInput, { description: INPUT })
    input: PackageServerSiteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      packageServer: packageServerNode(
        await catalog.assignPackageServerToSite(
          guidOfReference('packageServer', input.packageServerId, ['packageServerId']),
          guidOfReference('site', input.siteId, ['siteId']),
        ),
      ),
    }));
  }

  @Mutation(() => UnassignPackageServerFromSitePayload, {
    description: 'Takes back an assignment by hand; sites by subnet stay.',
  })
  unassignPackageServerFromSite(
    @Arg('input', () => PackageServerSiteInput, { description: INPUT })
    input: PackageServerSiteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      packageServer: packageServerNode(
        await catalog.unassignPackageServerFromSite(
          guidOfReference('packageServer', input.packageServerId, ['packageServerId']),
          guidOfReference('site', input.siteId, ['siteId']),
        ),
      ),
    }));
  }
}
