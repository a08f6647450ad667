// The error table, its document and the GraphQL enum name the same codes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../../core/errors.ts';
import { ROOT } from './sources.ts';

const codes = Object.keys(ERRORS).sort();

test('docs/errors.md has one row for each code, with status, retry class and meaning', () => {
  const rows = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const expected = Object.entries(ERRORS).map(
    ([code, { status, retry, meaning }]) => `| \`${code}\` | ${status} | ${retry} | ${meaning} |`,
  );
  expect(rows).toEqual(expected);
});

test('the schema enum ErrorCode lists the same codes', () => {
  const schema = readFileSync(join(ROOT, 'schema', 'schema.graphql'), 'utf8');
  const body = /enum ErrorCode \{([^]*?)\n\}/.exec(schema)?.[1] ?? '';
  const values = [...body.matchAll(/^ {2}([A-Z_]+)$/gm)].map((match) => match[1]!);
  expect(values.sort()).toEqual(codes);
});
