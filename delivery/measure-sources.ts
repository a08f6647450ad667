import type { Clock } from '../core/clock.ts';
import type { ManifestFile } from '../content/manifest.ts';
import { openSource, type SourceAccess } from './open-source.ts';
import { forEachParallel } from './parallel.ts';
import type { SourceBook } from './source-book.ts';
import { isSourceError, type Codebase } from './source.ts';
import { guardAgainstStall } from './stall-guard.ts';

const SAMPLE = {
  maxBytes: 256 * 1024,
  /** Less than this measures the greeting, not the speed. */
  minBytes: 16 * 1024,
  /** All samples together may cost this share of the download. */
  shareOfDownload: 0.01,
  timeoutMs: 5_000,
  parallel: 4,
} as const;

export interface MeasureOptions extends SourceAccess {
  readonly book: SourceBook;
  readonly codebases: readonly Codebase[];
  /** The largest file of the download; samples are its first bytes. */
  readonly file: ManifestFile;
  readonly bytesPlanned: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Profiles the sources of unknown speed, as the legacy agent does before it chooses (KB 180600).
 * Nothing is measured when there is nothing to choose or the samples would cost more than 1 % of
 * the download; then the transfer itself is the measurement. A source that fails gets an error.
 */
export async function measureSources(options: MeasureOptions): Promise<void> {
  const usable = options.book.rank(options.codebases).filter(({ rank }) => rank !== undefined);
  const unmeasured = usable.filter(({ state }) => state === 'UNMEASURED');
  const affordable = (options.bytesPlanned * SAMPLE.shareOfDownload) / unmeasured.length;
  const sampleBytes = Math.min(SAMPLE.maxBytes, options.file.sizeBytes, Math.floor(affordable));
  if (usable.length < 2 || sampleBytes < SAMPLE.minBytes) return;
  await forEachParallel(unmeasured, SAMPLE.parallel, ({ codebase }) =>
    measure(codebase, sampleBytes, options),
  );
}

async function measure(
  codebase: Codebase,
  sampleBytes: number,
  options: MeasureOptions,
): Promise<void> {
  const { book, clock, file } = options;
  const limit = { windowMs: SAMPLE.timeoutMs, minBytes: Infinity };
  const guard = guardAgainstStall(limit, clock, options.signal);
  const startedAtMs = clock.monotonicMs();
  let bytes = 0;
  try {
    const source = openSource(codebase, options);
    const opened = await source.open({ ...file, offset: 0, etag: undefined, signal: guard.signal });
    for await (const block of opened.body) {
      bytes += block.length;
      if (bytes >= sampleBytes) break;
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isSourceError(error)) throw error;
    // A slow source is measured by what it sent in time; one that sent nothing has failed.
    if (error.fault !== 'STALLED' || bytes === 0) {
      return book.recordError(codebase, startedAtMs, error.message);
    }
  } finally {
    guard.stop();
  }
  const elapsedMs = Math.max(1, clock.monotonicMs() - startedAtMs);
  book.recordSpeed(codebase, (bytes / elapsedMs) * 1_000);
}
