import type { NodeSummary } from '../../catalog/tree-model.ts';
import type { Raise } from './link-protocol.ts';

/** What is noted with a summary for the child that has the node. */
type Noted = Pick<NodeSummary, 'raiseAbove' | 'raiseVia'>;

/** A node of which nothing is to be told. */
export const NO_RAISE: Noted = { raiseAbove: 0, raiseVia: '' };

/** Whether that child has something to hear that is not noted for it. */
export function isToBeTold(
  { raiseAbove, raiseVia }: Noted,
  { above, via }: { readonly above: number; readonly via: string },
): boolean {
  return raiseAbove < above || raiseVia !== via;
}

/** What stays noted when the node is told of by this placement: it is settled by a higher one. */
export function stillToRaise(before: Noted | undefined, placement: number): Noted {
  if (!before || placement > before.raiseAbove) return NO_RAISE;
  return { raiseAbove: before.raiseAbove, raiseVia: before.raiseVia };
}

/** What a child hears of itself and of the nodes below it. */
export function raisesFor(
  childNodeId: string,
  summaries: readonly NodeSummary[],
): readonly Raise[] {
  return summaries
    .filter(({ raiseVia }) => raiseVia === childNodeId)
    .map(({ nodeId, raiseAbove }) => ({ nodeId, above: raiseAbove }));
}
