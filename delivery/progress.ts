import type { Clock } from '../core/clock.ts';

/** How far a transfer is. Bytes are content bytes; those of a shared content count per path. */
export interface TransferProgress {
  /** `CHECKING` what is here, `FETCHING` the rest, `SWITCHING` to the new version, `DONE`. */
  readonly phase: 'CHECKING' | 'FETCHING' | 'SWITCHING' | 'DONE';
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** What the plan said would be fetched; 0 until there is a plan. */
  readonly bytesPlanned: number;
  /** What was fetched so far, repetitions included. */
  readonly bytesFetched: number;
  /** What these took on the wire; fewer when sources compress. */
  readonly wireBytes: number;
  /** Over the last ten seconds. */
  readonly rateBytesPerSecond: number;
  /** `undefined` while there is no rate to go by. */
  readonly etaMs: number | undefined;
  /** The codebase that was last asked for a file. */
  readonly source: string | undefined;
}

export type ProgressListener = (progress: TransferProgress) => void;

const RATE_WINDOW_MS = 10_000;
const REPORT_INTERVAL_MS = 200;

/** Keeps the figures of one transfer and tells them, at most five times a second in one phase. */
export class ProgressMeter {
  private readonly clock: Clock;
  private readonly listener: ProgressListener;
  private state: Omit<TransferProgress, 'rateBytesPerSecond' | 'etaMs'> = {
    phase: 'CHECKING',
    filesDone: 0,
    filesTotal: 0,
    bytesDone: 0,
    bytesTotal: 0,
    bytesPlanned: 0,
    bytesFetched: 0,
    wireBytes: 0,
    source: undefined,
  };
  private samples: { readonly atMs: number; readonly bytesFetched: number }[] = [];
  private reportedAtMs = -Infinity;

  constructor(clock: Clock, listener: ProgressListener = () => undefined) {
    this.clock = clock;
    this.listener = listener;
  }

  /** Changes figures; tells them at once when the phase changes. */
  set(change: Partial<typeof this.state>): void {
    const isNewPhase = change.phase !== undefined && change.phase !== this.state.phase;
    this.state = { ...this.state, ...change };
    this.report(isNewPhase);
  }

  /** Bytes that arrived (`count` > 0), or that had arrived and were thrown away (< 0). */
  addBytes(count: number): void {
    this.set({
      bytesDone: this.state.bytesDone + count,
      bytesFetched: this.state.bytesFetched + Math.max(0, count),
    });
  }

  addWireBytes(count: number): void {
    this.set({ wireBytes: this.state.wireBytes + count });
  }

  addFiles(count: number, bytes: number): void {
    this.set({ filesDone: this.state.filesDone + count, bytesDone: this.state.bytesDone + bytes });
  }

  get current(): TransferProgress {
    const { bytesDone, bytesTotal } = this.state;
    const rateBytesPerSecond = this.rate();
    const remaining = bytesTotal - bytesDone;
    const etaMs = rateBytesPerSecond > 0 ? (remaining / rateBytesPerSecond) * 1_000 : undefined;
    return { ...this.state, rateBytesPerSecond, etaMs: remaining === 0 ? 0 : etaMs };
  }

  private rate(): number {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (!first || !last || last.atMs === first.atMs) return 0;
    return ((last.bytesFetched - first.bytesFetched) / (last.atMs - first.atMs)) * 1_000;
  }

  private report(isDue: boolean): void {
    const atMs = this.clock.monotonicMs();
    if (!isDue && atMs - this.reportedAtMs < REPORT_INTERVAL_MS) return;
    this.reportedAtMs = atMs;
    this.samples.push({ atMs, bytesFetched: this.state.bytesFetched });
    while (this.samples[0]!.atMs < atMs - RATE_WINDOW_MS) this.samples.shift();
    this.listener(this.current);
  }
}
