import { sql, type Kysely } from 'kysely';
import type { ItemKind, ItemTypes } from '../../../catalog/items.ts';
import { keysAre, keyStartsWith } from './key-conditions.ts';
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

/** Items of any kinds by key, in one statement, with the versions of their rows. */
export async function readVersions(
  db: Sql,
  kinds: StoredKinds,
  wanted: readonly { readonly kind: ItemKind; readonly key: string }[],
): Promise<SeenItem[]> {
  const parts = [...Map.groupBy(wanted, ({ kind }) => kind)].map(([kind, ofKind]) => {
    const stored: StoredKind = kinds[kind];
    const keys = ofKind.map(({ key }) => key);
    return sql`
      select ${kind}::text as kind, to_jsonb(stored) as row, stored.xmin::text as version
      from ${sql.table(stored.table)} as stored where ${keysAre(stored, keys)}`;
  });
  const { rows } = await sql<{ kind: ItemKind; row: Row; version: string }>`
    ${sql.join(parts, sql` union all `)}`.execute(db);
  return rows.map(({ kind, row, version }) => {
    const { rowKey, toItem }: StoredKind = kinds[kind];
    return { kind, key: rowKey(row), item: toItem(row), version };
  });
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
