import type { NodeSummary } from '../../catalog/tree-model.ts';

/** Ids of `rootNodeId` and of every node that is below it, as far as the summaries know. */
export function subtreeOf(
  rootNodeId: string,
  summaries: Iterable<Pick<NodeSummary, 'nodeId' | 'parentNodeId' | 'gone'>>,
): Set<string> {
  const childrenOf = Map.groupBy(
    [...summaries].filter(({ gone }) => !gone),
    ({ parentNodeId }) => parentNodeId,
  );
  const found = new Set<string>([rootNodeId]);
  // A set that grows while it is walked: each node is met once, whatever the summaries claim.
  for (const nodeId of found) {
    for (const child of childrenOf.get(nodeId) ?? []) found.add(child.nodeId);
  }
  return found;
}
