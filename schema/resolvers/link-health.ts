import { Args, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import type { Rejection } from '../../catalog/tree-model.ts';
import type { ChildLink } from '../../hierarchy/link/child-sessions.ts';
import type { ParentLinkState } from '../../hierarchy/link/parent-link.ts';
import type { GraphqlContext } from '../context.ts';
import { LinkStateEnum } from '../enums.ts';
import { pageOfList } from '../paging.ts';
import { SafeInt } from '../scalars.ts';
import { PageArgs, type Connection } from '../types/connection.ts';
import { ChildLinkNode, ParentLinkType } from '../types/hierarchy.ts';
import { packageNode, PackageNode } from '../types/package.ts';
import {
  ComparisonType,
  RejectedItemConnection,
  rejectedItemNode,
  RejectedItemType,
} from '../types/replication.ts';

const dateOrNull = (ms: number | undefined): Date | null =>
  ms === undefined ? null : new Date(ms);

/** How the link of a child is doing, and what it told of itself. */
@Resolver(() => ChildLinkNode)
export class ChildLinkHealthResolver {
  @FieldResolver(() => Boolean, { description: 'Whether its link is open.' })
  connected(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): boolean {
    return linkOf(child, context).connectedSinceMs !== undefined;
  }

  @FieldResolver(() => Date, { nullable: true, description: 'Since when its link is open.' })
  connectedSince(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(linkOf(child, context).connectedSinceMs);
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'Since when its link is closed; at the latest since this server started.',
  })
  async disconnectedSince(
    @Root() child: ChildLinkNode,
    @Ctx() context: GraphqlContext,
  ): Promise<Date | null> {
    return dateOrNull((await knownOf(child, context))?.disconnectedSinceMs);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Why its link is not open.' })
  disconnectReason(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): string | null {
    return linkOf(child, context).reason || null;
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'When it was last heard; null: not since this server started.',
  })
  lastHeardAt(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(linkOf(child, context).lastHeardAtMs);
  }

  @FieldResolver(() => Boolean, {
    description: 'Not connected, or silent for three heartbeats (30 s).',
  })
  stale(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): boolean {
    return linkOf(child, context).stale;
  }

  @FieldResolver(() => SafeInt, {
    nullable: true,
    description: 'Revisions of this server that it has not acknowledged; null when not known.',
  })
  lag(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): number | null {
    return linkOf(child, context).lag ?? null;
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'When it last acknowledged something.',
  })
  acknowledgedAt(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(linkOf(child, context).acknowledgedAtMs);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Version of its software.' })
  async softwareVersion(
    @Root() child: ChildLinkNode,
    @Ctx() context: GraphqlContext,
  ): Promise<string | null> {
    const told = linkOf(child, context).softwareVersion;
    return told ?? (await knownOf(child, context))?.summary?.version ?? null;
  }

  @FieldResolver(() => Int, { nullable: true, description: 'Version of the protocol it speaks.' })
  protocolVersion(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): number | null {
    return linkOf(child, context).protocolVersion ?? null;
  }

  @FieldResolver(() => ComparisonType, {
    nullable: true,
    description: 'The last comparison that it was told to make over its last link.',
  })
  lastComparison(
    @Root() child: ChildLinkNode,
    @Ctx() context: GraphqlContext,
  ): ComparisonType | null {
    const { lastComparison } = linkOf(child, context);
    return lastComparison
      ? { reason: lastComparison.reason, at: new Date(lastComparison.atMs) }
      : null;
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'When it was last found to be put back to an earlier state.',
  })
  rewoundAt(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(linkOf(child, context).rewoundAtMs);
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'When two links last came from one start of it: a copy of it may be running.',
  })
  doubledAt(@Root() child: ChildLinkNode, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(linkOf(child, context).doubledAtMs);
  }

  @FieldResolver(() => SafeInt, {
    nullable: true,
    description: 'Items that it could not take over, as it told last.',
  })
  async rejectedItems(
    @Root() child: ChildLinkNode,
    @Ctx() context: GraphqlContext,
  ): Promise<number | null> {
    return (await knownOf(child, context))?.summary?.rejectedItems ?? null;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether its own side lets replication run; null when it has not told.',
  })
  async enabledByChild(
    @Root() child: ChildLinkNode,
    @Ctx() context: GraphqlContext,
  ): Promise<boolean | null> {
    return (await knownOf(child, context))?.summary?.takesReplication ?? null;
  }
}

function linkOf({ item }: ChildLinkNode, { hierarchy }: GraphqlContext): ChildLink {
  return hierarchy.link.stateOf(item.id);
}

async function knownOf({ item }: ChildLinkNode, { loaders }: GraphqlContext) {
  return (await loaders.knownNodes()).find(({ nodeId }) => nodeId === item.nodeId);
}

/** How the link to the parent is doing, and what came over it that was not taken over. */
@Resolver(() => ParentLinkType)
export class ParentLinkHealthResolver {
  @FieldResolver(() => Boolean, { description: 'Whether the link to it is open.' })
  connected(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): boolean {
    return upOf(parent, context)?.connected ?? false;
  }

  @FieldResolver(() => LinkStateEnum, {
    nullable: true,
    description: 'What the link to it is doing; null before this server was admitted.',
  })
  connection(
    @Root() parent: ParentLinkType,
    @Ctx() context: GraphqlContext,
  ): ParentLinkState['state'] | null {
    return upOf(parent, context)?.state ?? null;
  }

  @FieldResolver(() => Date, { nullable: true, description: 'Since when the link is open.' })
  connectedSince(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(upOf(parent, context)?.connectedSinceMs);
  }

  @FieldResolver(() => Date, { nullable: true, description: 'When the parent was last heard.' })
  lastHeardAt(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(upOf(parent, context)?.lastHeardAtMs);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Why the last connection ended or did not come about.',
  })
  lastError(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): string | null {
    return upOf(parent, context)?.lastError || null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Code of lastError.' })
  lastErrorCode(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): string | null {
    return upOf(parent, context)?.lastErrorCode || null;
  }

  @FieldResolver(() => Date, { nullable: true, description: 'When the next attempt is made.' })
  nextTryAt(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): Date | null {
    return dateOrNull(upOf(parent, context)?.nextTryAtMs);
  }

  @FieldResolver(() => Int, { description: 'Pages that came and are not stored yet.' })
  waitingPages(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): number {
    return upOf(parent, context)?.lag ?? 0;
  }

  @FieldResolver(() => Int, { description: 'Connections that ended since this server started.' })
  reconnects(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): number {
    return upOf(parent, context)?.reconnects ?? 0;
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether the parent replicates to this server; null while it is not connected.',
  })
  enabledByParent(@Root() parent: ParentLinkType, @Ctx() context: GraphqlContext): boolean | null {
    return upOf(parent, context)?.enabledByParent ?? null;
  }

  @FieldResolver(() => RejectedItemConnection, {
    description: "Items of the parent's that were not taken over, held deletions too.",
  })
  rejections(
    @Root() parent: ParentLinkType,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Connection<RejectedItemType> {
    const all = parent.state === 'LEFT' ? [] : hierarchy.operations.rejections;
    return pageOfRejections(all, args);
  }

  @FieldResolver(() => RejectedItemConnection, {
    description: 'Deletions that wait for a person (confirmHeldDeletions).',
  })
  heldDeletions(
    @Root() parent: ParentLinkType,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Connection<RejectedItemType> {
    const all = parent.state === 'LEFT' ? [] : hierarchy.operations.heldDeletions;
    return pageOfRejections(all, args);
  }
}

function pageOfRejections(all: readonly Rejection[], args: PageArgs): Connection<RejectedItemType> {
  return pageOfList(all, args, {
    keyOf: ({ sinceMs, id }) => [sinceMs, id],
    node: rejectedItemNode,
  });
}

/** Only the present parent has a link. */
function upOf(
  { nodeId, state }: ParentLinkType,
  { hierarchy }: GraphqlContext,
): ParentLinkState | undefined {
  const { parent } = hierarchy.membership;
  return state !== 'LEFT' && parent?.nodeId === nodeId ? hierarchy.link.parentState() : undefined;
}

@Resolver(() => RejectedItemType)
export class RejectedItemFieldsResolver {
  @FieldResolver(() => PackageNode, {
    nullable: true,
    description: 'The package as it is here; null when there is none.',
  })
  package(@Root() { item }: RejectedItemType, @Ctx() { catalog }: GraphqlContext) {
    const one = catalog.model.package(item.id);
    return one ? packageNode(one) : null;
  }
}
