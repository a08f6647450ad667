import path from 'node:path';
import type { Command } from 'commander';
import {
  createSmpClient,
  isSmpError,
  ReadOnlySqlDocument,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { silentLogger } from '../../core/logger.ts';
import { examples, type App } from '../app.ts';
import { localServerOf } from '../connection/local-server.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { defineView, type Value } from '../output/view.ts';
import { parseCount } from '../parse-values.ts';
import type { Session } from '../session.ts';

interface QueryOptions {
  readonly dataDir?: string;
  readonly maxRows: number;
}

interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
}

export function dbCommand(app: App): Command {
  const noun = app.noun('db', 'the database below the server');
  examples(
    noun
      .command('query')
      .summary('run one read-only SQL statement; needs the role admin')
      .argument('<sql>', '- is standard input')
      .option('--data-dir <folder>', 'of this data directory, whether its server runs or not')
      .option('--max-rows <count>', 'rows at most', parseCount, 1_000)
      .action(app.action(query)),
    [
      `db query "SELECT * FROM swdpackagecodebase WHERE packageid = '46d50e6e-183c-4d15-9767-ee14ebea5ed4'"`,
      'db query - -o csv < report.sql',
      'db query --data-dir ./canopy-data "SELECT count(*) FROM package"',
    ],
  );
  return noun;
}

async function query(session: Session<QueryOptions>, statement: string): Promise<void> {
  const { io, printer, note } = session;
  const sql = statement === '-' ? await io.readStdin() : statement;
  const { columns, rows, truncated } = await answerOf(session, sql);
  const view = defineView<readonly unknown[]>({
    name: (row) => String(row[0]),
    columns: columns.map((header, index) => ({ header, value: (row) => cell(row[index]) })),
  });
  const isMachine = printer.format === 'json' || printer.format === 'yaml';
  const objects = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
  if (isMachine) printer.data(objects, '');
  else printer.list(view, rows);
  if (truncated) note(`There are more than ${rows.length} rows; see --max-rows.`);
}

/** A running server is asked; a data directory without one is opened. */
async function answerOf(session: Session<QueryOptions>, sql: string): Promise<Answer> {
  const { io, options } = session;
  const { dataDir, maxRows } = options;
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
    return await openAndQuery(session, folder, sql);
  }
}

async function askServer(client: SmpClient, sql: string, maxRows: number): Promise<Answer> {
  const { readOnlySql } = await client.execute(ReadOnlySqlDocument, { sql, maxRows });
  return { ...readOnlySql, rows: readOnlySql.rows.map((row) => row ?? []) };
}

async function openAndQuery(
  { io, options }: Session<QueryOptions>,
  folder: string,
  sql: string,
): Promise<Answer> {
  const { loadConfig } = await import('../../server/config/load-config.ts');
  const { openDatabase } = await import('../../server/persistence/open-database.ts');
  const { config } = loadConfig({ flags: { dataDir: folder }, environment: io.environment });
  const database = await openDatabase({
    dataDirectory: config.dataDir,
    databaseUrl: config.databaseUrl,
    clock: io.clock,
    logger: silentLogger,
    onFatal: (error) => io.stderr.write(`canopy: the database failed: ${error.message}\n`),
  });
  try {
    return await database.readOnlyQuery(sql, { maxRows: options.maxRows });
  } finally {
    await database.close();
  }
}

function cell(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
