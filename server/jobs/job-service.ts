import type { Job, JobKind, Jobs, JobState } from '../../catalog/jobs.ts';
import type { Clock } from '../../core/clock.ts';
import type { Guid } from '../../core/guid.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { ConnectionOptions } from '../persistence/connection.ts';
import type { JobPatch, JobStore, StoredJob } from '../persistence/records/job-store.ts';
import { openJobQueue, type JobQueue } from './job-queue.ts';
import { JobRunner, type JobHandler, type Outcome } from './job-runner.ts';
import { JobWatchers } from './job-watchers.ts';

export interface JobServiceOptions {
  readonly store: JobStore;
  readonly connection: ConnectionOptions;
  /** Nobody else can run jobs of this database, so at a start every running one is an orphan. */
  readonly embedded: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Runs of one job before it fails for good. Default 3. */
  readonly maxAttempts?: number;
  /** Before the second attempt; doubles. Default 5,000. */
  readonly retryDelayMs?: number;
  /** Without a heartbeat for so long, a running job is an orphan. Default 30,000. */
  readonly orphanAfterMs?: number;
  /** How often orphans and lost messages are looked for. Default 15,000. */
  readonly sweepIntervalMs?: number;
}

const KINDS: readonly JobKind[] = [
  'DISTRIBUTION_POINT_UPDATE',
  'PACKAGE_REFRESH',
  'DIFFERENTIAL_REPLICATION',
  'COMPLETE_REPLICATION',
  'CONTENT_SWEEP',
  'LOG_COMPACTION',
];
const FINISHED: ReadonlySet<JobState> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);
/** A watcher reads the row this often even when nothing in this process wrote it. */
const WATCH_INTERVAL_MS = 1_000;
const MAX_LISTED = 1_000;

/**
 * Long work that survives its process. A job's row is the only truth; the queue behind it only
 * says "look at this job", and what it loses or doubles is healed from the rows.
 */
export class JobService implements Jobs {
  private readonly options: JobServiceOptions;
  private readonly handlers = new Map<JobKind, { handler: JobHandler; concurrency: number }>();
  private readonly watchers = new JobWatchers();
  private readonly runner: JobRunner;
  private readonly stopped = new AbortController();
  private queue: JobQueue | undefined;
  private sweeping: Promise<void> | undefined;

  constructor(options: JobServiceOptions) {
    this.options = options;
    this.runner = new JobRunner({
      ...options,
      maxAttempts: options.maxAttempts ?? 3,
      retryDelayMs: options.retryDelayMs ?? 5_000,
      onChanged: (id) => this.watchers.changed(id),
    });
  }

  /** Before {@link start}. `concurrency`: how many of this kind run at once; default 1. */
  registerHandler(kind: JobKind, handler: JobHandler, concurrency = 1): void {
    this.handlers.set(kind, { handler, concurrency });
  }

  /** Opens the queue, takes up what an earlier process left, and begins to work. */
  async start(): Promise<void> {
    const { connection, embedded, logger } = this.options;
    const queue = await openJobQueue({ connection, embedded, kinds: KINDS, logger });
    this.queue = queue;
    try {
      await this.sweep(embedded ? 0 : this.orphanAfterMs);
      for (const [kind, { concurrency }] of this.handlers) {
        await queue.work(kind, concurrency, (id) => this.take(id));
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.sweeping = this.sweepRegularly();
  }

  /**
   * Running jobs go back into the queue. Resolves when nothing of this service runs any more, or
   * at the deadline: a handler that does not end by then is an orphan for the next start.
   */
  async stop({ deadlineMs = 10_000 }: { readonly deadlineMs?: number } = {}): Promise<void> {
    this.stopped.abort();
    const over = new AbortController();
    const late = this.options.clock.sleep(deadlineMs, over.signal).then(
      () => true,
      () => false,
    );
    const abandoned = await Promise.race([this.runner.stop().then(() => false), late]);
    over.abort();
    await this.sweeping;
    await this.queue?.close({ wait: !abandoned });
    this.queue = undefined;
  }

  async enqueue(
    kind: JobKind,
    subjectId: Guid | undefined,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<Job> {
    const { store, random, clock } = this.options;
    const createdAtMs = clock.nowMs();
    const { job, created } = await store.insert({
      id: random.guid(),
      kind,
      subjectId,
      force,
      createdAtMs,
    });
    if (created) {
      await this.send(job, 0);
      return job;
    }
    const stronger = force && !job.force;
    return (stronger && (await this.update(job.id, { force }, ['QUEUED']))) || job;
  }

  get(id: Guid): Promise<Job | undefined> {
    return this.options.store.get(id);
  }

  list(filter: Parameters<Jobs['list']>[0]): Promise<Job[]> {
    const limit = Math.max(0, Math.min(filter.limit, MAX_LISTED));
    return this.options.store.list({ ...filter, limit });
  }

  async cancel(id: Guid): Promise<Job | undefined> {
    const ended = {
      state: 'CANCELLED',
      message: 'Cancelled.',
      finishedAtMs: this.options.clock.nowMs(),
    } as const;
    const waiting = await this.update(id, ended, ['QUEUED']);
    if (waiting) return waiting;
    // Of another process: its next heartbeat finds the row taken and aborts the run.
    if (!this.runner.abort(id, 'CANCELLED')) await this.update(id, ended, ['RUNNING']);
    return this.get(id);
  }

  async *watch(id: Guid, signal: AbortSignal): AsyncIterable<Job> {
    let shown = '';
    while (!signal.aborted) {
      const change = this.nextChange(id, signal);
      try {
        const job = await this.get(id);
        if (!job) return;
        const text = JSON.stringify(job);
        if (text !== shown) yield job;
        shown = text;
        if (FINISHED.has(job.state)) return;
        await change.happened;
      } finally {
        change.release();
      }
    }
  }

  /** Unfinished jobs by kind and state, for the metrics. */
  async count(): Promise<{ kind: JobKind; state: JobState; count: number }[]> {
    const jobs = Map.groupBy(
      await this.options.store.unfinished(),
      ({ kind, state }) => `${kind} ${state}`,
    );
    return [...jobs.values()].map((group) => ({
      kind: group[0]!.kind,
      state: group[0]!.state,
      count: group.length,
    }));
  }

  private get orphanAfterMs(): number {
    return this.options.orphanAfterMs ?? 30_000;
  }

  private async take(id: Guid): Promise<void> {
    const outcome: Outcome = await this.runner.run(id, (kind) => this.handlers.get(kind)?.handler);
    if (outcome.kind === 'RETRY') await this.send(outcome.job, outcome.delayMs);
    if (outcome.kind === 'FINISHED') {
      const { kind, state } = outcome.job;
      this.options.metrics?.jobsFinished.inc({ kind, state });
    }
  }

  /** A message that cannot be sent is sent by the next sweep: the row says that it is due. */
  private async send({ id, kind }: StoredJob, delayMs: number): Promise<void> {
    try {
      await this.queue?.send(kind, [id], delayMs);
    } catch (error) {
      this.options.logger.warn({ jobId: id, error }, 'A job waits for the next look at the queue.');
    }
  }

  private async update(
    id: Guid,
    patch: JobPatch,
    ifStates: readonly JobState[],
  ): Promise<StoredJob | undefined> {
    const job = await this.options.store.update(id, patch, ifStates);
    if (job) this.watchers.changed(id);
    return job;
  }

  private async sweepRegularly(): Promise<void> {
    const { clock, logger, sweepIntervalMs = 15_000 } = this.options;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await clock.sleep(sweepIntervalMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.sweep(this.orphanAfterMs).catch((error: unknown) => {
        logger.warn({ error }, 'Orphaned jobs could not be looked for.');
      });
    }
  }

  /** Requeues orphans and sends a message for every job that waits. */
  private async sweep(orphanAfterMs: number): Promise<void> {
    const limitMs = this.options.clock.nowMs() - orphanAfterMs;
    const waiting: StoredJob[] = [];
    for (const job of await this.options.store.unfinished()) {
      if (job.state === 'QUEUED') waiting.push(job);
      else if (!this.runner.isRunning(job.id) && (job.heartbeatAtMs ?? 0) <= limitMs) {
        const again = await this.takeUp(job);
        if (again?.state === 'QUEUED') waiting.push(again);
      }
    }
    for (const [kind, jobs] of Map.groupBy(waiting, ({ kind }) => kind)) {
      await this.queue?.send(
        kind,
        jobs.map(({ id }) => id),
      );
    }
  }

  private takeUp(job: StoredJob): Promise<StoredJob | undefined> {
    const { clock, logger, maxAttempts = 3 } = this.options;
    logger.warn({ jobId: job.id, kind: job.kind, attempt: job.attempts }, 'A job was orphaned.');
    if (job.attempts < maxAttempts) return this.update(job.id, { state: 'QUEUED' }, ['RUNNING']);
    const message = `The server ended ${job.attempts} times while this job ran.`;
    const hint = 'See the log for why it ended; then start the work again.';
    const problems = [{ code: 'INTERNAL', message, path: [], hint }] as const;
    const failed = { state: 'FAILED', message, problems, finishedAtMs: clock.nowMs() } as const;
    return this.update(job.id, failed, ['RUNNING']);
  }

  private nextChange(id: Guid, signal: AbortSignal) {
    const over = new AbortController();
    const wake = (): void => over.abort();
    const forget = this.watchers.add(id, wake);
    signal.addEventListener('abort', wake, { once: true });
    const release = (): void => {
      forget();
      signal.removeEventListener('abort', wake);
      over.abort();
    };
    const { clock } = this.options;
    const happened = clock.sleep(WATCH_INTERVAL_MS, over.signal).catch(() => undefined);
    return { happened, release };
  }
}
