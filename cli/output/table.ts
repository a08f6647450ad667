export interface TableOptions {
  /** Applied to the header cells after they were aligned. */
  readonly styleHeader?: (text: string) => string;
  /** Per column: numbers stand right. */
  readonly alignRight?: readonly boolean[];
}

/** Columns with two spaces between, no rules: lines that `grep` and `awk` can use. */
export function formatTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const widths = headers.map((header, column) =>
    Math.max(displayWidth(header), ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => pad(cell, widths[column]!, options.alignRight?.[column] ?? false))
      .join('  ')
      .trimEnd();
  const style = options.styleHeader ?? ((text) => text);
  return [style(line(headers)), ...rows.map(line)].map((text) => `${text}\n`).join('');
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? space + text : text + space;
}

/** Terminal cells: combining marks take none, East Asian wide characters and emoji two. */
export function displayWidth(text: string): number {
  if (/^[\u0020-\u007e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += WIDE.test(segment) ? 2 : /^\p{Mark}/u.test(segment) ? 0 : 1;
  }
  return width;
}

const WIDE =
  /^(?:\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])/u;
