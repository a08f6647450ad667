import { CanopyError } from '../core/errors.ts';
import { bracedGuid, parseGuid } from '../core/guid.ts';
import type { ItemKind, ItemTypes } from './items.ts';
import type { CatalogTransaction } from './ports.ts';

const NAMES: { readonly [K in ItemKind]: string } = {
  package: 'package',
  snapshot: 'snapshot',
  site: 'site',
  subnet: 'subnet',
  computer: 'computer',
  packageServer: 'package server',
  holding: 'package server status',
  assignment: 'assignment',
  siteOffer: 'site offer',
  settings: 'settings',
};

/** The stored item; throws `NOT_FOUND` that names kind, key and input field. */
export async function requireItem<K extends ItemKind>(
  tx: CatalogTransaction,
  kind: K,
  key: string,
  path: readonly string[] = ['id'],
): Promise<ItemTypes[K]> {
  const item = await tx.get(kind, key);
  if (item) return item;
  const guid = parseGuid(key);
  throw new CanopyError(
    'NOT_FOUND',
    `There is no ${NAMES[kind]} ${guid ? bracedGuid(guid) : key}.`,
    { path },
  );
}

/** Throws `CONFLICT` when a GUID that the caller chose is taken. */
export async function requireFree(
  tx: CatalogTransaction,
  kind: ItemKind,
  key: string,
): Promise<void> {
  if (!(await tx.get(kind, key))) return;
  const guid = parseGuid(key);
  throw new CanopyError(
    'CONFLICT',
    `There already is a ${NAMES[kind]} ${guid ? bracedGuid(guid) : key}.`,
    { path: ['guid'], hint: 'Update it, or leave the GUID out to have one made.' },
  );
}
