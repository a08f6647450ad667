import { sql, type Kysely } from 'kysely';
import type { ItemKind, ItemTypes } from '../../../catalog/items.ts';
import { keysAre, keyStartsWith, recordDefinition } from './key-conditions.ts';
import { selectList, type Row, type StoredKind } from './stored-kind.ts';

export type Sql = Kysely<unknown>;

/** Items by key; with `lock` the rows stay as they are until the transaction ends. */
export async function readItems<K extends ItemKind>(
  db: Sql,
  stored: StoredKind<K>,
  { keys, lock = false }: { readonly keys: readonly string[]; readonly lock?: boolean },
): Promise<Map<string, ItemTypes[K]>> {
  if (keys.length === 0) return new Map();
  const key = sql.join(stored.keyColumns.map(({ column }) => sql.ref(column)));
  // In one order everywhere, so that two transactions rarely wait for each other in a circle.
  const locking = lock ? sql`order by ${key} for update` : sql``;
  const { rows } = await sql<Row>`
    select ${selectList(stored)} from ${sql.table(stored.table)}
    where ${keysAre(stored, keys)} ${locking}`.execute(db);
  return new Map(rows.map((row) => [stored.rowKey(row), stored.toItem(row)]));
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

/** Inserts or replaces any number of items in one statement, without hydrating entities. */
export async function writeItems<K extends ItemKind>(
  db: Sql,
  stored: StoredKind<K>,
  items: readonly ItemTypes[K][],
): Promise<void> {
  if (items.length === 0) return;
  const rows = JSON.stringify(items.map((item) => stored.toRow(item)));
  const key = sql.join(stored.keyColumns.map(({ column }) => sql.ref(column)));
  const replaced = stored.columns
    .filter(({ isKey }) => !isKey)
    .map(({ column }) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  const onConflict =
    replaced.length === 0 ? sql`do nothing` : sql`do update set ${sql.join(replaced)}`;
  await sql`
    insert into ${sql.table(stored.table)} (${selectList(stored)})
    select ${selectList(stored)} from jsonb_to_recordset(${rows}::jsonb)
      as written(${recordDefinition(stored.columns)})
    on conflict (${key}) ${onConflict}`.execute(db);
}

export async function deleteItems(
  db: Sql,
  stored: StoredKind,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await sql`delete from ${sql.table(stored.table)} where ${keysAre(stored, keys)}`.execute(db);
}
