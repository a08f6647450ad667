import { sql } from 'kysely';
import { ITEM_KINDS, type ItemKind } from '../../../catalog/items.ts';
import type { Position } from '../../../catalog/ports.ts';
import type { PendingChange } from './catalog-transaction.ts';
import type { Sql } from './item-rows.ts';
import { keyRow } from './key-conditions.ts';
import type { SeenItem } from './seen-items.ts';
import type { Column, Row, StoredKind, StoredKinds } from './stored-kind.ts';

export interface CommitInputs {
  /** What the writer went by; nothing is written unless all of it still is so. */
  readonly seen: readonly SeenItem[];
  readonly changes: readonly PendingChange[];
  readonly kinds: StoredKinds;
  readonly atMs: number;
  /** Of this process: others are woken by the commit, it is not. */
  readonly run: string;
}

/** One statement of the database's `commit_items`, with what it is given as `$1`. */
interface Step {
  readonly sql: string;
  readonly rows: readonly Row[];
}

/**
 * Writes any number of items, and what followers of the log and of the state feeds read of them, in
 * one call, which is a transaction when none is open. `undefined` when something that was seen has
 * changed since: then nothing is written.
 */
export async function commitItems(db: Sql, inputs: CommitInputs): Promise<Position | undefined> {
  const { changes, atMs, run } = inputs;
  const followed = changes.filter(({ kind }) => ITEM_KINDS[kind].feed !== 'NONE');
  const places = new Map(followed.map((change, index) => [change, index + 1]));
  const records = followed.flatMap((change) => {
    const { kind, key, item = null } = change;
    const { feed, scope } = ITEM_KINDS[kind];
    return feed === 'LOG' ? [{ place: places.get(change)!, scope, kind, key, item }] : [];
  });
  const { rows } = await sql<{ epoch: string; revision: string }>`
    select epoch, revision from commit_items(
      ${JSON.stringify(checksOf(inputs))}::jsonb, ${JSON.stringify(stepsOf(inputs, places))}::jsonb,
      ${JSON.stringify(records)}::jsonb, ${followed.length}::bigint, ${atMs}::bigint, ${run}::text
    )`.execute(db);
  return rows[0] && { epoch: rows[0].epoch, revision: Number(rows[0].revision) };
}

function checksOf({ seen, kinds }: CommitInputs): Step[] {
  return [...Map.groupBy(seen, ({ kind }) => kind)].map(([kind, ofKind]) => ({
    sql: checkOf(kinds[kind]),
    rows: ofKind.flatMap(({ key, version }) => {
      // No item can have a key that has no row.
      const row = keyRow(kinds[kind], key);
      return row ? [{ ...row, version }] : [];
    }),
  }));
}

function stepsOf(
  { changes, kinds }: CommitInputs,
  places: ReadonlyMap<PendingChange, number>,
): Step[] {
  return [...Map.groupBy(changes, ({ kind }) => kind)].flatMap(([kind, ofKind]) => {
    const stored: StoredKind = kinds[kind];
    const removed = ofKind.filter(({ item }) => item === undefined);
    const written = ofKind.flatMap((change) =>
      change.item ? [{ ...stored.toRow(change.item), place: places.get(change) }] : [],
    );
    // What goes first, for its name may come back under another key.
    return [
      { sql: removalOf(stored), rows: removed.map(({ key }) => keyRow(stored, key)!) },
      { sql: writingOf(kind, stored), rows: written },
    ].filter(({ rows }) => rows.length > 0);
  });
}

function checkOf({ table, keyColumns }: StoredKind): string {
  return `select not exists (
    select from jsonb_to_recordset($1) as seen(${definitions(keyColumns)}, version text)
    left join "${table}" as stored on ${matches('seen', keyColumns)}
    where stored.xmin::text is distinct from seen.version
  )`;
}

function removalOf({ table, keyColumns }: StoredKind): string {
  return `delete from "${table}" as stored
    using jsonb_to_recordset($1) as gone(${definitions(keyColumns)})
    where ${matches('gone', keyColumns)}`;
}

function writingOf(kind: ItemKind, { table, columns, keyColumns }: StoredKind): string {
  const { feed } = ITEM_KINDS[kind];
  const isNumbered = feed !== 'LOG' && feed !== 'NONE';
  const names = columns.map(({ column }) => `"${column}"`);
  const given = isNumbered ? [...names, 'revision'] : names;
  const values = isNumbered ? [...names, '$2 + place'] : names;
  const replaced = given.filter((name) => !keyColumns.some(({ column }) => `"${column}"` === name));
  const update = replaced.map((name) => `${name} = excluded.${name}`).join(', ');
  return `insert into "${table}" (${given.join(', ')}) select ${values.join(', ')}
    from jsonb_to_recordset($1) as written(${definitions(columns)}, place bigint)
    on conflict (${keyColumns.map(({ column }) => `"${column}"`).join(', ')})
    do ${update === '' ? 'nothing' : `update set ${update}`}`;
}

/** `column type, …` for `jsonb_to_recordset`. */
function definitions(columns: readonly Column[]): string {
  return columns.map(({ column, type }) => `"${column}" ${type}`).join(', ');
}

function matches(name: string, keyColumns: readonly Column[]): string {
  return keyColumns.map(({ column }) => `stored."${column}" = ${name}."${column}"`).join(' and ');
}
