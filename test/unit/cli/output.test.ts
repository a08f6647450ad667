// Shows: values, tables and CSV are written exactly as documented.
import fc from 'fast-check';
import { formatCsv } from '../../../cli/output/csv.ts';
import { formatBytes, formatValue } from '../../../cli/output/format-value.ts';
import { displayWidth, formatTable } from '../../../cli/output/table.ts';
import { parseCsv } from '../../../cli/parse-csv.ts';
import { parseDurationMs } from '../../../cli/parse-values.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [12_582_912, '12.0 MiB'],
  [330 * 2 ** 30, '330 GiB'],
  [2 ** 53, '8192 PiB'.replace('8192', '8.0')],
])('%i bytes are %s', (size, text) => {
  expect(formatBytes(size)).toBe(text);
});

test('nothing is a hyphen, yes and no are words, lists have commas', () => {
  expect([null, undefined, '', []].map((value) => formatValue(value))).toEqual([
    '-',
    '-',
    '-',
    '-',
  ]);
  expect(formatValue(true)).toBe('yes');
  expect(formatValue(['a', 'b'])).toBe('a, b');
  expect(formatValue(0, 'number')).toBe('0');
});

test('columns stay aligned with wide and combining characters', () => {
  const table = formatTable(
    ['NAME', 'N'],
    [
      ['倉庫', '1'],
      ['Köln', '22'],
      ['Ko\u0308ln', '3'],
    ],
    {
      alignRight: [false, true],
    },
  );
  const ends = table.trimEnd().split('\n').map(displayWidth);
  expect(new Set(ends)).toEqual(new Set([ends[0]]));
});

test('what CSV writes, CSV reads', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '"', ',', ';', '\n', ' ', 'ü'),
    maxLength: 8,
  });
  const trimmed = cell.map((text) => text.trim()).filter((text) => !text.startsWith("'"));
  fc.assert(
    fc.property(fc.array(fc.tuple(trimmed, trimmed), { maxLength: 5 }), (rows) => {
      const full = rows.filter((row) => row.some((text) => text !== ''));
      const read = parseCsv(formatCsv(['x', 'y'], full));
      expect(read.map(({ fields }) => [fields['x'], fields['y']])).toEqual(full);
    }),
  );
});

test.each(['a,b\n"open', 'a\nx,y'])('%j is refused with its line', (text) => {
  expect(() => parseCsv(text)).toThrow(/line 2/);
});

test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['10m', 600_000],
  ['2d', 172_800_000],
])('%s is %i ms', (text, milliseconds) => {
  expect(parseDurationMs(text)).toBe(milliseconds);
});

test('a duration without sense is refused', () => {
  expect(() => parseDurationMs('soon')).toThrow('90s');
});
