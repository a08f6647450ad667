import type { NodeSummary, PackageServerProgress, Progress } from '../../catalog/tree-model.ts';
import { subtreeOf } from './subtree.ts';

/** How many of something there are to be, and are. */
export interface Count {
  readonly done: number;
  readonly total: number;
}

/** Milliseconds from the owner's statement; `undefined` while nobody is done. */
export interface Spread {
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly maxMs: number | undefined;
}

/** How far a version has come on one node. */
export interface NodeConvergence {
  readonly nodeId: string;
  readonly name: string;
  readonly parentNodeId: string;
  readonly connected: boolean;
  readonly received: boolean;
  readonly tookMs: number | undefined;
  /** Why it has not received it; empty otherwise. */
  readonly reason: string;
  readonly packageServers: readonly (PackageServerProgress & { readonly verified: boolean })[];
}

/** Who the others wait for. */
export interface Blocker {
  readonly kind: 'SMP' | 'PACKAGE_SERVER';
  readonly name: string;
  readonly nodeName: string;
  readonly reason: string;
}

/** How far one version of a package has come, from this node downwards. */
export interface Convergence {
  readonly internalVersion: number;
  readonly nodes: Count;
  readonly packageServers: Count;
  /** Of nodes and package servers together, rounded down: 100 means all of them. */
  readonly percent: number;
  readonly complete: boolean;
  readonly received: Spread;
  readonly verified: Spread;
  /** Nodes by name, the asked one first. */
  readonly perNode: readonly NodeConvergence[];
  /** The one nearest to the asked node; `undefined` when all are done. */
  readonly blocker: Blocker | undefined;
}

/** What the answer is computed from. */
export interface Facts {
  readonly internalVersion: number;
  readonly nodeId: string;
  /** This node and every node below it. */
  readonly summaries: readonly NodeSummary[];
  /** Of this package. */
  readonly progress: readonly Progress[];
  /** Whether the rule of a direct child lets the package through. */
  readonly childGets: (nodeId: string) => boolean;
}

/**
 * Counts the nodes that know the version (or a later one) and the package servers that have
 * verified it. A node counts when the package is meant for it: by the rule of a direct child, below
 * that by what its parent says of its rule; one whose rule leaves something out counts once it has
 * told of this package.
 */
export function measureConvergence(facts: Facts): Convergence {
  const byNode = new Map(facts.progress.map((one) => [one.nodeId, one]));
  const perNode = expectedNodes(facts, byNode).map((summary) =>
    ofNode(facts.internalVersion, summary, byNode.get(summary.nodeId)),
  );
  const servers = perNode.flatMap((node) => node.packageServers);
  const nodes = countOf(perNode, ({ received }) => received);
  const packageServers = countOf(servers, ({ verified }) => verified);
  const done = nodes.done + packageServers.done;
  const total = nodes.total + packageServers.total;
  return {
    internalVersion: facts.internalVersion,
    nodes,
    packageServers,
    percent: total === 0 ? 100 : Math.floor((done / total) * 100),
    complete: done === total,
    received: spreadOf(perNode.flatMap((one) => (one.received ? (one.tookMs ?? []) : []))),
    verified: spreadOf(servers.flatMap((one) => (one.verified ? (one.tookMs ?? []) : []))),
    perNode,
    blocker: blockerOf(perNode),
  };
}

/** In the order of their distance from the asked node, then by name. */
function expectedNodes(
  { nodeId, summaries, childGets }: Facts,
  byNode: ReadonlyMap<string, Progress>,
): NodeSummary[] {
  const known = new Map(summaries.map((one) => [one.nodeId, one]));
  const expected: NodeSummary[] = [];
  const expectedIds = new Set<string>();
  // The subtree comes parents first.
  for (const id of subtreeOf(nodeId, summaries)) {
    const summary = known.get(id);
    if (!summary) continue;
    const isMeant =
      id === nodeId ||
      (expectedIds.has(summary.parentNodeId) &&
        (summary.parentNodeId === nodeId
          ? childGets(id)
          : summary.getsEverything || byNode.has(id)));
    if (!isMeant) continue;
    expectedIds.add(id);
    expected.push(summary);
  }
  return expected;
}

function ofNode(
  internalVersion: number,
  { nodeId, name, parentNodeId, connected }: NodeSummary,
  progress: Progress | undefined,
): NodeConvergence {
  const hasVersion = progress !== undefined && progress.internalVersion >= internalVersion;
  const received = hasVersion && progress.state !== 'GONE';
  return {
    nodeId,
    name,
    parentNodeId,
    connected,
    received,
    tookMs: received ? progress.tookMs : undefined,
    reason: received ? '' : reasonOf(connected, progress),
    packageServers: (progress?.packageServers ?? []).map((server) => ({
      ...server,
      verified: server.internalVersion >= internalVersion,
    })),
  };
}

function reasonOf(connected: boolean, progress: Progress | undefined): string {
  if (!connected) return 'Its link to its parent is down.';
  if (progress?.state === 'REJECTED') return progress.reason;
  if (progress?.state === 'GONE') return 'It has deleted the package.';
  return progress ? `It has version ${progress.internalVersion}.` : 'It has not told of it yet.';
}

function blockerOf(perNode: readonly NodeConvergence[]): Blocker | undefined {
  for (const node of perNode) {
    const { name: nodeName } = node;
    if (!node.received) return { kind: 'SMP', name: nodeName, nodeName, reason: node.reason };
    const waiting = node.packageServers.find(({ verified }) => !verified);
    if (!waiting) continue;
    const { name, status } = waiting;
    const reason = waiting.reason === '' ? `It is ${status}.` : `${status}: ${waiting.reason}`;
    return { kind: 'PACKAGE_SERVER', name, nodeName, reason };
  }
  return undefined;
}

function countOf<T>(all: readonly T[], isDone: (one: T) => boolean): Count {
  return { done: all.filter(isDone).length, total: all.length };
}

/** Nearest-rank percentiles. */
function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number): number | undefined =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { p50Ms: at(0.5), p95Ms: at(0.95), maxMs: sorted.at(-1) };
}
