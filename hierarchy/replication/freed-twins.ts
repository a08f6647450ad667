import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Guid } from '../../core/guid.ts';
import type { RejectionCode } from './accept-item.ts';
import { compareNext } from './compare-next.ts';

/** Rejections that end with the package of this node's own that they are about. */
const IN_THE_WAY: ReadonlySet<string> = new Set<RejectionCode>(['LOCAL_CONFLICT', 'KEPT_LOCAL']);

/**
 * Part of the transaction that deletes a package of this node's own: when the parent's of the same
 * GUID was rejected for it, everything has to be compared, so that the parent's comes now.
 */
export async function freeTwin(
  tx: CatalogTransaction,
  packageId: Guid,
  nowMs: number,
): Promise<void> {
  const rejection = await tx.get('rejection', `PACKAGE/${packageId}`);
  if (!rejection || !IN_THE_WAY.has(rejection.code)) return;
  for (const { nodeId } of await tx.list('feedPosition', 'DOWN/')) {
    await compareNext(tx, nodeId, nowMs);
  }
}

/** Calls `compare` when that has happened; ends with the function that it answers. */
export function watchFreedTwins(model: ReadModel, compare: () => void): () => void {
  return model.watch((change) => {
    if (change?.kind !== 'package' || change.item) return;
    const rejections = [...model.tree.rejections()];
    if (rejections.some(({ id, code }) => id === change.key && IN_THE_WAY.has(code))) compare();
  });
}
