import type { ItemKind } from '../../../catalog/items.ts';
import { ITEM_KINDS } from '../../../catalog/items.ts';
import type { Routine } from '../routines.ts';
import type { Column, StoredKind, StoredKinds } from './stored-kind.ts';

/**
 * The functions through which the store reads and writes items by key. They are written out for every
 * kind, so that the database plans each of their statements once a connection, and looks keys up in
 * an index whatever it believes of a table's size: a plan outlives the size that it was made for.
 */
export function itemRoutines(kinds: StoredKinds): readonly Routine[] {
  const all: readonly StoredKind[] = Object.values(kinds);
  return [readItemsRoutine(all), commitItemsRoutine(all)];
}

const BY_INDEX = 'set enable_seqscan = off set enable_bitmapscan = off set jit = off';

/** `wanted` is kind → rows of keys. Keys without an item are left out of the answer. */
function readItemsRoutine(kinds: readonly StoredKind[]): Routine {
  return {
    name: 'read_items',
    head: `read_items(wanted jsonb) returns table (kind text, item jsonb, version text)
      language plpgsql stable ${BY_INDEX}`,
    body: `
#variable_conflict use_column
begin
${kinds.map(reading).join('')}end
`,
  };
}

function reading(stored: StoredKind): string {
  const { kind, keyColumns } = stored;
  return `  if wanted ? '${kind}' then
    return query select '${kind}', found.item, found.version
    from jsonb_to_recordset(wanted->'${kind}') as wanted_key(${definitions(keyColumns)})
    cross join ${foundBy('wanted_key', stored, 'to_jsonb(stored) as item, xmin::text as version')};
  end if;
`;
}

/**
 * A whole write of the catalogue in one call. It takes the row that numbers commits, so that writers
 * go one after the other, and looks only then whether the rows that the writer saw (`seen`: kind →
 * keys with `version`) are as they were; if not, it writes nothing and answers no row. What is
 * `removed` goes before what is `written`, for its name may come back under another key. `place` is
 * where a row is among the `revisions` of the commit. `version` is that of every row that was written.
 * Other processes are told, which know their own commits by `run`.
 */
function commitItemsRoutine(kinds: readonly StoredKind[]): Routine {
  return {
    name: 'commit_items',
    head: `commit_items(
        seen jsonb, removed jsonb, written jsonb, records jsonb, revisions bigint, at_ms bigint, run text
      ) returns table (epoch uuid, revision bigint, version text) language plpgsql ${BY_INDEX}`,
    body: `
#variable_conflict use_column
declare
  head change_head;
begin
  select * into strict head from change_head where id = 1 for update;
${kinds.map(checking).join('')}${kinds.map(removal).join('')}${kinds.map(writing).join('')}\
  if revisions > 0 then
    update change_head set revision = head.revision + revisions where id = 1;
    insert into change_log (revision, scope, kind, key, item, at_ms)
    select head.revision + place, scope, kind, key, item, commit_items.at_ms
    from jsonb_to_recordset(records)
      as record(place bigint, scope text, kind text, key text, item jsonb);
    perform pg_notify('canopy_change', run);
  end if;
  return query select head.epoch, head.revision + revisions, pg_current_xact_id()::xid::text;
end
`,
  };
}

function checking(stored: StoredKind): string {
  const { kind, keyColumns } = stored;
  return `  if seen ? '${kind}' then
    if exists (
      select from jsonb_to_recordset(seen->'${kind}')
        as seen_row(${definitions(keyColumns)}, version text)
      left join ${foundBy('seen_row', stored, 'xmin::text as version')} on true
      where found.version is distinct from seen_row.version
    ) then
      return;
    end if;
  end if;
`;
}

function removal(stored: StoredKind): string {
  const { kind, table, keyColumns } = stored;
  return `  if removed ? '${kind}' then
    delete from "${table}" where ctid = any (array(
      select found.place
      from jsonb_to_recordset(removed->'${kind}') as removed_key(${definitions(keyColumns)})
      cross join ${foundBy('removed_key', stored, 'ctid as place')}
    ));
  end if;
`;
}

function writing({ kind, table, columns, keyColumns }: StoredKind): string {
  const names = columns.map(({ column }) => `"${column}"`);
  const numbered = isNumbered(kind);
  const given = numbered ? [...names, 'revision'] : names;
  const values = numbered ? [...names, 'head.revision + place'] : names;
  const replaced = given.filter((name) => !keyColumns.some(({ column }) => `"${column}"` === name));
  const update = replaced.map((name) => `${name} = excluded.${name}`).join(', ');
  return `  if written ? '${kind}' then
    insert into "${table}" (${given.join(', ')})
    select ${values.join(', ')}
    from jsonb_to_recordset(written->'${kind}')
      as written_row(${definitions(columns)}, place bigint)
    on conflict (${keyColumns.map(({ column }) => `"${column}"`).join(', ')})
    do ${update === '' ? 'nothing' : `update set ${update}`};
  end if;
`;
}

/** Whether a row carries the revision of its last change. */
function isNumbered(kind: ItemKind): boolean {
  const { feed } = ITEM_KINDS[kind];
  return feed !== 'LOG' && feed !== 'NONE';
}

/** `column type, …` for `jsonb_to_recordset`. */
function definitions(columns: readonly Column[]): string {
  return columns.map(({ column, type }) => `"${column}" ${type}`).join(', ');
}

/**
 * The row that has the key of `row`, as `found`. Without `offset 0` the planner might turn the join
 * round and go through the whole table.
 */
function foundBy(row: string, { table, keyColumns }: StoredKind, columns: string): string {
  const isIt = keyColumns.map(({ column }) => `stored."${column}" = ${row}."${column}"`);
  return `lateral (
      select ${columns} from "${table}" as stored where ${isIt.join(' and ')} offset 0
    ) as found`;
}
