import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Job, JobKind, JobState } from '../../../catalog/jobs.ts';
import type { Guid } from '../../../core/guid.ts';
import { JobEntity } from '../entities/record-entities.ts';
import { plainRecord } from './plain-record.ts';

const UNFINISHED: readonly JobState[] = ['QUEUED', 'RUNNING'];

/** A job with what its handler must know besides. */
export interface StoredJob extends Job {
  readonly force: boolean;
}

export interface NewJob {
  readonly id: Guid;
  readonly kind: JobKind;
  readonly subjectId: Guid | undefined;
  readonly force: boolean;
  readonly createdAtMs: number;
}

export type JobPatch = Partial<Omit<StoredJob, 'id' | 'kind' | 'subjectId' | 'createdAtMs'>>;

export interface JobFilter {
  readonly states?: readonly JobState[];
  readonly subjectId?: Guid;
  readonly limit: number;
}

export interface JobStore {
  /** Queues a job, or answers the unfinished one of the same kind and subject. */
  insert(job: NewJob): Promise<{ readonly job: StoredJob; readonly created: boolean }>;
  /**
   * Changes the given fields, if the job is in one of `ifStates` (default: any). Answers the job
   * after it, `undefined` when there is none or it was in another state.
   */
  update(id: Guid, patch: JobPatch, ifStates?: readonly JobState[]): Promise<StoredJob | undefined>;
  get(id: Guid): Promise<StoredJob | undefined>;
  /** Newest first. */
  list(filter: JobFilter): Promise<StoredJob[]>;
  /** Queued and running ones, oldest first. */
  unfinished(): Promise<StoredJob[]>;
}

export function createJobStore(orm: MikroORM): JobStore {
  const get = async (id: Guid): Promise<StoredJob | undefined> =>
    plainRecord<StoredJob>(await orm.em.fork().findOne(JobEntity, { id }));
  return {
    insert: (job) => insert(orm, job),
    get,
    update: async (id, patch, ifStates) => {
      const where = ifStates ? { id, state: { $in: [...ifStates] } } : { id };
      const changed = await orm.em.fork().nativeUpdate(JobEntity, where, { ...patch });
      return changed === 0 ? undefined : get(id);
    },
    list: async ({ states, subjectId, limit }) => {
      const where = {
        ...(states && { state: { $in: [...states] } }),
        ...(subjectId !== undefined && { subjectId }),
      };
      const orderBy = { createdAtMs: 'desc', id: 'desc' } as const;
      const jobs = await orm.em.fork().find(JobEntity, where, { orderBy, limit });
      return jobs.map((job) => plainRecord<StoredJob>(job)!);
    },
    unfinished: async () => {
      const where = { state: { $in: [...UNFINISHED] } };
      const orderBy = { createdAtMs: 'asc', id: 'asc' } as const;
      const jobs = await orm.em.fork().find(JobEntity, where, { orderBy });
      return jobs.map((job) => plainRecord<StoredJob>(job)!);
    },
  };
}

async function insert(orm: MikroORM, job: NewJob): Promise<{ job: StoredJob; created: boolean }> {
  const queued: StoredJob = {
    ...job,
    state: 'QUEUED',
    done: 0,
    total: 0,
    unit: 'ITEMS',
    filesDone: 0,
    filesTotal: 0,
    message: '',
    problems: [],
    attempts: 0,
    startedAtMs: undefined,
    heartbeatAtMs: undefined,
    finishedAtMs: undefined,
  };
  for (;;) {
    const em = orm.em.fork();
    const unfinished = await em.findOne(JobEntity, {
      kind: job.kind,
      subjectId: job.subjectId ?? null,
      state: { $in: [...UNFINISHED] },
    });
    if (unfinished) return { job: plainRecord<StoredJob>(unfinished)!, created: false };
    try {
      await em.insert(JobEntity, { ...queued });
      return { job: queued, created: true };
    } catch (error) {
      // Another request queued it between the two statements; the next look finds that one.
      const raced = error instanceof UniqueConstraintViolationException;
      if (!raced || !String(error.message).includes('job_unfinished_key')) throw error;
    }
  }
}
