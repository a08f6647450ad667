import type { Guid } from '../core/guid.ts';
import type { Problem } from '../core/errors.ts';

export type JobKind =
  | 'DISTRIBUTION_POINT_UPDATE'
  | 'PACKAGE_REFRESH'
  | 'DIFFERENTIAL_REPLICATION'
  | 'COMPLETE_REPLICATION'
  | 'CONTENT_SWEEP'
  | 'LOG_COMPACTION';
export type JobState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export type JobUnit = 'BYTES' | 'FILES' | 'ITEMS';

/** Long work, as people see it. The stored row is the only truth; queues carry only its id. */
export interface Job {
  readonly id: Guid;
  readonly kind: JobKind;
  /** The package, or for a replication the neighbour, it is about; `undefined` for all of them. */
  readonly subjectId: Guid | undefined;
  readonly state: JobState;
  readonly done: number;
  readonly total: number;
  readonly unit: JobUnit;
  /** The second measure of the same work; 0 of 0 when it has none. */
  readonly filesDone: number;
  readonly filesTotal: number;
  /** What is happening or what came out, one sentence. */
  readonly message: string;
  readonly problems: readonly Problem[];
  readonly attempts: number;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly heartbeatAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
}

export interface JobProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: JobUnit;
  readonly filesDone?: number;
  readonly filesTotal?: number;
  readonly message?: string;
}

/** What a handler gets: cheap, coalesced progress, and a signal that aborts on cancel and on stop. */
export interface JobRun {
  readonly job: Job;
  readonly signal: AbortSignal;
  /** For scheduled and forced variants. */
  readonly force: boolean;
  report(progress: JobProgress): void;
}

export interface Jobs {
  /** Queues work; an unfinished job of the same kind and subject is answered instead of a second one. */
  enqueue(kind: JobKind, subjectId: Guid | undefined, options?: { force?: boolean }): Promise<Job>;
  get(id: Guid): Promise<Job | undefined>;
  /** Newest first. */
  list(filter: {
    readonly states?: readonly JobState[];
    readonly subjectId?: Guid;
    readonly limit: number;
  }): Promise<Job[]>;
  /** Queued: cancelled at once. Running: its signal aborts. Finished: answered as it is. */
  cancel(id: Guid): Promise<Job | undefined>;
  /** Yields the job now and after each change, until it is finished or `signal` aborts. */
  watch(id: Guid, signal: AbortSignal): AsyncIterable<Job>;
}

/** A schedule under its legacy name. */
export interface Schedule {
  /** For instance `NS.Package Refresh`. */
  readonly name: string;
  readonly description: string;
  /** `undefined`: switched off. */
  readonly nextRunAtMs: number | undefined;
  readonly lastJobId: Guid | undefined;
}
