import type { JobKind, JobRun } from '../../catalog/jobs.ts';
import type { Clock } from '../../core/clock.ts';
import { ERRORS, isCanopyError, type Problem } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import type { Logger } from '../../core/logger.ts';
import type { JobPatch, JobStore, StoredJob } from '../persistence/records/job-store.ts';
import { ProgressWriter, type ProgressPatch } from './progress-writer.ts';

/**
 * Does the work of one kind and answers what came out, one sentence. It may run again after a
 * crash at any point, so it must be idempotent; when `run.signal` aborts it throws soon.
 */
export type JobHandler = (run: JobRun) => Promise<string>;

/** Why a run is asked to end: by a person, by the process's end, or because its row was taken. */
export type StopReason = 'CANCELLED' | 'STOPPING' | 'LOST';

/** What becomes of a job after a run. */
export type Outcome =
  | { readonly kind: 'FINISHED'; readonly job: StoredJob }
  | { readonly kind: 'RETRY'; readonly job: StoredJob; readonly delayMs: number }
  | { readonly kind: 'PARKED' };

export interface JobRunnerOptions {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told after each write of a job's row. */
  readonly onChanged: (id: Guid) => void;
  readonly maxAttempts: number;
  /** Before the second attempt; doubles with each further one. */
  readonly retryDelayMs: number;
}

/** Runs jobs: claims a row, works, writes what came of it. Only the holder of a claim writes. */
export class JobRunner {
  private readonly options: JobRunnerOptions;
  private readonly runs = new Map<Guid, AbortController>();
  private readonly ends = new Set<Promise<unknown>>();
  private stopping = false;

  constructor(options: JobRunnerOptions) {
    this.options = options;
  }

  /** Runs a queued job to its end. A job that is not queued (a second message) is left alone. */
  async run(id: Guid, handlerOf: (kind: JobKind) => JobHandler | undefined): Promise<Outcome> {
    if (this.stopping || this.runs.has(id)) return { kind: 'PARKED' };
    const abort = new AbortController();
    this.runs.set(id, abort);
    const end = this.claimAndWork(id, handlerOf, abort).finally(() => {
      this.runs.delete(id);
      this.ends.delete(end);
    });
    this.ends.add(end);
    return end;
  }

  isRunning(id: Guid): boolean {
    return this.runs.has(id);
  }

  /** Asks a run of this process to end; false when there is none. */
  abort(id: Guid, reason: StopReason): boolean {
    const run = this.runs.get(id);
    run?.abort(stopError(reason));
    return run !== undefined;
  }

  /** Puts running jobs back into the queue, without counting the attempt, and takes no more. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const id of this.runs.keys()) this.abort(id, 'STOPPING');
    await Promise.allSettled(this.ends);
  }

  private async claimAndWork(
    id: Guid,
    handlerOf: (kind: JobKind) => JobHandler | undefined,
    abort: AbortController,
  ): Promise<Outcome> {
    const queued = await this.options.store.get(id);
    const handler = queued && handlerOf(queued.kind);
    if (queued?.state !== 'QUEUED' || !handler) return { kind: 'PARKED' };
    const nowMs = this.options.clock.nowMs();
    const started: JobPatch = {
      state: 'RUNNING',
      attempts: queued.attempts + 1,
      startedAtMs: nowMs,
      heartbeatAtMs: nowMs,
      done: 0,
      total: 0,
      filesDone: 0,
      filesTotal: 0,
      message: '',
      problems: [],
    };
    const job = await this.write(id, started, 'QUEUED');
    return job ? this.work(job, handler, abort) : { kind: 'PARKED' };
  }

  private async work(
    job: StoredJob,
    handler: JobHandler,
    abort: AbortController,
  ): Promise<Outcome> {
    const { signal } = abort;
    const progress = new ProgressWriter({
      clock: this.options.clock,
      write: (patch) => this.writeProgress(job.id, patch),
    });
    let result: JobPatch | undefined;
    try {
      signal.throwIfAborted();
      const report = progress.report.bind(progress);
      const message = await handler({ job, signal, force: job.force, report });
      result = { state: 'SUCCEEDED', message };
    } catch (error) {
      result = this.judge(job, error, signal);
    }
    const reported = await progress.stop();
    return result ? this.settle(job, { ...reported, ...result }, signal) : { kind: 'PARKED' };
  }

  /** What a failed run makes of its job; `undefined` when it is this process's no more. */
  private judge(job: StoredJob, error: unknown, signal: AbortSignal): JobPatch | undefined {
    const reason = signal.aborted ? stopReasonOf(signal.reason) : undefined;
    if (reason === 'LOST') return undefined;
    if (reason === 'CANCELLED') return { state: 'CANCELLED', message: 'Cancelled.' };
    if (reason === 'STOPPING') {
      const message = 'Waiting for the server to start again.';
      return { state: 'QUEUED', attempts: job.attempts - 1, message };
    }
    const problems = problemsOf(error, job.id);
    const message = problems[0]!.message;
    const { logger, maxAttempts } = this.options;
    const hopeless = isCanopyError(error) && ERRORS[error.code].retry === 'never';
    const last = hopeless || job.attempts >= maxAttempts;
    logger.warn({ jobId: job.id, kind: job.kind, attempt: job.attempts, error }, 'A job failed.');
    return { state: last ? 'FAILED' : 'QUEUED', message, problems };
  }

  private async settle(job: StoredJob, patch: JobPatch, signal: AbortSignal): Promise<Outcome> {
    const finished = patch.state !== 'QUEUED';
    const settled = await this.write(
      job.id,
      finished ? { ...patch, finishedAtMs: this.options.clock.nowMs() } : patch,
      'RUNNING',
    );
    if (!settled) {
      this.options.logger.warn({ jobId: job.id }, 'A job was taken from this process.');
      return { kind: 'PARKED' };
    }
    if (finished) return { kind: 'FINISHED', job: settled };
    if (signal.aborted) return { kind: 'PARKED' };
    return { kind: 'RETRY', job: settled, delayMs: this.delayOf(job.attempts) };
  }

  private delayOf(attempts: number): number {
    return this.options.retryDelayMs * 2 ** (attempts - 1);
  }

  private async writeProgress(id: Guid, patch: ProgressPatch): Promise<void> {
    try {
      if (!(await this.write(id, patch, 'RUNNING'))) this.abort(id, 'LOST');
    } catch (error) {
      this.options.logger.warn({ jobId: id, error }, "A job's progress could not be written.");
    }
  }

  private async write(
    id: Guid,
    patch: JobPatch,
    ifState: 'QUEUED' | 'RUNNING',
  ): Promise<StoredJob | undefined> {
    const job = await this.options.store.update(id, patch, [ifState]);
    if (job) this.options.onChanged(id);
    return job;
  }
}

/** What people see of a failure: our own errors as they are, others only by the job's id. */
export function problemsOf(error: unknown, id: Guid): readonly Problem[] {
  if (isCanopyError(error)) return error.problems;
  return [
    {
      code: 'INTERNAL',
      message: 'The job met a defect or an unavailable resource.',
      path: [],
      hint: `The log has the reason under the job id ${id}.`,
    },
  ];
}

function stopError(reason: StopReason): DOMException {
  return new DOMException(`The job ends: ${reason}.`, reason);
}

/** What a handler's signal was aborted with. */
function stopReasonOf(reason: unknown): string {
  return (reason as DOMException).name;
}
