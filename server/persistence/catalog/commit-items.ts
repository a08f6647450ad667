import { CompiledQuery } from 'kysely';
import { ITEM_KINDS, type Change } from '../../../catalog/items.ts';
import type { PendingChange } from './catalog-transaction.ts';
import { rowsByKind, type Sql } from './item-rows.ts';
import { keyRow } from './key-conditions.ts';
import type { CommittedState, RecentCommit } from './recent-commits.ts';
import type { SeenItem } from './seen-items.ts';
import type { Row, StoredKind, StoredKinds } from './stored-kind.ts';

export interface CommitInputs {
  /** What the writer went by; nothing is written unless all of it still is so. */
  readonly seen: readonly SeenItem[];
  readonly changes: readonly PendingChange[];
  readonly kinds: StoredKinds;
  readonly atMs: number;
  /** Of this process: others are woken by the commit, it is not. */
  readonly run: string;
}

export interface Committed extends RecentCommit {
  /** What was written, with its version. */
  readonly written: readonly SeenItem[];
}

/** Spelled once: every write of the catalogue is this statement. */
const COMMIT = `select epoch, revision, version
  from commit_items($1::jsonb, $2::jsonb, $3::jsonb, $4::jsonb, $5::bigint, $6::bigint, $7::text)`;

/**
 * Writes any number of items, and what followers of the log and of the state feeds read of them, in
 * one call, which is a transaction when none is open. `undefined` when something that was seen has
 * changed since: then nothing is written.
 */
export async function commitItems(db: Sql, inputs: CommitInputs): Promise<Committed | undefined> {
  const { seen, changes, kinds, atMs, run } = inputs;
  const followed = changes.filter(({ kind }) => ITEM_KINDS[kind].feed !== 'NONE');
  const places = new Map(followed.map((change, index) => [change, index + 1]));
  const records = followed.flatMap((change) => {
    const { kind, key, item = null } = change;
    const { feed, scope } = ITEM_KINDS[kind];
    return feed === 'LOG' ? [{ place: places.get(change)!, scope, kind, key, item }] : [];
  });
  const removed = changes.filter(({ item }) => item === undefined);
  const written = changes.filter(({ item }) => item !== undefined);
  const { rows } = await db.executeQuery<{ epoch: string; revision: string; version: string }>(
    CompiledQuery.raw(COMMIT, [
      rowsByKind(seen, ({ kind, key, version }) => seenRow(kinds[kind], key, version)),
      rowsByKind(removed, ({ kind, key }) => keyRow(kinds[kind], key)),
      rowsByKind(written, (change) => writtenRow(kinds[change.kind], change, places)),
      JSON.stringify(records),
      followed.length,
      atMs,
      run,
    ]),
  );
  if (!rows[0]) return undefined;
  const { epoch, version } = rows[0];
  const upTo = Number(rows[0].revision);
  const after = upTo - followed.length;
  const stored = changes.map((change) => asStored(kinds[change.kind], change, version));
  return { epoch, after, upTo, written: stored, ...asFollowed(stored, { after, atMs }) };
}

/** The change as it is read from the database. */
function asStored(
  { toItem, toRow }: StoredKind,
  { kind, key, item }: PendingChange,
  version: string,
): SeenItem {
  if (item === undefined) return { kind, key, item, version: null };
  return { kind, key, item: toItem(JSON.parse(JSON.stringify(toRow(item))) as Row), version };
}

/** What a commit adds to the log, and to the state feeds. */
function asFollowed(
  stored: readonly SeenItem[],
  { after, atMs }: Pick<RecentCommit, 'after'> & Pick<CommitInputs, 'atMs'>,
): Pick<RecentCommit, 'changes' | 'states'> {
  const changes: Change[] = [];
  const states: CommittedState[] = [];
  let revision = after;
  for (const { kind, key, item } of stored) {
    const { feed, scope } = ITEM_KINDS[kind];
    if (feed === 'NONE') continue;
    revision += 1;
    if (feed === 'LOG') changes.push({ revision, scope, kind, key, item, atMs } as Change);
    else states.push({ revision, kind, key, item } as CommittedState);
  }
  return { changes, states };
}

/** No item can have a key that has no row. */
function seenRow(stored: StoredKind, key: string, version: string | null): Row | undefined {
  const row = keyRow(stored, key);
  return row && { ...row, version };
}

function writtenRow(
  stored: StoredKind,
  change: PendingChange,
  places: ReadonlyMap<PendingChange, number>,
): Row {
  return { ...stored.toRow(change.item!), place: places.get(change) };
}
