import { rename, rm } from 'node:fs/promises';
import type { ManifestFile } from '../content/manifest.ts';
import type { Clock } from '../core/clock.ts';
import { abortable } from './abortable.ts';
import { sizeOrZero } from './local-files.ts';
import { PartWriter, type PartThread } from './part-writer.ts';
import { readResumeNote, resumeTag, writeResumeNote } from './resume-note.ts';
import { SourceError, type FileSource, type OpenedFile } from './source.ts';
import { guardAgainstStall, type StallGuard, type StallLimit } from './stall-guard.ts';
import type { Throttle } from './transfer-budget.ts';

/** Files up to this size are not resumed: asking again costs less than keeping track. */
export const RESUME_FROM_BYTES = 256 * 1024;

export interface FetchFileOptions {
  readonly file: ManifestFile;
  /** Where the bytes are collected; beside it, for large files, `.resume`. */
  readonly part: string;
  readonly thread: PartThread;
  readonly source: FileSource;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stallLimit: StallLimit;
  readonly throttle: Throttle | undefined;
  /** Where content that is wrong as a whole goes, so that its right parts are kept. */
  readonly salvage?: string | undefined;
  /** Bytes as they arrive; negative when bytes that were counted are thrown away. */
  onBytes(count: number): void;
}

/**
 * Fetches one file from one source to `part`: resumes what is there, never writes more than the
 * announced size and hashes the whole file, resumed bytes included. `VERIFIED`: `part` is the file
 * and waits for its flush and its name. After a kill at any byte the next call goes on from what
 * was written.
 *
 * Throws {@link SourceError} for faults of the source: whatever it sent stays for a resume, but
 * after `TOO_LONG` and `WRONG_HASH`, which discard it. A wrong hash over bytes that were resumed
 * blames nobody: the file is fetched once more, whole. With `salvage` wrong content is moved there
 * instead, and when nobody is to blame the answer is `SALVAGED`. Other errors are this machine's.
 */
export async function fetchFile(options: FetchFileOptions): Promise<'VERIFIED' | 'SALVAGED'> {
  const outcome = await attempt(options);
  if (outcome === 'VERIFIED') return 'VERIFIED';
  if (options.salvage) return 'SALVAGED';
  await attempt(options);
  return 'VERIFIED';
}

type Outcome = 'VERIFIED' | 'RESUMED_BYTES_WRONG';

/** What is written, or on its way to be. */
interface Partial {
  readonly writer: PartWriter;
  sizeBytes: number;
  /** How much of what was there before this attempt is part of the file now. */
  keptBytes: number;
}

async function attempt(options: FetchFileOptions): Promise<Outcome> {
  const { file } = options;
  const partial = await openPartial(options);
  try {
    if (partial.sizeBytes < file.sizeBytes) await receive(options, partial);
    if ((await partial.writer.finish()) === file.sha256) {
      if (isResumable(file)) await rm(notePath(options), { force: true });
      return 'VERIFIED';
    }
    const isResumed = partial.keptBytes > 0;
    if (options.salvage) await rename(options.part, options.salvage);
    await discard(options, partial);
    if (isResumed) return 'RESUMED_BYTES_WRONG';
    throw new SourceError('WRONG_HASH', `sent ${file.path} with wrong content`);
  } catch (error) {
    await partial.writer.close();
    if (!isResumable(file)) options.onBytes(-partial.sizeBytes);
    throw error;
  }
}

async function openPartial(options: FetchFileOptions): Promise<Partial> {
  const { file, part, thread, clock } = options;
  const writer = new PartWriter(part, thread, clock);
  const presentBytes = isResumable(file) ? await sizeOrZero(part) : 0;
  const isUsable = presentBytes > 0 && presentBytes <= file.sizeBytes;
  const keptBytes = isUsable ? await writer.resume() : 0;
  return { writer, sizeBytes: keptBytes, keptBytes };
}

async function receive(options: FetchFileOptions, partial: Partial): Promise<void> {
  const { file, source } = options;
  const guard = guardAgainstStall(options.stallLimit, options.clock, options.signal);
  try {
    const offset = partial.sizeBytes;
    const note = offset > 0 ? await readResumeNote(notePath(options)) : undefined;
    const opened = await abortable(
      guard.signal,
      source.open({
        path: file.path,
        sizeBytes: file.sizeBytes,
        sha256: file.sha256,
        offset,
        etag: resumeTag(note, source.codebase, file.sha256),
        signal: guard.signal,
      }),
    );
    if (opened.offset === 0 && offset > 0) await restart(options, partial);
    if (isResumable(file)) {
      await writeResumeNote(notePath(options), { url: source.codebase.url, etag: opened.etag });
    }
    await copyBody({ ...options, opened, partial, guard });
  } finally {
    guard.stop();
  }
}

async function copyBody(
  options: FetchFileOptions & { opened: OpenedFile; partial: Partial; guard: StallGuard },
): Promise<void> {
  const { file, partial, guard, throttle } = options;
  const body = options.opened.body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await body.next();
      if (next.done) break;
      const bytes = next.value;
      if (partial.sizeBytes + bytes.length > file.sizeBytes) {
        await discard(options, partial);
        throw new SourceError('TOO_LONG', `sends more than ${file.sizeBytes} bytes`);
      }
      await guard.excuse(partial.writer.add(bytes));
      partial.sizeBytes += bytes.length;
      guard.received(bytes.length);
      options.onBytes(bytes.length);
      if (throttle) await guard.excuse(throttle.take(bytes.length, options.signal));
    }
  } finally {
    // Not awaited: a read that hangs ends only with the guard's signal.
    void body.return?.().catch(() => undefined);
  }
  if (partial.sizeBytes < file.sizeBytes) {
    const text = `ends after ${partial.sizeBytes} of ${file.sizeBytes} bytes`;
    throw new SourceError('SHORT', text);
  }
}

/** The source sends the whole file instead of the rest. */
async function restart(options: FetchFileOptions, partial: Partial): Promise<void> {
  options.onBytes(-partial.sizeBytes);
  await partial.writer.drop();
  partial.sizeBytes = 0;
  partial.keptBytes = 0;
}

async function discard(options: FetchFileOptions, partial: Partial): Promise<void> {
  await restart(options, partial);
  await rm(options.part, { force: true });
  await rm(notePath(options), { force: true });
}

const isResumable = ({ sizeBytes }: ManifestFile): boolean => sizeBytes > RESUME_FROM_BYTES;
const notePath = ({ part }: FetchFileOptions): string => part.replace(/\.part$/, '.resume');
