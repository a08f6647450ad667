import { sql, type Kysely } from 'kysely';
import type { ItemKind, ItemTypes } from '../../../catalog/items.ts';
import { keyRow, keysAre, keyStartsWith } from './key-conditions.ts';
import type { SeenItem } from './seen-items.ts';
import { selectList, type Row, type StoredKind, type StoredKinds } from './stored-kind.ts';

export type Sql = Kysely<unknown>;

/** Items by key. */
export async function readItems<K extends ItemKind>(
  db: Sql,
  stored: StoredKind<K>,
  keys: readonly string[],
): Promise<Map<string, ItemTypes[K]>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<Row>`
    select ${selectList(stored)} from ${sql.table(stored.table)}
    where ${keysAre(stored, keys)}`.execute(db);
  return new Map(rows.map((row) => [stored.rowKey(row), stored.toItem(row)]));
}

/** Items of any kinds by key, in one call, with the versions of their rows. */
export async function readVersions(
  db: Sql,
  kinds: StoredKinds,
  wanted: readonly { readonly kind: ItemKind; readonly key: string }[],
): Promise<SeenItem[]> {
  const keys = rowsByKind(wanted, ({ kind, key }) => keyRow(kinds[kind], key));
  const { rows } = await sql<{ kind: ItemKind; item: Row; version: string }>`
    select kind, item, version from read_items(${keys}::jsonb)`.execute(db);
  return rows.map(({ kind, item, version }) => {
    const { rowKey, toItem }: StoredKind = kinds[kind];
    return { kind, key: rowKey(item), item: toItem(item), version };
  });
}

/** As the database's functions take rows: JSON of kind → rows; those of `undefined` are left out. */
export function rowsByKind<T extends { readonly kind: ItemKind }>(
  list: readonly T[],
  rowOf: (one: T) => Row | undefined,
): string {
  const byKind: Partial<Record<ItemKind, Row[]>> = {};
  for (const one of list) {
    const row = rowOf(one);
    if (row) (byKind[one.kind] ??= []).push(row);
  }
  return JSON.stringify(byKind);
}

/** Items whose key starts with `keyPrefix`, by key. */
export async function readItemsByPrefix<K extends ItemKind>(
  db: Sql,
  stored: StoredKind<K>,
  keyPrefix: string,
): Promise<Map<string, ItemTypes[K]>> {
  const where = keyPrefix === '' ? sql`` : sql`where ${keyStartsWith(stored, keyPrefix)}`;
  const key = sql.join(stored.keyColumns.map(({ column }) => sql.ref(column)));
  const { rows } = await sql<Row>`
    select ${selectList(stored)} from ${sql.table(stored.table)} ${where}
    order by ${key}`.execute(db);
  return new Map(rows.map((row) => [stored.rowKey(row), stored.toItem(row)]));
}
