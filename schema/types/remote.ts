import type { FieldNode } from 'graphql';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { NodeSummary } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type { RemoteAnswer } from '../../hierarchy/remote/ask-nodes.ts';
import type { KnownNode } from '../../hierarchy/remote/known-tree.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';
import { PageInfo, type Connection } from './connection.ts';

@ObjectType({
  description: 'What a server told of itself last, as far up as the tree goes.',
  simpleResolvers: true,
})
export class SmpSummary {
  @Field(() => GuidScalar, { description: 'Its GUID.' })
  guid!: Guid;
  @Field(() => String, { description: 'Its name.' })
  name!: string;
  @Field(() => String, { nullable: true, description: 'Where people reach it.' })
  url!: string | null;
  @Field(() => String, { description: 'Version of its software.' })
  version!: string;
  @Field(() => SafeInt, { description: 'Packages it knows.' })
  packages!: number;
  @Field(() => SafeInt, { description: 'Its package servers.' })
  packageServers!: number;
  @Field(() => SafeInt, { description: 'Those of them with an open link.' })
  packageServersConnected!: number;
  @Field(() => SafeInt, { description: 'Computers it knows.' })
  computers!: number;
  @Field(() => SafeInt, { description: 'Its sites.' })
  sites!: number;
  @Field(() => Boolean, { description: 'Whether package files can move to it.' })
  packageReplicationReady!: boolean;
  @Field(() => [String], { description: 'Why not, one sentence each.' })
  readinessReasons!: readonly string[];
  @Field(() => SafeInt, { description: 'Items of its parent that it could not take over.' })
  rejectedItems!: number;
}

function summaryNode({ url, ...summary }: NodeSummary): SmpSummary {
  return { ...summary, url: url === '' ? null : url };
}

/** A node with the answer that is on its way; whether `smp` is asked was decided before. */
export interface AskedNode {
  readonly node: KnownNode;
  readonly answer: Promise<RemoteAnswer>;
}

@ObjectType('RemoteSmp', {
  description:
    'A server of the tree below, as it can be seen from here. What cannot be had is null and ' +
    'explained by `status` and `error`; nothing outside becomes null because of it.',
})
export class RemoteSmpNode {
  readonly asked!: AskedNode;
  @Field(() => ID, { description: 'Name that follows from its key.' })
  nodeId!: string;
  @Field(() => ID, { nullable: true, description: 'Node id of its parent; null at the very top.' })
  parentId!: string | null;
  @Field(() => Int, { description: 'Levels below the server that answers; 0 is that one.' })
  depth!: number;
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether its parent has its link open; null for the server that answers, and when the way ' +
      'to its parent is broken.',
  })
  connected!: boolean | null;
  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'Since when its link is closed, as its parent told.',
  })
  disconnectedSince!: Date | null;
  @Field(() => SmpSummary, {
    nullable: true,
    description: 'What it told last, true at `asOf`; null when nothing has come up yet.',
  })
  summary!: SmpSummary | null;
}

export function remoteSmpNode(asked: AskedNode): RemoteSmpNode {
  const { nodeId, parentNodeId, depth, summary, connected, disconnectedSinceMs } = asked.node;
  return {
    asked,
    nodeId,
    parentId: parentNodeId ?? null,
    depth,
    connected: connected ?? null,
    disconnectedSince: disconnectedSinceMs === undefined ? null : new Date(disconnectedSinceMs),
    summary: summary ? summaryNode(summary) : null,
  };
}

/** The nodes of a page, which are asked together. */
interface RemotePage {
  readonly known: readonly KnownNode[];
  readonly timeoutMs: number;
  /** By what was selected of each. */
  readonly asked: Map<readonly FieldNode[], readonly RemoteSmpNode[]>;
}

@ObjectType('RemoteSmpEdge', { description: 'One place in a list of servers below.' })
export class RemoteSmpEdge {
  readonly page!: RemotePage;
  /** Its place on the page. */
  readonly index!: number;
  @Field(() => String, { description: 'Opaque; for `after`.' })
  cursor!: string;
}

@ObjectType('RemoteSmpConnection', { description: 'A page of servers below, parents first.' })
export class RemoteSmpConnection {
  readonly known!: readonly KnownNode[];
  readonly timeoutMs!: number;
  @Field(() => [RemoteSmpEdge], { description: 'The items with their cursors.' })
  edges!: RemoteSmpEdge[];
  @Field(() => PageInfo, { description: 'How to go on.' })
  pageInfo!: PageInfo;
  @Field(() => SafeInt, { description: 'Servers in the whole list.' })
  totalCount!: number;
}

export function remoteSmpConnection(
  { nodes, edges, pageInfo }: Connection<KnownNode>,
  { totalCount, timeoutMs }: { readonly totalCount: number; readonly timeoutMs: number },
): RemoteSmpConnection {
  const page = { known: nodes, timeoutMs, asked: new Map() };
  return {
    known: nodes,
    timeoutMs,
    edges: edges.map(({ cursor }, index) => ({ page, index, cursor })),
    pageInfo,
    totalCount,
  };
}
