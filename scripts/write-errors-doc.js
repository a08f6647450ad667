// Writes the table of docs/errors.md from core/errors.ts: node scripts/write-errors-doc.js
import { readFileSync, writeFileSync } from 'node:fs';
import { ERRORS } from '../core/errors.ts';

const file = new URL('../docs/errors.md', import.meta.url);
const rows = Object.entries(ERRORS).map(
  ([code, { status, retry, meaning }]) => `| \`${code}\` | ${status} | ${retry} | ${meaning} |`,
);
const text = readFileSync(file, 'utf8');
const head = text.slice(0, text.indexOf('| --- |'));
writeFileSync(file, `${head}| --- | --- | --- | --- |\n${rows.join('\n')}\n`);
