import { sql, type Kysely } from 'kysely';
import type { Clock } from '../../../core/clock.ts';
import type { Logger } from '../../../core/logger.ts';

/** A checkpoint at the latest after so much WAL: one segment above what a start replays anyway. */
const CHECKPOINT_WAL_BYTES = 16 * 1024 * 1024;
const CHECKPOINT_INTERVAL_MS = 5 * 60_000;
const TICK_MS = 15_000;
/** PostgreSQL's own thresholds for autovacuum and autoanalyze. */
const VACUUM_BASE_ROWS = 50;
const VACUUM_FRACTION = 0.2;
const ANALYZE_FRACTION = 0.1;

export interface MaintenanceReport {
  readonly checkpointed: boolean;
  readonly vacuumed: readonly string[];
}

/** What a PostgreSQL server's background processes do, and the embedded engine has not. */
export interface Maintenance {
  /** Checkpoints when due, then vacuums and analyses the tables that need it, one at a time. */
  run(): Promise<MaintenanceReport>;
  /** Runs again and again until stopped. */
  start(): void;
  stop(): Promise<void>;
}

export interface MaintenanceOptions {
  readonly db: Kysely<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createMaintenance({ db, clock, logger }: MaintenanceOptions): Maintenance {
  let checkpointedAtMs = clock.monotonicMs();
  let checkpointedAt: string | undefined;
  let loop: Promise<void> | undefined;
  const stopping = new AbortController();

  async function checkpointWhenDue(): Promise<boolean> {
    const { rows } = await sql<{ position: string; written: string }>`
      select current as position,
        pg_wal_lsn_diff(current, coalesce(${checkpointedAt ?? null}::pg_lsn, '0/0')) as written
      from pg_current_wal_lsn() as current`.execute(db);
    const written = Number(rows[0]!.written);
    const waited = clock.monotonicMs() - checkpointedAtMs >= CHECKPOINT_INTERVAL_MS;
    if (written === 0 || (written < CHECKPOINT_WAL_BYTES && !waited)) return false;
    await sql`checkpoint`.execute(db);
    const after = await sql<{ position: string }>`
      select pg_current_wal_lsn() as position`.execute(db);
    checkpointedAt = after.rows[0]!.position;
    checkpointedAtMs = clock.monotonicMs();
    return true;
  }

  async function run(): Promise<MaintenanceReport> {
    const vacuumed = await vacuumWhereNeeded(db);
    return { checkpointed: await checkpointWhenDue(), vacuumed };
  }

  async function repeat(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await clock.sleep(TICK_MS, stopping.signal);
        await run();
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.warn({ error }, 'database maintenance failed and will be tried again');
      }
    }
  }

  return {
    run,
    start: () => {
      loop ??= repeat();
    },
    stop: async () => {
      stopping.abort(new Error('maintenance stopped'));
      await loop;
    },
  };
}

async function vacuumWhereNeeded(db: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ schemaname: string; relname: string }>`
    select schemaname, relname from pg_stat_user_tables
    where n_dead_tup > ${VACUUM_BASE_ROWS} + ${VACUUM_FRACTION}::float8 * n_live_tup
      or n_mod_since_analyze > ${VACUUM_BASE_ROWS} + ${ANALYZE_FRACTION}::float8 * n_live_tup
    order by n_dead_tup desc`.execute(db);
  for (const { schemaname, relname } of rows) {
    await sql`vacuum (analyze) ${sql.table(`${schemaname}.${relname}`)}`.execute(db);
  }
  return rows.map(({ relname }) => relname);
}
