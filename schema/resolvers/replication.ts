import { Arg, Ctx, Field, Mutation, Resolver } from 'type-graphql';
import type { GraphqlContext } from '../context.ts';
import {
  childChange,
  ConfirmHeldDeletionsInput,
  EnableHierarchyReplicationInput,
  heldDeletionsChoice,
  neighbourReference,
  RunReplicationInput,
  UpdateChildInput,
} from '../inputs/replication.ts';
import { guidOfReference } from '../node-id.ts';
import { mutate, payloadType } from '../payload.ts';
import { SafeInt } from '../scalars.ts';
import {
  childLinkNode,
  ChildLinkNode,
  parentLinkNode,
  ParentLinkType,
} from '../types/hierarchy.ts';
import { jobNode, JobNode } from '../types/operations.ts';
import { rejectedItemNode, RejectedItemType } from '../types/replication.ts';

const INPUT = 'What to do.';

const UpdateChildPayload = payloadType(
  'UpdateChildPayload',
  'child',
  () => ChildLinkNode,
  'updateChild did',
);
Field(() => SafeInt, {
  nullable: true,
  description: 'Packages that it gets now and did not before.',
})(UpdateChildPayload.prototype, 'addedPackages');
Field(() => SafeInt, { nullable: true, description: 'Packages that are withdrawn from it.' })(
  UpdateChildPayload.prototype,
  'withdrawnPackages',
);
const EnableHierarchyReplicationPayload = payloadType(
  'EnableHierarchyReplicationPayload',
  'children',
  () => [ChildLinkNode],
  'enableHierarchyReplication did',
);
Field(() => ParentLinkType, { nullable: true, description: 'The parent, when it was meant.' })(
  EnableHierarchyReplicationPayload.prototype,
  'parent',
);
const RunDifferentialReplicationPayload = payloadType(
  'RunDifferentialReplicationPayload',
  'job',
  () => JobNode,
  'runDifferentialReplication did',
);
const RunCompleteReplicationPayload = payloadType(
  'RunCompleteReplicationPayload',
  'job',
  () => JobNode,
  'runCompleteReplication did',
);
const ConfirmHeldDeletionsPayload = payloadType(
  'ConfirmHeldDeletionsPayload',
  'confirmed',
  () => [RejectedItemType],
  'confirmHeldDeletions did',
);

@Resolver()
export class ReplicationResolver {
  @Mutation(() => UpdateChildPayload, {
    description:
      'Changes which packages a child gets, what it does with deleted ones, and whether ' +
      'replication to it runs. Role ADMIN.',
  })
  updateChild(
    @Arg('input', () => UpdateChildInput, { description: INPUT }) input: UpdateChildInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const id = guidOfReference('child', input.childId, ['childId']);
      const outcome = await hierarchy.operations.updateChild(id, childChange(input));
      const { child, added, withdrawn } = outcome;
      return {
        child: childLinkNode(child),
        addedPackages: added,
        withdrawnPackages: withdrawn,
      };
    });
  }

  @Mutation(() => EnableHierarchyReplicationPayload, {
    description:
      'Switches replication on or off on this side: for one neighbour, or for all. Links stay, ' +
      'and replication goes on where it stopped. Role OPERATOR.',
  })
  enableHierarchyReplication(
    @Arg('input', () => EnableHierarchyReplicationInput, { description: INPUT })
    { enabled, neighbourId }: EnableHierarchyReplicationInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const neighbour = neighbourReference(neighbourId);
      const outcome = await hierarchy.operations.enableReplication({ enabled, neighbour });
      const { parent, children } = outcome;
      return {
        parent: parent ? parentLinkNode(parent) : null,
        children: children.map(childLinkNode),
      };
    });
  }

  @Mutation(() => RunDifferentialReplicationPayload, {
    description:
      'Makes sure that neighbours have everything that is new. Changes are pushed as they are ' +
      'committed; the job ends when they are stored there. Role OPERATOR.',
  })
  runDifferentialReplication(
    @Arg('input', () => RunReplicationInput, { description: INPUT })
    { neighbourId }: RunReplicationInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    const neighbour = neighbourReference(neighbourId);
    return mutate(async () => ({
      job: jobNode(await hierarchy.operations.replicateNow('DIFFERENTIAL', neighbour)),
    }));
  }

  @Mutation(() => RunCompleteReplicationPayload, {
    description:
      'Compares everything with neighbours, in bytes proportional to what differs. The job ends ' +
      'when no difference is left. Role OPERATOR.',
  })
  runCompleteReplication(
    @Arg('input', () => RunReplicationInput, { description: INPUT })
    { neighbourId }: RunReplicationInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    const neighbour = neighbourReference(neighbourId);
    return mutate(async () => ({
      job: jobNode(await hierarchy.operations.replicateNow('COMPLETE', neighbour)),
    }));
  }

  @Mutation(() => ConfirmHeldDeletionsPayload, {
    description:
      'Does deletions that were held because there were unusually many. It is for those that are ' +
      'held now; later ones are held again. Role OPERATOR.',
  })
  confirmHeldDeletions(
    @Arg('input', () => ConfirmHeldDeletionsInput, { description: INPUT })
    input: ConfirmHeldDeletionsInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const choice = heldDeletionsChoice(input);
      const confirmed = await hierarchy.operations.confirmHeldDeletions(choice);
      return { confirmed: confirmed.map(rejectedItemNode) };
    });
  }
}
