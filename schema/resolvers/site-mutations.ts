import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { GraphqlContext } from '../context.ts';
import {
  AssignSubnetToSiteInput,
  CreateSiteInput,
  CreateSubnetInput,
  DeleteInput,
  UpdateSiteInput,
  UpdateSubnetInput,
} from '../inputs/mutations.ts';
import { siteInput, subnetInput } from '../inputs/to-domain.ts';
import { guidOfReference } from '../node-id.ts';
import { mutate, payloadType } from '../payload.ts';
import { siteNode, SiteNode, subnetNode, SubnetNode } from '../types/topology.ts';

const INPUT = 'What to do.';
const ID_PATH = ['id'];

const CreateSitePayload = payloadType(
  'CreateSitePayload',
  'site',
  () => SiteNode,
  'createSite did',
);
const UpdateSitePayload = payloadType(
  'UpdateSitePayload',
  'site',
  () => SiteNode,
  'updateSite did',
);
const DeleteSitePayload = payloadType(
  'DeleteSitePayload',
  'site',
  () => SiteNode,
  'deleteSite did',
);
const CreateSubnetPayload = payloadType(
  'CreateSubnetPayload',
  'subnet',
  () => SubnetNode,
  'createSubnet did',
);
const UpdateSubnetPayload = payloadType(
  'UpdateSubnetPayload',
  'subnet',
  () => SubnetNode,
  'updateSubnet did',
);
const DeleteSubnetPayload = payloadType(
  'DeleteSubnetPayload',
  'subnet',
  () => SubnetNode,
  'deleteSubnet did',
);
const AssignSubnetToSitePayload = payloadType(
  'AssignSubnetToSitePayload',
  'subnet',
  () => SubnetNode,
  'assignSubnetToSite did',
);

@Resolver()
export class SiteMutationsResolver {
  @Mutation(() => CreateSitePayload, {
    description: 'Creates a site.',
  })
  createSite(
    @Arg('input', () => CreateSiteInput, { description: INPUT }) input: CreateSiteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      site: siteNode(
        await catalog.createSite({
          ...siteInput(input),
          id: input.guid ?? undefined,
        }),
      ),
    }));
  }

  @Mutation(() => UpdateSitePayload, {
    description: 'Changes a site.',
  })
  updateSite(
    @Arg('input', () => UpdateSiteInput, { description: INPUT }) input: UpdateSiteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      site: siteNode(
        await catalog.updateSite(guidOfReference('site', input.id, ID_PATH), siteInput(input)),
      ),
    }));
  }

  @Mutation(() => DeleteSitePayload, {
    description: 'Deletes a site; its subnets stay, without a site.',
  })
  deleteSite(
    @Arg('input', () => DeleteInput, { description: INPUT }) input: DeleteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      site: siteNode(await catalog.deleteSite(guidOfReference('site', input.id, ID_PATH))),
    }));
  }

  @Mutation(() => CreateSubnetPayload, {
    description: 'Creates a subnet.',
  })
  createSubnet(
    @Arg('input', () => CreateSubnetInput, { description: INPUT }) input: CreateSubnetInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      subnet: subnetNode(
        await catalog.createSubnet({
          ...subnetInput(input),
          id: input.guid ?? undefined,
        }),
      ),
    }));
  }

  @Mutation(() => UpdateSubnetPayload, {
    description: 'Changes a subnet.',
  })
  updateSubnet(
    @Arg('input', () => UpdateSubnetInput, { description: INPUT }) input: UpdateSubnetInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      subnet: subnetNode(
        await catalog.updateSubnet(
          guidOfReference('subnet', input.id, ID_PATH),
          subnetInput(input),
        ),
      ),
    }));
  }

  @Mutation(() => DeleteSubnetPayload, {
    description: 'Deletes a subnet.',
  })
  deleteSubnet(
    @Arg('input', () => DeleteInput, { description: INPUT }) input: DeleteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      subnet: subnetNode(await catalog.deleteSubnet(guidOfReference('subnet', input.id, ID_PATH))),
    }));
  }

  @Mutation(() => AssignSubnetToSitePayload, {
    description: 'Puts a subnet into a site, or takes it out.',
  })
  assignSubnetToSite(
    @Arg('input', () => AssignSubnetToSiteInput, { description: INPUT })
    input: AssignSubnetToSiteInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      subnet: subnetNode(
        await catalog.updateSubnet(guidOfReference('subnet', input.subnetId, ['subnetId']), {
          siteId: input.siteId == null ? null : guidOfReference('site', input.siteId, ['siteId']),
        }),
      ),
    }));
  }
}
