import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { FeedPosition } from '../../catalog/tree-model.ts';

/**
 * Everything is to be compared with the parent, whatever ends the process before: until it is, the
 * cursor is empty. Each call counts, also while a comparison that was asked for before is under way:
 * the time of the position rises with it.
 */
export async function compareNext(
  tx: CatalogTransaction,
  parentNodeId: string,
  nowMs: number,
): Promise<void> {
  const before = await tx.get('feedPosition', `DOWN/${parentNodeId}`);
  const atMs = Math.max(nowMs, (before?.atMs ?? 0) + 1);
  tx.put('feedPosition', { direction: 'DOWN', nodeId: parentNodeId, cursor: '', atMs });
}

/** Whether {@link compareNext} was called between two looks at the position. */
export function wasAskedBetween(
  before: FeedPosition | undefined,
  after: FeedPosition | undefined,
): boolean {
  return after?.cursor === '' && (before?.cursor !== '' || before.atMs !== after.atMs);
}
