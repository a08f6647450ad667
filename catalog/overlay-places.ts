import type { Guid } from '../core/guid.ts';
import type { CatalogTransaction } from './ports.ts';
import { changeItem } from './require-item.ts';

/**
 * Takes a package server or site that is deleted out of what this SMP decided itself about packages
 * of the parent's: the next word of the owner is combined with it, and must not bring the id back.
 */
export async function forgetInOverlays(
  tx: CatalogTransaction,
  field: 'packageServerIds' | 'siteIds',
  id: Guid,
): Promise<void> {
  for (const { packageId, assignment } of await tx.list('overlay')) {
    if (!assignment?.[field].includes(id)) continue;
    await changeItem(tx, 'overlay', packageId, (stored) => ({
      ...stored,
      assignment: stored.assignment && {
        ...stored.assignment,
        [field]: stored.assignment[field].filter((other) => other !== id),
      },
    }));
  }
}
