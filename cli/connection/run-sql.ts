import path from 'node:path';
import {
  createSmpClient,
  isSmpError,
  ReadOnlySqlDocument,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { silentLogger } from '../../core/logger.ts';
import { CliError, EXIT } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { localServerOf } from './local-server.ts';

export interface SqlAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
}

export interface SqlOptions {
  /** Of an SMP; without it the server of the session is asked. */
  readonly dataDir?: string | undefined;
  readonly maxRows: number;
}

/**
 * Runs one read-only statement. A running server is asked; a data directory without one is opened.
 * A server answers every value as text, a directory as the database driver gives it.
 */
export async function runSql(
  session: Session,
  sql: string,
  { dataDir, maxRows }: SqlOptions,
): Promise<SqlAnswer> {
  const { io } = session;
  if (dataDir === undefined) {
    return askServer(await session.client(), sql, maxRows);
  }
  const folder = path.resolve(io.workingFolder, dataDir);
  const local = await localServerOf(folder);
  if (!local) {
    throw new CliError(EXIT.NOT_FOUND, `${folder} is not the data directory of a server.`);
  }
  try {
    const client = createSmpClient({ url: local.url, token: local.token, retries: 0 }, io.signal);
    return await askServer(client, sql, maxRows);
  } catch (error) {
    if (!isSmpError(error) || error.code !== 'UNREACHABLE') throw error;
    return await openAndQuery(session, folder, { sql, maxRows });
  }
}

async function askServer(client: SmpClient, sql: string, maxRows: number): Promise<SqlAnswer> {
  const { readOnlySql } = await client.execute(ReadOnlySqlDocument, { sql, maxRows });
  return { ...readOnlySql, rows: readOnlySql.rows.map((row) => row ?? []) };
}

async function openAndQuery(
  { io }: Session,
  folder: string,
  { sql, maxRows }: { readonly sql: string; readonly maxRows: number },
): Promise<SqlAnswer> {
  const { loadConfig } = await import('../../server/config/load-config.ts');
  const { openDatabase } = await import('../../server/persistence/open-database.ts');
  const { config } = loadConfig({ flags: { dataDir: folder }, environment: io.environment });
  const database = await openDatabase({
    dataDirectory: config.dataDir,
    databaseUrl: config.databaseUrl,
    clock: io.clock,
    random: io.random,
    logger: silentLogger,
    onFatal: (error) => io.stderr.write(`canopy: the database failed: ${error.message}\n`),
  });
  try {
    return await database.readOnlyQuery(sql, { maxRows });
  } finally {
    await database.close();
  }
}
