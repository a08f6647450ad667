import type { Codebase, SourceKind } from './source.ts';

/**
 * How the legacy agent weighs its sources (KB 180600, KB 181098, KB 179973), kept as it is so that
 * administrators find the order they know.
 */
export const RANKING = {
  /** Share of the measured speed that counts after 0, 1, 2 … errors. One more: invalid. */
  errorWeights: [1, 0.95, 0.9, 0.75, 0.6, 0.35, 0.1],
  errorMemoryMs: 150 * 60_000,
  /** Errors remembered for one source. */
  maxErrors: 20,
  speedMemoryMs: 6 * 60 * 60_000,
  /** Ours: a server that was brought up to date is asked again for bundles after so long. */
  bundleMemoryMs: 6 * 60 * 60_000,
  /** What a source counts as until it is measured. Ours; the original's is not published. */
  assumedBytesPerSecond: 1024 * 1024,
} as const;

/** What is remembered of one source. Times are wall-clock, so that they outlive the process. */
export interface SourceRecord {
  readonly codebase: Codebase;
  readonly bytesPerSecond: number | undefined;
  readonly measuredAtMs: number;
  readonly errors: readonly { readonly atMs: number; readonly message: string }[];
  /** `undefined`: it was never asked. */
  readonly bundles?: BundleRecord | undefined;
}

/** What a source's range bundles were last time. */
export interface BundleRecord {
  readonly offered: boolean;
  readonly atMs: number;
  /** Bytes on the wire per byte of content; `undefined` until there was one. */
  readonly wireShare?: number | undefined;
}

export type SourceState = 'MEASURED' | 'UNMEASURED' | 'INVALID';

/** One source in its place, best first; an invalid one is listed last and must not be used. */
export interface RankedSource {
  readonly codebase: Codebase;
  /** 1 is tried first; `undefined` when invalid. */
  readonly rank: number | undefined;
  readonly state: SourceState;
  /** `undefined` when never measured or older than the memory. */
  readonly bytesPerSecond: number | undefined;
  /** Remembered errors that still count. */
  readonly errors: number;
  readonly weight: number;
  /** Measured or assumed speed × weight: what the order goes by. */
  readonly weightedBytesPerSecond: number;
  /** One sentence: why it stands where it stands. */
  readonly reason: string;
}

/**
 * Orders sources by speed × error weight, fastest first; on a tie HTTP(S) before UNC (KB 180600),
 * then the order in which the server listed them. Total and deterministic.
 */
export function rankSources(records: readonly SourceRecord[], nowMs: number): RankedSource[] {
  const weighed = records.map((record, listed) => ({ ...weigh(record, nowMs), listed }));
  weighed.sort(
    (a, b) =>
      Number(a.state === 'INVALID') - Number(b.state === 'INVALID') ||
      b.weightedBytesPerSecond - a.weightedBytesPerSecond ||
      tieOrder(a.codebase.kind) - tieOrder(b.codebase.kind) ||
      a.listed - b.listed,
  );
  return weighed.map(({ listed: _listed, ...source }, index) => ({
    ...source,
    rank: source.state === 'INVALID' ? undefined : index + 1,
  }));
}

/** The record after one more error. */
export function withError(record: SourceRecord, atMs: number, message: string): SourceRecord {
  const errors = [...record.errors, { atMs, message }].slice(-RANKING.maxErrors);
  return { ...record, errors };
}

/** The record after a measurement. */
export function withSpeed(
  record: SourceRecord,
  atMs: number,
  bytesPerSecond: number,
): SourceRecord {
  return { ...record, bytesPerSecond, measuredAtMs: atMs };
}

function weigh(record: SourceRecord, nowMs: number): Omit<RankedSource, 'rank'> {
  const errors = record.errors.filter((error) =>
    isRecent(error.atMs, nowMs, RANKING.errorMemoryMs),
  );
  const weight = RANKING.errorWeights[errors.length] ?? 0;
  const isMeasured =
    record.bytesPerSecond !== undefined &&
    isRecent(record.measuredAtMs, nowMs, RANKING.speedMemoryMs);
  const bytesPerSecond = isMeasured ? record.bytesPerSecond : undefined;
  const state = weight === 0 ? 'INVALID' : isMeasured ? 'MEASURED' : 'UNMEASURED';
  return {
    codebase: record.codebase,
    state,
    bytesPerSecond,
    errors: errors.length,
    weight,
    weightedBytesPerSecond: (bytesPerSecond ?? RANKING.assumedBytesPerSecond) * weight,
    reason: reasonOf(state, bytesPerSecond, errors),
  };
}

/** A time in the future is from before the clock was set back: of unknown age, so it expired. */
export function isRecent(atMs: number, nowMs: number, memoryMs: number): boolean {
  return atMs <= nowMs && nowMs - atMs < memoryMs;
}

function reasonOf(
  state: SourceState,
  bytesPerSecond: number | undefined,
  errors: SourceRecord['errors'],
): string {
  const minutes = RANKING.errorMemoryMs / 60_000;
  const last = errors.at(-1);
  const lastText = last ? `; the last: ${last.message}` : '';
  if (state === 'INVALID') {
    return `Not used: ${errors.length} errors within ${minutes} minutes${lastText}.`;
  }
  const speed =
    bytesPerSecond === undefined
      ? 'Not measured yet'
      : `Measured at ${Math.round(bytesPerSecond / 1024)} KiB/s`;
  const percent = Math.round((RANKING.errorWeights[errors.length] ?? 0) * 100);
  const plural = errors.length === 1 ? '' : 's';
  return last
    ? `${speed}, counted at ${percent} % after ${errors.length} error${plural}${lastText}.`
    : `${speed}, no errors.`;
}

function tieOrder(kind: SourceKind): number {
  return kind === 'UNC' ? 1 : 0;
}
