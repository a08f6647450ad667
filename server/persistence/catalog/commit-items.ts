import { sql } from 'kysely';
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

/**
 * Writes any number of items, and what followers of the log and of the state feeds read of them, in
 * one call, which is a transaction when none is open. `undefined` when something that was seen has
 * changed since: then nothing is written.
 */
export async function commitItems(
  db: Sql,
  inputs: CommitInputs,
): Promise<RecentCommit | undefined> {
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
  const { rows } = await sql<{ epoch: string; revision: string }>`
    select epoch, revision from commit_items(
      ${rowsByKind(seen, ({ kind, key, version }) => seenRow(kinds[kind], key, version))}::jsonb,
      ${rowsByKind(removed, ({ kind, key }) => keyRow(kinds[kind], key))}::jsonb,
      ${rowsByKind(written, (change) => writtenRow(kinds[change.kind], change, places))}::jsonb,
      ${JSON.stringify(records)}::jsonb, ${followed.length}::bigint, ${atMs}::bigint, ${run}::text
    )`.execute(db);
  if (!rows[0]) return undefined;
  const upTo = Number(rows[0].revision);
  const after = upTo - followed.length;
  const made = { epoch: rows[0].epoch, after, upTo };
  return { ...made, ...asFollowersReadIt(followed, { after, kinds, atMs }) };
}

/** What a commit adds to the log, and to the state feeds. */
function asFollowersReadIt(
  followed: readonly PendingChange[],
  { after, kinds, atMs }: { after: number } & Pick<CommitInputs, 'kinds' | 'atMs'>,
): Pick<RecentCommit, 'changes' | 'states'> {
  const changes: Change[] = [];
  const states: CommittedState[] = [];
  for (const [index, { kind, key, item }] of followed.entries()) {
    const { feed, scope } = ITEM_KINDS[kind];
    const revision = after + index + 1;
    if (feed === 'LOG') {
      changes.push({ revision, scope, kind, key, item, atMs } as Change);
    } else {
      const stored: StoredKind = kinds[kind];
      // A column that there is not is not told of either.
      const kept = item && stored.toItem(stored.toRow(item));
      states.push({ revision, kind, key, item: kept } as CommittedState);
    }
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
