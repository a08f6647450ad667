import { CanopyError, type Problem } from '../core/errors.ts';
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
  overlay: 'overlay',
  parent: 'parent',
  child: 'child',
  rejection: 'rejected item',
  upstreamOffer: 'offer of the parent',
  feedPosition: 'feed position',
  treeItem: 'item of the tree',
  nodeSummary: 'node',
  progress: 'progress',
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
  throw new CanopyError('NOT_FOUND', `There is no ${nameOf(kind, key)}.`, { path });
}

/** A problem for each key that is not stored; its path is `field` and the place in the list. */
export async function missingItems(
  tx: CatalogTransaction,
  kind: ItemKind,
  keys: readonly string[] | undefined,
  field: string,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [index, key] of (keys ?? []).entries()) {
    if (await tx.get(kind, key)) continue;
    problems.push({
      code: 'NOT_FOUND',
      message: `There is no ${nameOf(kind, key)}.`,
      path: [field, String(index)],
    });
  }
  return problems;
}

/** Changes an item as it is stored now; the list that named it may be older. */
export async function changeItem<K extends ItemKind>(
  tx: CatalogTransaction,
  kind: K,
  key: string,
  change: (stored: ItemTypes[K]) => ItemTypes[K],
): Promise<void> {
  const stored = await tx.get(kind, key);
  if (stored) tx.put(kind, change(stored));
}

/** Throws `CONFLICT` when a GUID that the caller chose is taken. */
export async function requireFree(
  tx: CatalogTransaction,
  kind: ItemKind,
  key: string,
): Promise<void> {
  if (!(await tx.get(kind, key))) return;
  throw new CanopyError('CONFLICT', `There already is a ${nameOf(kind, key)}.`, {
    path: ['guid'],
    hint: 'Update it, or leave the GUID out to have one made.',
  });
}

function nameOf(kind: ItemKind, key: string): string {
  const guid = parseGuid(key);
  return `${NAMES[kind]} ${guid ? bracedGuid(guid) : key}`;
}
