import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { EnrollmentTokenStore } from '../../catalog/enrollment-tokens.ts';
import type { CatalogStore, ChangeLog, Wakeups } from '../../catalog/ports.ts';
import type { CatalogQueries } from '../../catalog/queries.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import { Releasers } from '../../core/releasers.ts';
import { SqlCatalogQueries } from './catalog/catalog-queries.ts';
import { SqlCatalogStore } from './catalog/catalog-store.ts';
import { listenForChanges } from './change-listener.ts';
import { embeddedConnection, serverConnection, type ConnectionOptions } from './connection.ts';
import { lockDataDirectory } from '../../content/data-directory-lock.ts';
import { ensureCluster } from './embedded/cluster.ts';
import { openEmbeddedEngine } from './embedded/engine.ts';
import { createMaintenance, type Maintenance } from './embedded/maintenance.ts';
import { openOrm } from './orm.ts';
import { runReadOnlyQuery, type QueryTable, type ReadOnlyQueryOptions } from './read-only-query.ts';
import { createApiTokenStore, type ApiTokenStore } from './records/api-token-store.ts';
import { createEnrollmentTokenStore } from './records/enrollment-token-store.ts';
import { createJobStore, type JobStore } from './records/job-store.ts';
import { createQuarantineStore, type QuarantineStore } from './records/quarantine-store.ts';
import { createScheduleStore, type ScheduleStore } from './records/schedule-store.ts';
import { createSmpStore, type SmpStore } from './records/smp-store.ts';
import { createWakeups } from './wakeups.ts';

/** What a commit survives: the loss of power, or only the death of the process. */
export type Durability = 'STRICT' | 'PROCESS_CRASH_ONLY';

const DEFAULT_IDLE_OWNER_LIMIT_MS = 10_000;

export interface OpenDatabaseOptions {
  /** Locked while open, also when the database is elsewhere. */
  readonly dataDirectory: string;
  /** A PostgreSQL server (15 or newer); without it the embedded engine in the data directory. */
  readonly databaseUrl?: string | undefined;
  /** Of the embedded engine; a server has its own setting. Default `STRICT`. */
  readonly durability?: Durability;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The embedded engine died: nothing works any more and the process should restart. */
  readonly onFatal: (error: Error) => void;
  /** How long an idle transaction may hold the embedded engine. Default 10,000. */
  readonly idleOwnerLimitMs?: number;
}

export interface Database {
  readonly orm: MikroORM;
  /** For other users of the `pg` driver, such as pg-boss: spread it into their options. */
  readonly connection: ConnectionOptions;
  readonly embedded: boolean;
  readonly durability: Durability;
  /** True when this opening made the schema. */
  readonly freshlyCreated: boolean;
  readonly store: CatalogStore;
  readonly log: ChangeLog;
  readonly queries: CatalogQueries;
  readonly wakeups: Wakeups;
  readonly tokens: ApiTokenStore;
  readonly enrollmentTokens: EnrollmentTokenStore;
  readonly jobs: JobStore;
  readonly quarantine: QuarantineStore;
  readonly smp: SmpStore;
  readonly schedules: ScheduleStore;
  /** Already running by itself; absent on a PostgreSQL server, which maintains itself. */
  readonly maintenance: Maintenance | undefined;
  readonly readOnlyQuery: (sql: string, options?: ReadOnlyQueryOptions) => Promise<QueryTable>;
  /** Files the embedded engine flushed since it started; 0 otherwise. */
  fsyncCount(): number;
  close(): Promise<void>;
}

interface Engine {
  readonly connection: ConnectionOptions;
  fsyncCount(): number;
}

/**
 * Locks the data directory, starts the embedded engine or reaches the server, migrates, and
 * answers when everything can be used. Throws `DATA_DIRECTORY_LOCKED` and `SCHEMA_NEWER`; then
 * nothing is left open.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const releasers = new Releasers();
  try {
    const engine = await startEngine(options, releasers);
    return await assemble(engine, options, releasers);
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

async function startEngine(options: OpenDatabaseOptions, releasers: Releasers): Promise<Engine> {
  const lock = lockDataDirectory(options.dataDirectory);
  releasers.add(() => lock.release());
  if (options.databaseUrl !== undefined) {
    return { connection: serverConnection(options.databaseUrl), fsyncCount: () => 0 };
  }
  const engine = await openEmbeddedEngine({
    directory: await ensureCluster(lock.stateDirectory),
    durable: options.durability !== 'PROCESS_CRASH_ONLY',
    idleOwnerLimitMs: options.idleOwnerLimitMs ?? DEFAULT_IDLE_OWNER_LIMIT_MS,
    onFatal: options.onFatal,
  });
  releasers.add(() => engine.close());
  return { connection: embeddedConnection(engine.stream), fsyncCount: engine.fsyncCount };
}

async function assemble(
  engine: Engine,
  options: OpenDatabaseOptions,
  releasers: Releasers,
): Promise<Database> {
  const { clock, logger } = options;
  const { connection } = engine;
  const embedded = connection.connectionString === undefined;
  const { orm, freshlyCreated } = await openOrm(connection);
  releasers.add(() => orm.close(true));
  const wakeups = createWakeups();
  const store = await SqlCatalogStore.open({ orm, clock, random: options.random, wakeups });
  const maintenance = embedded
    ? createMaintenance({ db: orm.em.getKysely<unknown>(), clock, logger })
    : undefined;
  if (maintenance) {
    maintenance.start();
    releasers.add(() => maintenance.stop());
  } else {
    const listener = listenForChanges({
      connection,
      wakeups,
      run: store.log.run,
      clock,
      logger,
    });
    releasers.add(() => listener.stop());
  }
  return {
    orm,
    connection,
    embedded,
    durability: await durabilityOf(orm),
    freshlyCreated,
    store,
    log: store.log,
    queries: new SqlCatalogQueries(orm),
    wakeups,
    tokens: createApiTokenStore(orm),
    enrollmentTokens: createEnrollmentTokenStore(orm),
    jobs: createJobStore(orm),
    quarantine: createQuarantineStore(orm),
    smp: createSmpStore(orm),
    schedules: createScheduleStore(orm),
    maintenance,
    readOnlyQuery: (statement, limits) => runReadOnlyQuery(connection, statement, limits),
    fsyncCount: engine.fsyncCount,
    close: () => releasers.release(),
  };
}

/** By the settings in force, the same question for both kinds of database. */
async function durabilityOf(orm: MikroORM): Promise<Durability> {
  const { rows } = await sql<{ fsync: string; commit: string }>`
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit
  `.execute(orm.em.getKysely<unknown>());
  const { fsync, commit } = rows[0]!;
  return fsync === 'on' && commit !== 'off' ? 'STRICT' : 'PROCESS_CRASH_ONLY';
}
