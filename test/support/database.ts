import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import { silentLogger } from '../../core/logger.ts';
import { Releasers } from '../../core/releasers.ts';
import { ensureCluster } from '../../server/persistence/embedded/cluster.ts';
import {
  openDatabase,
  type Database,
  type OpenDatabaseOptions,
} from '../../server/persistence/open-database.ts';
import { startPostgres, type PostgresServer } from './postgres.ts';

/** A folder that is removed with everything in it. */
export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'canopy-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A data directory whose embedded cluster is a copy of a kept one, which saves seconds. */
export async function seededDataDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await temporaryDirectory();
  const state = join(directory.path, 'state');
  await mkdir(state);
  await cp(await clusterTemplate(), join(state, 'pgdata'), { recursive: true });
  return directory;
}

async function clusterTemplate(): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const { version } = JSON.parse(
    await readFile(join(manifest, '..', '..', 'package.json'), 'utf8'),
  ) as { version: string };
  const template = join(tmpdir(), `canopy-cluster-${version}-${process.getuid?.() ?? 'user'}`);
  if (existsSync(template)) return template;
  const building = await temporaryDirectory();
  try {
    await rename(await ensureCluster(building.path), template);
  } catch (error) {
    // Another test file was quicker; its template is as good.
    if (!existsSync(template)) throw error;
  } finally {
    await building.remove();
  }
  return template;
}

/** Options for a database in `dataDirectory` that fails the test when the engine dies. */
export function databaseOptions(dataDirectory: string): OpenDatabaseOptions {
  return {
    dataDirectory,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    onFatal: (error) => {
      throw error;
    },
  };
}

/** A fresh database of its own kind; `reopen` closes it and opens the same one again. */
export interface TestDatabase {
  readonly database: Database;
  readonly options: OpenDatabaseOptions;
  close(): Promise<void>;
}

export interface DatabaseKind {
  readonly name: string;
  create(): Promise<TestDatabase>;
  /** After the last one is closed. */
  stop(): Promise<void>;
}

/**
 * The databases that contract suites run on: the embedded engine always, PostgreSQL when
 * `CANOPY_TEST_DATABASE=postgres`.
 */
export function databaseKinds(): DatabaseKind[] {
  const wanted = process.env.CANOPY_TEST_DATABASE === 'postgres';
  return wanted ? [embeddedKind(), postgresKind()] : [embeddedKind()];
}

/** Runs `define` for each of {@link databaseKinds}, with a fresh database that lives as long as its tests. */
export function onEveryDatabase(
  define: (subject: () => TestDatabase, kind: DatabaseKind) => void,
): void {
  describe.each(databaseKinds())('$name', (kind) => {
    let subject: TestDatabase | undefined;
    beforeAll(async () => {
      subject = await kind.create();
    });
    afterAll(async () => {
      await subject?.close();
      await kind.stop();
    });
    define(() => subject!, kind);
  });
}

function embeddedKind(): DatabaseKind {
  return {
    name: 'embedded',
    create: async () => {
      const directory = await seededDataDirectory();
      return open(databaseOptions(directory.path), directory);
    },
    stop: async () => undefined,
  };
}

function postgresKind(): DatabaseKind {
  let server: Promise<PostgresServer> | undefined;
  return {
    name: 'PostgreSQL',
    create: async () => {
      server ??= startPostgres();
      const databaseUrl = await (await server).createDatabase();
      const directory = await temporaryDirectory();
      return open({ ...databaseOptions(directory.path), databaseUrl }, directory);
    },
    stop: async () => (await server)?.stop(),
  };
}

async function open(
  options: OpenDatabaseOptions,
  directory: { remove(): Promise<void> },
): Promise<TestDatabase> {
  const releasers = new Releasers();
  releasers.add(() => directory.remove());
  const database = await openDatabase(options);
  releasers.add(() => database.close());
  return { database, options, close: () => releasers.release() };
}
