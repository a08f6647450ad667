import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../content/atomic-file.ts';
import type { Clock } from '../core/clock.ts';
import { SourceBook } from './source-book.ts';
import type { SourceRecord } from './source-ranking.ts';

/** A lost or unreadable file costs new measurements, nothing else, so it is no error. */
export async function loadSourceBook(path: string, clock: Clock): Promise<SourceBook> {
  try {
    const records: unknown = JSON.parse(await readFile(path, 'utf8'));
    return new SourceBook(clock, Array.isArray(records) ? records.filter(isRecord) : []);
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || name === 'SyntaxError') return new SourceBook(clock);
    throw error;
  }
}

export async function saveSourceBook(path: string, book: SourceBook): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(book.records)}\n`);
}

function isRecord(value: unknown): value is SourceRecord {
  const record = value as Partial<SourceRecord> | null;
  return (
    typeof record?.codebase?.url === 'string' &&
    ['HTTP', 'HTTPS', 'UNC'].includes(record.codebase.kind) &&
    Number.isFinite(record.measuredAtMs) &&
    Array.isArray(record.errors) &&
    record.errors.every((error) => Number.isFinite(error?.atMs))
  );
}
