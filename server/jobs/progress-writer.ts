import type { Job, JobProgress } from '../../catalog/jobs.ts';
import type { Clock } from '../../core/clock.ts';

/** The part of a job's row that its run keeps writing. */
export type ProgressPatch = Partial<
  Pick<Job, 'done' | 'total' | 'unit' | 'filesDone' | 'filesTotal' | 'message' | 'heartbeatAtMs'>
>;

/** Four writes a second at most, however often work reports. */
export const PROGRESS_INTERVAL_MS = 250;
export const HEARTBEAT_INTERVAL_MS = 5_000;

export interface ProgressWriterOptions {
  readonly clock: Clock;
  /** Must not throw: what it could not write comes again with the next one. */
  readonly write: (patch: ProgressPatch) => Promise<void>;
}

/**
 * Coalesces progress: keeps the latest report and writes it with a heartbeat. Within one unit the
 * figures never fall.
 */
export class ProgressWriter {
  private readonly options: ProgressWriterOptions;
  private readonly stopped = new AbortController();
  private readonly loop: Promise<void>;
  private latest: ProgressPatch = {};
  private dirty = false;

  constructor(options: ProgressWriterOptions) {
    this.options = options;
    this.loop = this.run();
  }

  report(progress: JobProgress): void {
    const before = this.latest.unit === progress.unit ? this.latest : {};
    this.latest = {
      ...this.latest,
      unit: progress.unit,
      done: atLeast(before.done, progress.done),
      total: atLeast(before.total, progress.total),
      filesDone: atLeast(this.latest.filesDone, progress.filesDone),
      filesTotal: atLeast(this.latest.filesTotal, progress.filesTotal),
      ...(progress.message === undefined ? {} : { message: progress.message }),
    };
    this.dirty = true;
  }

  /** Ends the writing and answers what was reported last, for the row's final write. */
  async stop(): Promise<ProgressPatch> {
    this.stopped.abort();
    await this.loop;
    return this.latest;
  }

  private async run(): Promise<void> {
    const { clock, write } = this.options;
    let heartbeatMs = clock.monotonicMs();
    while (await this.pause()) {
      const nowMs = clock.monotonicMs();
      if (!this.dirty && nowMs - heartbeatMs < HEARTBEAT_INTERVAL_MS) continue;
      const patch = this.dirty ? this.latest : {};
      this.dirty = false;
      heartbeatMs = nowMs;
      await write({ ...patch, heartbeatAtMs: clock.nowMs() });
    }
  }

  /** False once stopped. */
  private async pause(): Promise<boolean> {
    const { signal } = this.stopped;
    await this.options.clock.sleep(PROGRESS_INTERVAL_MS, signal).catch(() => undefined);
    return !signal.aborted;
  }
}

function atLeast(before = 0, now = 0): number {
  return Math.max(before, Number.isFinite(now) ? Math.floor(now) : 0);
}
