import { styleText } from 'node:util';

/** Where the demonstration speaks. Progress overwrites its line on a terminal. */
const terminal = process.stdout.isTTY;

export function heading(text: string): void {
  console.log(`\n${styleText('bold', text)}`);
}

export function say(text: string): void {
  console.log(indent(text));
}

/** A line that the next one replaces; left out where there is no terminal. */
export function progress(text: string): void {
  if (terminal) process.stdout.write(`\r\u001b[2K  ${text}`);
}

export function endProgress(): void {
  if (terminal) process.stdout.write('\r\u001b[2K');
}

/** Rows under aligned columns. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of rows) {
    say(
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** `94.1 MiB`, `11.6 KiB`. */
export function size(bytes: number): string {
  return bytes < 2 ** 20
    ? `${(bytes / 2 ** 10).toFixed(1)} KiB`
    : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** `12 ms`, `3.4 s`. */
export function span(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : seconds(ms);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
