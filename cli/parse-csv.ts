/** One record of a CSV file with the line it began on, by the names of the header. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: { readonly [header: string]: string };
}

/**
 * RFC 4180 with a header line, plus what spreadsheets do to it: a byte order mark, semicolons
 * instead of commas, blank lines. Header names are lower-cased. Throws `SyntaxError` with the line
 * for a quote that is never closed and for a record with more fields than the header.
 */
export function parseCsv(text: string): CsvRecord[] {
  const source = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(source.slice(0, source.search(/\r?\n|$/)));
  const [header, ...records] = readRecords(source, separator);
  if (!header) return [];
  const names = header.fields.map((name) => name.trim().toLowerCase());
  return records.map(({ line, fields }) => {
    if (fields.length > names.length) {
      throw new SyntaxError(
        `line ${line}: ${fields.length} fields, but the header has ${names.length}`,
      );
    }
    const pairs = names.map((name, index) => [name, (fields[index] ?? '').trim()] as const);
    return { line, fields: Object.fromEntries(pairs) };
  });
}

function separatorOf(header: string): string {
  const count = (character: string): number => header.split(character).length;
  return count(';') > count(',') ? ';' : ',';
}

interface RawRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** A field: quoted with doubled quotes inside, or anything up to the next separator. */
function readRecords(text: string, separator: string): RawRecord[] {
  const records: RawRecord[] = [];
  const field = new RegExp(
    `(?:"((?:[^"]|"")*)"|([^"${separator}\\r\\n]*))(${separator}|\\r?\\n|$)`,
    'y',
  );
  let line = 1;
  let start = 1;
  let fields: string[] = [];
  while (field.lastIndex < text.length || fields.length > 0) {
    const match = field.exec(text);
    if (!match) throw new SyntaxError(`line ${line}: a quote is in the wrong place or not closed`);
    const [whole, quoted, plain, end] = match;
    fields.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    line += whole.split('\n').length - 1;
    if (end === separator) continue;
    if (fields.some((value) => value.trim() !== '')) records.push({ line: start, fields });
    fields = [];
    start = line;
    if (end === '') break;
  }
  return records;
}
