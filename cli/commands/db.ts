import type { Command } from 'commander';
import { examples, type App } from '../app.ts';
import { runSql } from '../connection/run-sql.ts';
import { defineView, type Value } from '../output/view.ts';
import { parseCount } from '../parse-values.ts';
import type { Session } from '../session.ts';

interface QueryOptions {
  readonly dataDir?: string;
  readonly maxRows: number;
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
  const { io, options, printer, note } = session;
  const sql = statement === '-' ? await io.readStdin() : statement;
  const { columns, rows, truncated } = await runSql(session, sql, options);
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

function cell(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}
