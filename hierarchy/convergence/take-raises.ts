import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { NodeSummary } from '../../catalog/tree-model.ts';
import type { Raise } from '../link/link-protocol.ts';
import { isToBeTold } from '../link/raises.ts';

type Inputs = Pick<CatalogContext, 'identity' | 'clock' | 'write'>;

/**
 * Does what the parent says of placements that are known elsewhere: this node raises its own, and what
 * is said of a node below is noted for the child that has it. Answers the node ids of children that
 * have not been told yet. Repeating it changes nothing.
 */
export async function takeRaises(
  { identity, clock, write }: Inputs,
  raises: readonly Raise[],
): Promise<ReadonlySet<string>> {
  if (raises.length === 0) return new Set();
  return write(async (tx) => {
    const untold = new Set<string>();
    for (const { nodeId, above } of raises) {
      const known = await tx.get('nodeSummary', nodeId);
      if (!known || known.gone || known.placement > above) continue;
      if (nodeId === identity.nodeId) {
        tx.put('nodeSummary', { ...known, placement: Math.max(above + 1, clock.nowMs()) });
        continue;
      }
      const via = await childAbove(tx, known, identity.nodeId);
      if (via === undefined || !isToBeTold(known, { above, via })) continue;
      tx.put('nodeSummary', { ...known, raiseAbove: above, raiseVia: via });
      untold.add(via);
    }
    return untold;
  });
}

/** The child that has the node below itself, or is it; `undefined` when it is not below this node. */
async function childAbove(
  tx: CatalogTransaction,
  below: NodeSummary,
  ownNodeId: string,
): Promise<string | undefined> {
  const met = new Set<string>();
  // Ends also when the summaries claim a loop.
  for (let at: NodeSummary | undefined = below; at && !met.has(at.nodeId);) {
    if (at.parentNodeId === ownNodeId) return at.nodeId;
    met.add(at.nodeId);
    at = await tx.get('nodeSummary', at.parentNodeId);
  }
  return undefined;
}
