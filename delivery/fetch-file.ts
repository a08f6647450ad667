import { createHash, type Hash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import type { ManifestFile } from '../content/manifest.ts';
import { BlockWriter } from './block-writer.ts';
import { hashInto, sizeOrZero } from './local-files.ts';
import { readResumeNote, resumeTag, writeResumeNote } from './resume-note.ts';
import { SourceError, type FileSource, type OpenedFile } from './source.ts';
import { abortable } from './abortable.ts';
import { guardAgainstStall, type StallGuard, type StallLimit } from './stall-guard.ts';
import type { Throttle } from './transfer-budget.ts';

/** Files up to this size are not resumed: asking again costs less than keeping track. */
export const RESUME_FROM_BYTES = 256 * 1024;

export interface FetchFileOptions {
  readonly file: ManifestFile;
  /** Where the verified file goes; its presence means verified and on disk. */
  readonly target: string;
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
 * Fetches one file from one source to `target`: resumes what `target.part` holds, never writes
 * more than the announced size, hashes the whole file, resumed bytes included, flushes it and
 * renames it into place. After a kill at any byte the next call goes on from what was written.
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

async function attempt(options: FetchFileOptions): Promise<Outcome> {
  const { file } = options;
  const partial = await openPartial(options);
  try {
    if (partial.sizeBytes < file.sizeBytes) await receive(options, partial);
    if (partial.hash.digest('hex') !== file.sha256) {
      const isResumed = partial.keptBytes > 0;
      await (options.salvage ? salvage(options, partial) : discard(options, partial));
      if (isResumed) return 'RESUMED_BYTES_WRONG';
      throw new SourceError('WRONG_HASH', `sent ${file.path} with wrong content`);
    }
    // Flushed before it gets the name that means "verified", or a power cut could void the name.
    await partial.handle.sync();
  } catch (error) {
    if (file.sizeBytes <= RESUME_FROM_BYTES) options.onBytes(-partial.sizeBytes);
    throw error;
  } finally {
    await partial.handle.close();
  }
  await rename(partPath(options), options.target);
  if (file.sizeBytes > RESUME_FROM_BYTES) await rm(notePath(options), { force: true });
  return 'VERIFIED';
}

interface Partial {
  readonly handle: FileHandle;
  hash: Hash;
  sizeBytes: number;
  /** How much of what was there before this attempt is part of the file now. */
  keptBytes: number;
}

async function openPartial(options: FetchFileOptions): Promise<Partial> {
  const { file } = options;
  const path = partPath(options);
  const present = await sizeOrZero(path);
  const usable = present <= file.sizeBytes && file.sizeBytes > RESUME_FROM_BYTES ? present : 0;
  const handle = await open(path, usable > 0 ? 'r+' : 'w');
  const hash = createHash('sha256');
  try {
    if (usable > 0) await hashInto(hash, handle, usable);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return { handle, hash, sizeBytes: usable, keptBytes: usable };
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
    if (file.sizeBytes > RESUME_FROM_BYTES) {
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
  const writer = new BlockWriter(partial.handle, partial.sizeBytes, options.clock);
  try {
    for (;;) {
      const next = await abortable(guard.signal, body.next());
      if (next.done) break;
      const bytes = next.value;
      if (partial.sizeBytes + bytes.length > file.sizeBytes) {
        writer.drop();
        await discard(options, partial);
        throw new SourceError('TOO_LONG', `sends more than ${file.sizeBytes} bytes`);
      }
      partial.hash.update(bytes);
      await writer.add(bytes);
      partial.sizeBytes += bytes.length;
      guard.received(bytes.length);
      options.onBytes(bytes.length);
      if (throttle) await guard.excuse(throttle.take(bytes.length, options.signal));
    }
  } finally {
    // Not awaited: a read that hangs ends only with the guard's signal.
    void body.return?.().catch(() => undefined);
    await writer.flush();
  }
  if (partial.sizeBytes < file.sizeBytes) {
    const text = `ends after ${partial.sizeBytes} of ${file.sizeBytes} bytes`;
    throw new SourceError('SHORT', text);
  }
}

/** The source sends the whole file instead of the rest. */
async function restart(options: FetchFileOptions, partial: Partial): Promise<void> {
  options.onBytes(-partial.sizeBytes);
  await partial.handle.truncate(0);
  partial.hash = createHash('sha256');
  partial.sizeBytes = 0;
  partial.keptBytes = 0;
}

async function discard(options: FetchFileOptions, partial: Partial): Promise<void> {
  options.onBytes(-partial.sizeBytes);
  await partial.handle.truncate(0);
  partial.sizeBytes = 0;
  await rm(notePath(options), { force: true });
}

async function salvage(options: FetchFileOptions, partial: Partial): Promise<void> {
  options.onBytes(-partial.sizeBytes);
  await rename(partPath(options), options.salvage!);
  partial.sizeBytes = 0;
  await rm(notePath(options), { force: true });
}

const partPath = (options: FetchFileOptions): string => `${options.target}.part`;
const notePath = (options: FetchFileOptions): string => `${options.target}.resume`;
