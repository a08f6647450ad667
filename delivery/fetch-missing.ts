import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { ManifestFile } from '../content/manifest.ts';
import { fetchFile, RESUME_FROM_BYTES } from './fetch-file.ts';
import { openSource, type SourceAccess } from './open-source.ts';
import { forEachParallel } from './parallel.ts';
import type { SourceBook } from './source-book.ts';
import { isSourceError, type Codebase, type SourceError, type SourceFault } from './source.ts';
import { SpeedMeter } from './speed-meter.ts';
import type { StallLimit } from './stall-guard.ts';
import type { Throttle } from './throttle.ts';
import type { TransferStep } from './transfer-plan.ts';

/** One fault of one source, as it is reported when a file could not be had. */
export interface FileFailure {
  readonly path: string;
  /** Empty when every source was invalid before it was asked. */
  readonly faults: readonly { readonly url: string; readonly message: string }[];
}

export interface FetchMissingOptions extends SourceAccess {
  readonly steps: readonly TransferStep[];
  /** Folder of verified contents by SHA-256. */
  readonly content: string;
  readonly codebases: readonly Codebase[];
  readonly book: SourceBook;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stallLimit: StallLimit;
  readonly throttle: Throttle | undefined;
  readonly parallelFiles: number;
  onBytes(count: number): void;
  onSource(url: string): void;
  onFile(file: ManifestFile): void;
}

/** Faults of the connection, not of the content: what arrived is good for a resume. */
const RESUMABLE: readonly SourceFault[] = ['UNREACHABLE', 'SHORT', 'STALLED'];

/**
 * Fetches every file of the plan, several at a time, each from the best source that has not failed
 * for it. A file that no source delivers does not stop the others: what arrives now need not be
 * fetched at the next attempt. Answers the files that failed; empty when all are here.
 */
export async function fetchMissing(options: FetchMissingOptions): Promise<FileFailure[]> {
  const speeds = new SpeedMeter(options.clock, options.book);
  const failures: FileFailure[] = [];
  await forEachParallel(options.steps, options.parallelFiles, async (step) => {
    options.signal.throwIfAborted();
    if (step.way === 'HERE') return;
    if (step.way === 'EMPTY') await writeFile(join(options.content, step.file.sha256), '');
    else {
      const failure = await fetchFromBest(step.file, options, speeds);
      if (failure) return void failures.push(failure);
    }
    options.onFile(step.file);
  });
  return failures;
}

async function fetchFromBest(
  file: ManifestFile,
  options: FetchMissingOptions,
  speeds: SpeedMeter,
): Promise<FileFailure | undefined> {
  const { book, clock } = options;
  const faults: { url: string; message: string }[] = [];
  const excluded = new Set<string>();
  for (;;) {
    const usable = book.rank(options.codebases).filter(({ rank }) => rank !== undefined);
    const best = usable.find(({ codebase }) => !excluded.has(codebase.url));
    if (!best) return { path: file.path, faults };
    const { codebase } = best;
    const startedAtMs = clock.monotonicMs();
    options.onSource(codebase.url);
    const transfer = speeds.start(codebase);
    let gainedBytes = 0;
    try {
      await fetchFile({
        ...options,
        file,
        target: join(options.content, file.sha256),
        source: openSource(codebase, options),
        onBytes: (count) => {
          if (count > 0) transfer.received(count);
          gainedBytes += count;
          options.onBytes(count);
        },
      });
      return undefined;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!isSourceError(error)) throw error;
      book.recordError(codebase, startedAtMs, error.message);
      faults.push({ url: codebase.url, message: error.message });
      const isWorthIt = gainedBytes >= options.stallLimit.minBytes && mayResume(error, file);
      if (!isWorthIt) excluded.add(codebase.url);
    } finally {
      transfer.end();
    }
  }
}

/** A source whose connection broke after new bytes may go on at once, until its errors add up. */
function mayResume(error: SourceError, file: ManifestFile): boolean {
  return file.sizeBytes > RESUME_FROM_BYTES && RESUMABLE.includes(error.fault);
}
