import type { TextSink } from '../io.ts';
import { formatCsv } from './csv.ts';
import { formatValue } from './format-value.ts';
import { formatTable } from './table.ts';
import type { Column, View } from './view.ts';

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml', 'name', 'csv'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Writes data to stdout in the format that was asked for. */
export interface Printer {
  readonly format: OutputFormat;
  list<Row>(view: View<Row>, rows: readonly Row[]): void;
  /** One object: all columns, one in a line. */
  one<Row>(view: View<Row>, row: Row): void;
  /** Data without columns of its own; as a table it is `text`. */
  data(value: unknown, text: string): void;
}

export async function createPrinter(
  format: OutputFormat,
  sink: TextSink,
  bold: (text: string) => string,
): Promise<Printer> {
  // Loaded only here: it would cost every other command its time.
  const toYaml = format === 'yaml' ? (await import('yaml')).stringify : undefined;
  const machine = (value: unknown): boolean => {
    if (format === 'json') sink.write(`${JSON.stringify(value, null, 2)}\n`);
    else if (toYaml) sink.write(toYaml(value));
    return format === 'json' || toYaml !== undefined;
  };
  const list = <Row>(view: View<Row>, rows: readonly Row[]): void => {
    if (machine(rows)) return;
    if (format === 'name') sink.write(rows.map((row) => `${view.name(row)}\n`).join(''));
    else if (format === 'csv') sink.write(csv(view.columns, rows));
    else {
      const columns = view.columns.filter((column) => format === 'wide' || !column.wide);
      sink.write(table(columns, rows, bold));
    }
  };
  return {
    format,
    list,
    one: (view, row) => {
      if (machine(row)) return;
      if (format === 'name' || format === 'csv') list(view, [row]);
      else sink.write(sheet(view.columns, row, bold));
    },
    data: (value, text) => {
      if (!machine(value)) sink.write(text);
    },
  };
}

function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  styleHeader: (text: string) => string,
): string {
  const cells = rows.map((row) => columns.map((c) => formatValue(c.value(row), c.kind)));
  const alignRight = columns.map((column) => column.kind === 'bytes' || column.kind === 'number');
  const headers = columns.map((column) => column.header.toUpperCase());
  return formatTable(headers, cells, { styleHeader, alignRight });
}

function csv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  return formatCsv(
    columns.map((column) => column.header),
    rows.map((row) => columns.map((column) => column.value(row))),
  );
}

function sheet<Row>(
  columns: readonly Column<Row>[],
  row: Row,
  bold: (text: string) => string,
): string {
  const width = Math.max(...columns.map((column) => column.header.length));
  return columns
    .map((c) => `${bold(c.header.padEnd(width))}  ${formatValue(c.value(row), c.kind)}\n`)
    .join('');
}
