import { sql, type RawBuilder } from 'kysely';
import type { Change, ItemKind, Scope } from '../../../catalog/items.ts';
import type { ChangeLog, IssuedPosition, Position } from '../../../catalog/ports.ts';
import { CanopyError } from '../../../core/errors.ts';
import type { Sql } from './item-rows.ts';
import { isUuid } from './key-conditions.ts';
import type { RecentCommits } from './recent-commits.ts';

interface LogRow {
  readonly head: string;
  readonly horizon: string;
  /** Null when the log has nothing to give. */
  readonly revision: string | null;
  readonly scope: Scope;
  readonly kind: ItemKind;
  readonly key: string;
  readonly item: unknown;
  readonly at_ms: string;
}

/**
 * The change log in the database. Each method is at most one statement, so its answer is consistent.
 * What this process committed a moment ago is not asked for again.
 */
export class SqlChangeLog implements ChangeLog {
  readonly run: string;
  private readonly db: Sql;
  private readonly recent: RecentCommits;

  /** `run` is that of {@link beginRun}. */
  constructor(db: Sql, run: string, recent: RecentCommits) {
    this.db = db;
    this.run = run;
    this.recent = recent;
  }

  position(): Promise<Position> {
    return readPosition(this.db);
  }

  async holds(position: IssuedPosition): Promise<boolean> {
    const { rows } = await sql<{ is_held: boolean }>`
      select ${isHeld(position)} as is_held`.execute(this.db);
    return rows[0]!.is_held;
  }

  async horizon(): Promise<number> {
    const { rows } = await sql<{ horizon: string }>`
      select horizon from change_head`.execute(this.db);
    return Number(rows[0]!.horizon);
  }

  /** Also throws `CURSOR_INVALID` when `after` lies ahead of the log. */
  async read(
    after: number,
    limit: number,
    scope?: Scope,
  ): Promise<{ changes: Change[]; upTo: number; more: boolean }> {
    const known = this.recent.changesAfter(after, limit, scope);
    if (known) return known;
    const scoped = scope === undefined ? sql`` : sql`and scope = ${scope}`;
    const { rows } = await sql<LogRow>`
      select head.revision as head, head.horizon, log.*
      from change_head head left join (
        select revision, scope, kind, key, item, at_ms from change_log
        where revision > ${after} ${scoped} order by revision limit ${limit + 1}
      ) log on true order by log.revision`.execute(this.db);
    const head = Number(rows[0]!.head);
    const horizon = Number(rows[0]!.horizon);
    if (after < horizon) {
      throw new CanopyError(
        'CURSOR_TOO_OLD',
        `changes after ${after} are asked for, the log begins after ${horizon}`,
      );
    }
    if (after > head) {
      throw new CanopyError(
        'CURSOR_INVALID',
        `changes after ${after} are asked for, the log ends at ${head}`,
      );
    }
    const found = rows.filter(({ revision }) => revision !== null).map(toChange);
    const changes = found.slice(0, limit);
    const more = found.length > limit;
    return { changes, upTo: more ? (changes.at(-1)?.revision ?? after) : head, more };
  }

  async compact(beforeMs: number, keep: number): Promise<{ removed: number }> {
    this.recent.forget();
    // Only a whole beginning goes: a clock that fell may have left an old time on a late change.
    const { rows } = await sql<{ removed: string }>`
      with kept as (
        select least(
          (select revision - ${keep} from change_head),
          (select min(revision) - 1 from change_log where at_ms >= ${beforeMs})
        ) as cut
      ), deleted as (
        delete from change_log using kept where revision <= kept.cut returning 1
      ), moved as (
        update change_head set horizon = kept.cut from kept where kept.cut > horizon
      )
      select count(*) as removed from deleted`.execute(this.db);
    return { removed: Number(rows[0]!.removed) };
  }
}

const RUNS_KEPT = 10_000;

/** Notes that a process begins to write this history; the oldest ones are forgotten. */
export async function beginRun(db: Sql, run: string): Promise<void> {
  await sql`
    insert into change_run (run, first_revision) select ${run}::uuid, revision from change_head
  `.execute(db);
  await sql`
    delete from change_run where place <= (select max(place) from change_run) - ${RUNS_KEPT}
  `.execute(db);
}

/** Whether the database holds a position, as `ChangeLog.holds` has it. */
export function isHeld({ epoch, run, revision }: IssuedPosition): RawBuilder<boolean> {
  if (!isUuid(epoch) || !isUuid(run)) return sql<boolean>`false`;
  return sql<boolean>`exists (
    select from change_head head, change_run issuer
    where head.epoch = ${epoch} and issuer.run = ${run} and ${revision} <= coalesce(
      (select min(first_revision) from change_run later where later.place > issuer.place),
      head.revision
    )
  )`;
}

export async function readPosition(db: Sql): Promise<Position> {
  const { rows } = await sql<{ epoch: string; revision: string }>`
    select epoch, revision from change_head`.execute(db);
  return { epoch: rows[0]!.epoch, revision: Number(rows[0]!.revision) };
}

/** Whoever has the head writes alone until its transaction ends. */
export async function lockHead(db: Sql): Promise<void> {
  await sql`select from change_head for update`.execute(db);
}

function toChange(row: LogRow): Change {
  return {
    revision: Number(row.revision),
    scope: row.scope,
    kind: row.kind,
    key: row.key,
    item: row.item ?? undefined,
    atMs: Number(row.at_ms),
  } as Change;
}
