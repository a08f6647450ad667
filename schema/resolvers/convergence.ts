import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from 'type-graphql';
import type { SnapshotReference } from '../../hierarchy/convergence/convergence-service.ts';
import type { GraphqlContext } from '../context.ts';
import { SnapshotBy } from '../inputs/look-ups.ts';
import { guidOfReference, snapshotOfReference } from '../node-id.ts';
import { pageOfList } from '../paging.ts';
import { guarded } from '../streams.ts';
import { PageArgs, type Connection } from '../types/connection.ts';
import {
  convergenceNode,
  ConvergenceType,
  nodeConvergenceNode,
  NodeConvergenceConnection,
  type NodeConvergenceType,
} from '../types/convergence.ts';

const WHICH = 'Which version.';

@Resolver(() => ConvergenceType)
export class ConvergenceResolver {
  @Query(() => ConvergenceType, {
    description: 'How far a version of a package has come, on this SMP and all below it.',
  })
  async convergence(
    @Arg('by', () => SnapshotBy, { description: WHICH }) by: SnapshotBy,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<ConvergenceType> {
    return convergenceNode(await hierarchy.convergence.of(referenceOf(by)));
  }

  @Subscription(() => ConvergenceType, {
    description: 'The same, at once and whenever it changes, at most four times a second.',
    subscribe: ({
      args: { by },
      context,
    }: {
      readonly args: { readonly by: SnapshotBy };
      readonly context: GraphqlContext;
    }) =>
      guarded(context, (signal) => context.hierarchy.convergence.watch(referenceOf(by), signal)),
  })
  convergenceChanged(
    @Root() convergence: Parameters<typeof convergenceNode>[0],
    @Arg('by', () => SnapshotBy, { description: WHICH }) _by: SnapshotBy,
  ): ConvergenceType {
    return convergenceNode(convergence);
  }

  @FieldResolver(() => NodeConvergenceConnection, {
    description: 'SMP by SMP, parents before their children.',
  })
  byNode(
    @Root() { perNode }: ConvergenceType,
    @Args(() => PageArgs) args: PageArgs,
  ): Connection<NodeConvergenceType> {
    const placed = perNode.map((node, place) => ({ node, place }));
    return pageOfList(placed, args, {
      keyOf: ({ place }) => [place],
      node: ({ node }) => nodeConvergenceNode(node),
    });
  }
}

function referenceOf({ id, packageId, version }: SnapshotBy): SnapshotReference {
  if (id != null) return snapshotOfReference(id, ['by', 'id']);
  const named = version?.packageId ?? packageId!;
  const path = version ? ['by', 'version', 'packageId'] : ['by', 'packageId'];
  return {
    packageId: guidOfReference('package', named, path),
    internalVersion: version?.internalVersion,
  };
}
