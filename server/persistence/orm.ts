import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import pg from 'pg';
import { CanopyError } from '../../core/errors.ts';
import type { ConnectionOptions } from './connection.ts';
import { itemRoutines } from './catalog/item-routines.ts';
import { storedKinds } from './catalog/stored-kind.ts';
import { CATALOG_ENTITIES } from './entities/catalog-entities.ts';
import { RECORD_ENTITIES } from './entities/record-entities.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { putRoutines } from './routines.ts';

/** The embedded engine runs one statement at a time; more connections only wait inside it. */
const EMBEDDED_POOL_SIZE = 4;
const SERVER_POOL_SIZE = 10;
/** `statement_timeout` has no effect on the embedded engine; the driver's own limit stands in. */
const EMBEDDED_QUERY_TIMEOUT_MS = 60_000;
/** "canopy" in ASCII, as a number: the advisory lock that migrations run under. */
const MIGRATION_LOCK = '109270115774585';

/** The ORM on a database whose schema is exactly this version's. */
export async function openOrm(
  connection: ConnectionOptions,
): Promise<{ readonly orm: MikroORM; readonly freshlyCreated: boolean }> {
  const orm = await MikroORM.init(ormOptions(connection));
  try {
    return { orm, freshlyCreated: await migrate(orm, connection) };
  } catch (error) {
    await orm.close(true);
    throw error;
  }
}

function ormOptions(connection: ConnectionOptions): Options {
  const { connectionString, ...driver } = connection;
  const embedded = connectionString === undefined;
  return {
    ...(embedded
      ? { dbName: driver.database!, user: driver.user!, password: driver.password! }
      : { clientUrl: connectionString }),
    entities: [...Object.values(CATALOG_ENTITIES), ...RECORD_ENTITIES],
    extensions: [Migrator],
    migrations: { migrationsList: MIGRATIONS, snapshot: false, silent: true },
    pool: { min: 0, max: embedded ? EMBEDDED_POOL_SIZE : SERVER_POOL_SIZE },
    driverOptions: {
      ...driver,
      ...(embedded && { query_timeout: EMBEDDED_QUERY_TIMEOUT_MS }),
    },
  };
}

/**
 * Brings the schema up to date; true when the database was empty. Servers that start together
 * take turns by an advisory lock on a connection of its own. Throws `SCHEMA_NEWER` when a newer
 * Canopy has been here.
 */
async function migrate(orm: MikroORM, connection: ConnectionOptions): Promise<boolean> {
  const turn = new pg.Client(connection as pg.ClientConfig);
  await turn.connect();
  try {
    await turn.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    const executed = await orm.migrator.getExecuted();
    const known = new Set(MIGRATIONS.map(({ name }) => name));
    const unknown = executed.find(({ name }) => !known.has(name));
    if (unknown) {
      throw new CanopyError(
        'SCHEMA_NEWER',
        `the database has the migration ${unknown.name}, which this version does not know`,
        { hint: 'install the version that wrote it or a newer one' },
      );
    }
    await orm.migrator.up();
    await putRoutines(turn, itemRoutines(storedKinds(orm.getMetadata())));
    return executed.length === 0;
  } finally {
    await turn.end();
  }
}
