import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphqlContext } from '../context.ts';
import {
  CreatePackageInput,
  DeleteInput,
  PackageComputersInput,
  ResetPackageOverlayInput,
  SetPackageServerAssignmentInput,
  UpdateDistributionPointsInput,
  UpdatePackageInput,
} from '../inputs/mutations.ts';
import { packageFields, packageSource } from '../inputs/to-domain.ts';
import { guidOfReference, guidsOfReferences, references } from '../node-id.ts';
import { mutate, payloadType } from '../payload.ts';
import { jobNode, JobNode } from '../types/operations.ts';
import { PackageNode, packageNode } from '../types/package.ts';

const INPUT = 'What to do.';
const ID_PATH = ['id'];
const PACKAGE_PATH = ['packageId'];

const CreatePackagePayload = payloadType(
  'CreatePackagePayload',
  'package',
  () => PackageNode,
  'createPackage did',
);
const UpdatePackagePayload = payloadType(
  'UpdatePackagePayload',
  'package',
  () => PackageNode,
  'updatePackage did',
);
const DeletePackagePayload = payloadType(
  'DeletePackagePayload',
  'package',
  () => PackageNode,
  'deletePackage did',
);
const SetPackageServerAssignmentPayload = payloadType(
  'SetPackageServerAssignmentPayload',
  'package',
  () => PackageNode,
  'setPackageServerAssignment did',
);
const ResetPackageOverlayPayload = payloadType(
  'ResetPackageOverlayPayload',
  'package',
  () => PackageNode,
  'resetPackageOverlay did',
);
const AssignPackageToComputersPayload = payloadType(
  'AssignPackageToComputersPayload',
  'package',
  () => PackageNode,
  'assignPackageToComputers did',
);
const UnassignPackageFromComputersPayload = payloadType(
  'UnassignPackageFromComputersPayload',
  'package',
  () => PackageNode,
  'unassignPackageFromComputers did',
);
const UpdateDistributionPointsPayload = payloadType(
  'UpdateDistributionPointsPayload',
  'jobs',
  () => [JobNode],
  'updateDistributionPoints did',
);

@Resolver()
export class PackageMutationsResolver {
  @Mutation(() => CreatePackagePayload, {
    description: 'Creates a package; its source is read by the next distribution point update.',
  })
  createPackage(
    @Arg('input', () => CreatePackageInput, { description: INPUT }) input: CreatePackageInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      package: packageNode(
        await catalog.createPackage({
          ...packageFields(input),
          id: input.guid ?? undefined,
          name: input.name,
          source: packageSource(input.source),
        }),
      ),
    }));
  }

  @Mutation(() => UpdatePackagePayload, {
    description: 'Changes a package.',
  })
  updatePackage(
    @Arg('input', () => UpdatePackageInput, { description: INPUT }) input: UpdatePackageInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      package: packageNode(
        await catalog.updatePackage(
          guidOfReference('package', input.id, ID_PATH),
          packageFields(input),
        ),
      ),
    }));
  }

  @Mutation(() => DeletePackagePayload, {
    description: 'Deletes a package, here and on its package servers.',
  })
  deletePackage(
    @Arg('input', () => DeleteInput, { description: INPUT }) input: DeleteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      package: packageNode(
        await catalog.deletePackage(guidOfReference('package', input.id, ID_PATH)),
      ),
    }));
  }

  @Mutation(() => ResetPackageOverlayPayload, {
    description:
      "Forgets what this server decided itself about a package of the parent's: enabled and " +
      'assignment follow the owner again. Nothing for a package of its own.',
  })
  resetPackageOverlay(
    @Arg('input', () => ResetPackageOverlayInput, { description: INPUT })
    input: ResetPackageOverlayInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      package: packageNode(
        await catalog.resetPackageOverlay(
          guidOfReference('package', input.packageId, PACKAGE_PATH),
        ),
      ),
    }));
  }

  @Mutation(() => SetPackageServerAssignmentPayload, {
    description: 'Says how package servers get a package.',
  })
  setPackageServerAssignment(
    @Arg('input', () => SetPackageServerAssignmentInput, { description: INPUT })
    input: SetPackageServerAssignmentInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      package: packageNode(
        await catalog.setPackageServerAssignment({
          packageId: guidOfReference('package', input.packageId, PACKAGE_PATH),
          mode: input.mode,
          packageServerIds: references('packageServer', input.packageServerIds, [
            'packageServerIds',
          ]),
          siteIds: references('site', input.siteIds, ['siteIds']),
        }),
      ),
    }));
  }

  @Mutation(() => AssignPackageToComputersPayload, {
    description: 'Offers a package to computers by policy.',
  })
  assignPackageToComputers(
    @Arg('input', () => PackageComputersInput, { description: INPUT }) input: PackageComputersInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      package: packageNode(
        await catalog.assignPackageToComputers(
          guidOfReference('package', input.packageId, PACKAGE_PATH),
          guidsOfReferences('computer', input.computerIds, ['computerIds']),
        ),
      ),
    }));
  }

  @Mutation(() => UnassignPackageFromComputersPayload, {
    description: 'No longer offers a package to computers.',
  })
  unassignPackageFromComputers(
    @Arg('input', () => PackageComputersInput, { description: INPUT }) input: PackageComputersInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      package: packageNode(
        await catalog.unassignPackageFromComputers(
          guidOfReference('package', input.packageId, PACKAGE_PATH),
          guidsOfReferences('computer', input.computerIds, ['computerIds']),
        ),
      ),
    }));
  }

  @Mutation(() => UpdateDistributionPointsPayload, {
    description:
      'Reads sources again and makes a snapshot where the tree changed; one job per package ' +
      '(SMC: "Update Distribution Points").',
  })
  updateDistributionPoints(
    @Arg('input', () => UpdateDistributionPointsInput, { description: INPUT })
    input: UpdateDistributionPointsInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const ids = references('package', input.packageIds, ['packageIds']);
      const jobs = await catalog.updateDistributionPoints(ids, { force: input.force });
      return { jobs: jobs.map(jobNode) };
    });
  }
}
