import type { Child, NodeSummary } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';

/** A node of the tree below this one, as far as this one knows. */
export interface KnownNode {
  readonly nodeId: string;
  readonly guid: Guid;
  readonly name: string;
  /** `undefined` for the root of the whole tree. */
  readonly parentNodeId: string | undefined;
  /** Levels below this node; 0 is this node itself. */
  readonly depth: number;
  /** What it told last; `undefined` when nothing has come up yet. */
  readonly summary: NodeSummary | undefined;
  /**
   * Whether its parent has its link open; `undefined` for this node itself, and when that is not
   * known because the way to the parent is broken.
   */
  readonly connected: boolean | undefined;
  /** Since when its link is closed; `undefined` unless it is, or when that was never told. */
  readonly disconnectedSinceMs: number | undefined;
  /** Whether every link on the way down to it is open, as far as this node knows. */
  readonly isReachable: boolean;
  /** When its summary was true, by this node's clock; `undefined` without a summary. */
  readonly asOfMs: number | undefined;
  /** The child that the way goes through; `undefined` for this node itself. */
  readonly via: Child | undefined;
}

/** A child of which nothing is to be had: it was removed, and may not know it yet. */
export function unreachable(via: Child): KnownNode {
  return {
    nodeId: via.nodeId,
    guid: via.id,
    name: via.name,
    parentNodeId: undefined,
    depth: 1,
    summary: undefined,
    connected: false,
    disconnectedSinceMs: undefined,
    isReachable: false,
    asOfMs: undefined,
    via,
  };
}

interface Known {
  readonly self: Pick<KnownNode, 'nodeId' | 'guid' | 'name' | 'parentNodeId'>;
  readonly children: Iterable<Child>;
  readonly summaries: readonly NodeSummary[];
  readonly isOpen: (childId: Guid) => boolean;
  readonly nowMs: number;
}

/**
 * This node and all below it, parents before their children. Children come from the memberships
 * that this node holds, deeper nodes from the summaries that were pushed up.
 */
export function knownTree({ self, children, summaries, isOpen, nowMs }: Known): KnownNode[] {
  const told = new Map(summaries.map((summary) => [summary.nodeId, summary]));
  const below = Map.groupBy(
    summaries.filter(({ gone }) => !gone),
    ({ parentNodeId }) => parentNodeId,
  );
  const root: KnownNode = {
    ...self,
    depth: 0,
    summary: told.get(self.nodeId),
    connected: undefined,
    disconnectedSinceMs: undefined,
    isReachable: true,
    asOfMs: nowMs,
    via: undefined,
  };
  const direct = [...children]
    .filter(({ state }) => state !== 'REMOVED')
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const found = new Map<string, KnownNode>([[root.nodeId, root]]);
  for (const via of direct) {
    const summary = told.get(via.nodeId);
    const isReachable = via.state === 'JOINED' && isOpen(via.id);
    found.set(via.nodeId, {
      nodeId: via.nodeId,
      guid: via.id,
      name: summary?.name ?? via.name,
      parentNodeId: root.nodeId,
      depth: 1,
      summary,
      ...linkOf(summary, isReachable),
      isReachable,
      asOfMs: asOf(summary, { isReachable, nowMs, above: root }),
      via,
    });
  }
  // A map that grows while it is walked: each node is met once, whatever the summaries claim.
  for (const above of found.values()) {
    if (above.depth === 0) continue;
    for (const summary of below.get(above.nodeId) ?? []) {
      if (found.has(summary.nodeId)) continue;
      const isReachable = above.isReachable && summary.connected;
      found.set(summary.nodeId, {
        nodeId: summary.nodeId,
        guid: summary.guid,
        name: summary.name,
        parentNodeId: above.nodeId,
        depth: above.depth + 1,
        summary,
        ...linkOf(summary, isReachable || (summary.connected ? undefined : false)),
        isReachable,
        asOfMs: asOf(summary, { isReachable, nowMs, above }),
        via: above.via,
      });
    }
  }
  return [...found.values()];
}

/** The nodes at most `maxDepth` levels below `root`, which is the first of them. */
export function subtree(
  nodes: readonly KnownNode[],
  root: KnownNode,
  maxDepth: number | undefined,
): KnownNode[] {
  const inside = new Set([root.nodeId]);
  return nodes.filter(({ nodeId, parentNodeId, depth }) => {
    if (nodeId === root.nodeId) return true;
    if (parentNodeId === undefined || !inside.has(parentNodeId)) return false;
    if (depth <= root.depth || depth - root.depth > (maxDepth ?? Infinity)) return false;
    inside.add(nodeId);
    return true;
  });
}

function linkOf(
  summary: NodeSummary | undefined,
  connected: boolean | undefined,
): Pick<KnownNode, 'connected' | 'disconnectedSinceMs'> {
  const isToldAway = connected === false && summary?.connected === false;
  const disconnectedSinceMs = isToldAway ? summary.storedAtMs - summary.ageMs : undefined;
  return { connected, disconnectedSinceMs };
}

/**
 * Changes are told at once, so what was told holds for as long as the way is open. A node that was
 * connected when the way above it broke was as told until then.
 */
function asOf(
  summary: NodeSummary | undefined,
  { isReachable, nowMs, above }: { isReachable: boolean; nowMs: number; above: KnownNode },
): number | undefined {
  if (!summary) return undefined;
  if (isReachable) return nowMs;
  const own = summary.storedAtMs - summary.ageMs;
  return above.isReachable || !summary.connected ? own : Math.max(own, above.asOfMs ?? own);
}
