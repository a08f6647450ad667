import { readFile } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { writeFileAtomic } from '../content/atomic-file.ts';
import { SourceBook, type SourceRecord } from '../delivery/index.ts';

/** A lost or unreadable file costs new measurements, nothing else, so it is no error. */
export async function loadSourceBook(path: string, clock: Clock): Promise<SourceBook> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new SourceBook(clock);
    throw error;
  }
  return new SourceBook(clock, parseRecords(text));
}

export async function saveSourceBook(path: string, book: SourceBook): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(book.records, undefined, 1)}\n`);
}

function parseRecords(text: string): SourceRecord[] {
  try {
    const records: unknown = JSON.parse(text);
    return Array.isArray(records) ? records.filter(isRecord) : [];
  } catch {
    return [];
  }
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
