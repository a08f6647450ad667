import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import { removePackage } from '../../catalog/remove-package.ts';
import { packageStateOf } from '../../catalog/replicated-packages.ts';
import { withdrawAllOffers } from '../crossing/offer-intake.ts';
import { signTreeItem } from '../statements/tree-statement.ts';
import { makeLocal } from './apply-items.ts';

/**
 * The node stands for itself now: what came from above becomes its own, and it says so to the nodes
 * below in its own name; or, when it does not keep it, it deletes it. Deletions that came from above
 * become its own too, so that they hold for every node below.
 */
export async function localizeItems(
  tx: CatalogTransaction,
  { identity, clock }: Pick<CatalogContext, 'identity' | 'clock'>,
  { keep }: { readonly keep: boolean },
): Promise<void> {
  const nowMs = clock.nowMs();
  for (const stored of await tx.list('treeItem')) {
    if (stored.ownerNodeId === identity.nodeId) continue;
    const { kind, id } = stored;
    const one = await tx.get('package', id);
    const isReplicated = one?.origin === 'REPLICATED';
    if (one && isReplicated && keep) await makeLocal(tx, identity, one, nowMs);
    if (isReplicated && !keep) await removePackage(tx, id);
    const kept = await tx.get('package', id);
    const current = kept && (await tx.get('snapshot', `${id}/${kept.internalVersion}`));
    const ownerRevision = Math.max(stored.ownerRevision + 1, nowMs);
    const state = kept && packageStateOf(kept, current);
    const item = signTreeItem(identity, { kind, id, ownerRevision, state });
    tx.put('treeItem', { ...item, withdrawn: false, storedAtMs: nowMs, ageMs: 0 });
  }
  for (const { kind, id } of await tx.list('rejection')) tx.remove('rejection', `${kind}/${id}`);
  // What was told after these cursors is not what is to be taken over at another join.
  for (const { nodeId } of await tx.list('feedPosition', 'DOWN/')) {
    tx.remove('feedPosition', `DOWN/${nodeId}`);
  }
  await withdrawAllOffers(tx);
}
