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
import type { GraphqlContext } from '../context.ts';
import {
  joinInput,
  JoinHierarchyInput,
  LeaveHierarchyInput,
  RemoveChildInput,
} from '../inputs/hierarchy.ts';
import { guidOfReference } from '../node-id.ts';
import { mutate, payloadType } from '../payload.ts';
import { ChangeCursor } from '../scalars.ts';
import { guarded, hierarchyChanges } from '../streams.ts';
import {
  childLinkNode,
  ChildLinkNode,
  HierarchyChange,
  joinCheckNode,
  JoinCheckType,
  parentLinkNode,
  ParentLinkType,
} from '../types/hierarchy.ts';
import { SmpNode } from '../types/topology.ts';

const INPUT = 'What to do.';

const JoinHierarchyPayload = payloadType(
  'JoinHierarchyPayload',
  'parent',
  () => ParentLinkType,
  'joinHierarchy did',
);
Field(() => [JoinCheckType], {
  nullable: true,
  description: 'Every check, of both sides; null when there are userErrors.',
})(JoinHierarchyPayload.prototype, 'checks');
const LeaveHierarchyPayload = payloadType(
  'LeaveHierarchyPayload',
  'parent',
  () => ParentLinkType,
  'leaveHierarchy did',
);
const RemoveChildPayload = payloadType(
  'RemoveChildPayload',
  'child',
  () => ChildLinkNode,
  'removeChild did',
);

@Resolver()
export class HierarchyResolver {
  @Mutation(() => JoinHierarchyPayload, {
    description:
      'Makes this SMP the child of another. With dryRun every check of both sides is answered ' +
      'with its cure, and nothing is changed; without it a check that failed is a userError. ' +
      'A join that was begun goes on by itself. Role ADMIN.',
  })
  joinHierarchy(
    @Arg('input', () => JoinHierarchyInput, { description: INPUT }) input: JoinHierarchyInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const { parent, checks } = await hierarchy.membership.join(joinInput(input));
      return {
        parent: parent ? parentLinkNode(parent) : null,
        checks: checks.map(joinCheckNode),
      };
    });
  }

  @Mutation(() => LeaveHierarchyPayload, {
    description:
      'Leaves the parent, or gives a join up. Works while the parent is down: it is told later. ' +
      'Role ADMIN.',
  })
  leaveHierarchy(
    @Arg('input', () => LeaveHierarchyInput, { description: INPUT }) input: LeaveHierarchyInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({
      parent: parentLinkNode(await hierarchy.membership.leave(input)),
    }));
  }

  @Mutation(() => RemoveChildPayload, {
    description:
      'Removes a child. Works while it is down: it hears of it when it asks the next time. ' +
      'Role ADMIN.',
  })
  removeChild(
    @Arg('input', () => RemoveChildInput, { description: INPUT })
    { childId, ...options }: RemoveChildInput,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const id = guidOfReference('child', childId, ['childId']);
      return { child: childLinkNode(await hierarchy.membership.remove(id, options)) };
    });
  }

  @Subscription(() => HierarchyChange, {
    description:
      'Who joins, leaves and is removed. The first message comes at once and carries a cursor.',
    subscribe: ({
      args,
      context,
    }: {
      readonly args: { readonly after?: string };
      readonly context: GraphqlContext;
    }) =>
      guarded(context, (signal) =>
        hierarchyChanges(context, { after: args.after ?? undefined, signal }),
      ),
  })
  hierarchyChanged(
    @Root() change: HierarchyChange,
    @Arg('after', () => ChangeCursor, {
      nullable: true,
      description: 'Cursor of the last message that was dealt with; the present when absent.',
    })
    _after: string | null,
  ): HierarchyChange {
    return change;
  }
}

@Resolver(() => SmpNode)
export class SmpHierarchyResolver {
  @FieldResolver(() => ParentLinkType, {
    nullable: true,
    description: 'The parent that it has or is joining.',
  })
  parent(@Ctx() { hierarchy }: GraphqlContext): ParentLinkType | null {
    const { parent } = hierarchy.membership;
    return parent ? parentLinkNode(parent) : null;
  }

  @FieldResolver(() => [ParentLinkType], {
    description: 'Parents that it has left and that have not been told yet.',
  })
  leftParents(@Ctx() { hierarchy }: GraphqlContext): ParentLinkType[] {
    return hierarchy.membership.leftParents.map(parentLinkNode);
  }

  @FieldResolver(() => [ChildLinkNode], { description: 'The SMPs below it, by name.' })
  children(@Ctx() { hierarchy }: GraphqlContext): ChildLinkNode[] {
    return hierarchy.membership.children.map(childLinkNode);
  }
}
