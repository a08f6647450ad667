import type { Guid } from '../core/guid.ts';
import type { CatalogTransaction } from './ports.ts';

/** Deletes a package with its snapshots, assignments and status. Its bytes go with the next sweep. */
export async function removePackage(tx: CatalogTransaction, id: Guid): Promise<void> {
  for (const one of await tx.list('snapshot', `${id}/`)) {
    tx.remove('snapshot', `${id}/${one.internalVersion}`);
  }
  for (const one of await tx.list('assignment', `${id}/`)) {
    tx.remove('assignment', `${id}/${one.computerId}`);
  }
  for (const server of await tx.list('packageServer')) tx.remove('holding', `${server.id}/${id}`);
  for (const site of await tx.list('site')) tx.remove('siteOffer', `${site.id}/${id}`);
  tx.remove('overlay', id);
  tx.remove('package', id);
}
