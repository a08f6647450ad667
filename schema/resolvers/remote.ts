import type { GraphQLResolveInfo } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  Int,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { CanopyError } from '../../core/errors.ts';
import type { RemoteStatus } from '../../hierarchy/remote/ask-nodes.ts';
import { unreachable, type KnownNode } from '../../hierarchy/remote/known-tree.ts';
import { selectedBranches } from '../../hierarchy/remote/take-branches.ts';
import type { GraphqlContext } from '../context.ts';
import { RemoteStatusEnum } from '../enums.ts';
import { pageOfList } from '../paging.ts';
import { SafeInt } from '../scalars.ts';
import { ChildLinkNode } from '../types/hierarchy.ts';
import { SmpNode } from '../types/topology.ts';
import {
  type AskedNode,
  remoteSmpConnection,
  RemoteSmpConnection,
  RemoteSmpEdge,
  remoteSmpNode,
  RemoteSmpNode,
} from '../types/remote.ts';

const TIMEOUT_DEFAULT_MS = 5_000;
const TIMEOUT_TEXT =
  'How long it may take, milliseconds; never longer than this request itself may take.';

@ArgsType()
class TreeArgs {
  @Field(() => ID, {
    nullable: true,
    description: 'Node id or GUID of a server below: only it and what is below it.',
  })
  root?: string | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Levels below the root; 0 is the root alone, absent is all of them.',
  })
  maxDepth?: number | null;
  @Field(() => [ID], {
    nullable: true,
    description: 'Node ids: only these servers. Those that are not below are left out.',
  })
  nodeIds?: string[] | null;
  @Field(() => Int, { defaultValue: TIMEOUT_DEFAULT_MS, description: TIMEOUT_TEXT })
  timeoutMs!: number;
  @Field(() => Int, { defaultValue: 50, description: 'Servers of the page; at most 200.' })
  first!: number;
  @Field(() => String, { nullable: true, description: 'Continue after this cursor.' })
  after?: string | null;
}

@Resolver()
export class TreeResolver {
  @Query(() => RemoteSmpConnection, {
    description:
      'This server and all below it as one list. Servers that are away are there too, with what ' +
      'they told last.',
  })
  async tree(
    @Args(() => TreeArgs) { root, maxDepth, nodeIds, timeoutMs, first, after }: TreeArgs,
    @Ctx() { hierarchy }: GraphqlContext,
  ): Promise<RemoteSmpConnection> {
    refuseTimeout(timeoutMs);
    if (maxDepth != null && maxDepth < 0) {
      throw new CanopyError('INVALID_INPUT', `maxDepth: ${maxDepth} is below 0.`, {
        path: ['maxDepth'],
        hint: 'Leave it out for all levels.',
      });
    }
    const known = await hierarchy.remote.subtree({
      root: root ?? undefined,
      maxDepth: maxDepth ?? undefined,
      nodeIds: nodeIds ?? undefined,
    });
    const page = pageOfList(
      known,
      { first, after: after ?? null },
      {
        keyOf: ({ depth, name, nodeId }) => [depth, name, nodeId],
        node: (node) => node,
      },
    );
    return remoteSmpConnection(page, { totalCount: known.length, timeoutMs });
  }
}

@Resolver(() => ChildLinkNode)
export class ChildLinkFieldsResolver {
  @FieldResolver(() => RemoteSmpNode, { description: 'The child itself, asked over the link.' })
  async remote(
    @Root() { item }: ChildLinkNode,
    @Arg('timeoutMs', () => Int, { defaultValue: TIMEOUT_DEFAULT_MS, description: TIMEOUT_TEXT })
    timeoutMs: number,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<RemoteSmpNode> {
    refuseTimeout(timeoutMs);
    const nodes = await context.loaders.knownNodes();
    const known = nodes.find(({ nodeId }) => nodeId === item.nodeId) ?? unreachable(item);
    return ask([known], timeoutMs, { context, info })[0]!;
  }
}

@Resolver(() => RemoteSmpConnection)
export class RemoteSmpConnectionResolver {
  @FieldResolver(() => [RemoteSmpNode], { description: 'The items without cursors.' })
  nodes(
    @Root() { known, timeoutMs }: RemoteSmpConnection,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): RemoteSmpNode[] {
    return ask(known, timeoutMs, { context, info });
  }
}

@Resolver(() => RemoteSmpEdge)
export class RemoteSmpEdgeResolver {
  @FieldResolver(() => RemoteSmpNode, { description: 'The item.' })
  node(
    @Root() { page, index }: RemoteSmpEdge,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): RemoteSmpNode {
    // The same for each place of a list where the same is selected.
    const selected = info.fieldNodes;
    const { known, timeoutMs } = page;
    const asked = page.asked.get(selected) ?? ask(known, timeoutMs, { context, info });
    page.asked.set(selected, asked);
    return asked[index]!;
  }
}

@Resolver(() => RemoteSmpNode)
export class RemoteSmpFieldsResolver {
  @FieldResolver(() => RemoteStatusEnum, { description: 'How it answered.' })
  async status(@Root() { asked }: RemoteSmpNode): Promise<RemoteStatus> {
    return (await asked.answer).status;
  }

  @FieldResolver(() => Date, {
    nullable: true,
    description: 'When what is shown was true, by the clock of the server that answers.',
  })
  async asOf(
    @Root() { asked }: RemoteSmpNode,
    @Ctx() { services }: GraphqlContext,
  ): Promise<Date | null> {
    const atMs = await asOfMs(asked, services.feed.clock.nowMs());
    return atMs === undefined ? null : new Date(atMs);
  }

  @FieldResolver(() => SafeInt, {
    nullable: true,
    description: 'How long ago that was, milliseconds; no two clocks were compared for it.',
  })
  async ageMs(
    @Root() { asked }: RemoteSmpNode,
    @Ctx() { services }: GraphqlContext,
  ): Promise<number | null> {
    const nowMs = services.feed.clock.nowMs();
    const atMs = await asOfMs(asked, nowMs);
    return atMs === undefined ? null : Math.max(0, nowMs - atMs);
  }

  @FieldResolver(() => String, { nullable: true, description: 'Why the status is not OK.' })
  async error(@Root() { asked }: RemoteSmpNode): Promise<string | null> {
    return (await asked.answer).error ?? null;
  }

  @FieldResolver(() => [String], {
    description:
      'What it could not be asked, because its software is older: `Type.field`, ' +
      '`Type.field(argument:)`. Such fields are missing in `smp`.',
  })
  async prunedFields(@Root() { asked }: RemoteSmpNode): Promise<readonly string[]> {
    return (await asked.answer).prunedFields;
  }

  @FieldResolver(() => SmpNode, {
    nullable: true,
    description:
      'The server itself, live: everything that a viewer may read there, to any depth. Null ' +
      'unless the status is OK. Not in subscriptions.',
  })
  async smp(
    @Root() { asked }: RemoteSmpNode,
    @Ctx() { branches }: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<object | null> {
    if (info.operation.operation === 'subscription') {
      throw new CanopyError('INVALID_INPUT', 'smp: a server below cannot be subscribed to.', {
        path: ['smp'],
        hint: 'Subscribe to changes here and query what is below.',
      });
    }
    const path = pathOf(info.path);
    const part = (await asked.answer).parts.get(String(path.at(-1)));
    if (!part) return null;
    branches.add(path, part);
    return part.value === null ? null : {};
  }
}

async function asOfMs({ node, answer }: AskedNode, nowMs: number): Promise<number | undefined> {
  return (await answer).status === 'OK' ? nowMs : node.asOfMs;
}

/** Asks all nodes what is selected below this field. */
function ask(
  nodes: readonly KnownNode[],
  timeoutMs: number,
  { context, info }: { readonly context: GraphqlContext; readonly info: GraphQLResolveInfo },
): RemoteSmpNode[] {
  const { hierarchy, branches, deadline } = context;
  const { variables } = branches;
  const selection = selectedBranches(info);
  const answers = hierarchy.remote.ask(nodes, { selection, variables, deadline, timeoutMs });
  return nodes.map((node, index) => {
    const answer = answers[index]!;
    // A field that is not selected leaves it without anybody who looks.
    answer.catch(() => undefined);
    return remoteSmpNode({ node, answer });
  });
}

function refuseTimeout(timeoutMs: number): void {
  if (timeoutMs > 0) return;
  throw new CanopyError('INVALID_INPUT', `timeoutMs: ${timeoutMs} is not above 0.`, {
    path: ['timeoutMs'],
    hint: `Leave it out for ${TIMEOUT_DEFAULT_MS} ms.`,
  });
}

function pathOf(path: GraphQLResolveInfo['path']): (string | number)[] {
  const steps: (string | number)[] = [];
  for (let at: typeof path | undefined = path; at; at = at.prev) steps.push(at.key);
  return steps.reverse();
}
