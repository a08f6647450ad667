import { PgBoss } from 'pg-boss';
import type { JobKind } from '../../catalog/jobs.ts';
import type { Guid } from '../../core/guid.ts';
import type { Logger } from '../../core/logger.ts';
import type { ConnectionOptions } from '../persistence/connection.ts';

/** What travels: only which job it is. Its state is in the job's own row. */
interface Message {
  readonly jobId: Guid;
}

export interface JobQueueOptions {
  /** Of the database; the queue opens its own pool on it. */
  readonly connection: ConnectionOptions;
  readonly embedded: boolean;
  readonly kinds: readonly JobKind[];
  readonly logger: Logger;
}

/**
 * Brings job ids to workers, at least once: a message may come twice or late, never decides
 * anything, and may be sent again at any time. One queue a kind, on pg-boss.
 */
export interface JobQueue {
  /** Sends again what waits already without effect. */
  send(kind: JobKind, jobIds: readonly Guid[], delayMs?: number): Promise<void>;
  /** Calls `take` for each message, `concurrency` at once; a message is over when it resolves. */
  work(kind: JobKind, concurrency: number, take: (jobId: Guid) => Promise<void>): Promise<void>;
  /** Takes no more messages; waits for each `take` that is about to be over, unless told not to. */
  close(options: { readonly wait: boolean }): Promise<void>;
}

/** The longest that pg-boss allows; whether a worker lives is told by its heartbeat. */
const LONGEST_SECONDS = 24 * 3600;
const HEARTBEAT_SECONDS = 10;
const KEEP_DONE_SECONDS = 3600;
const STOP_TIMEOUT_MS = 5_000;

export async function openJobQueue(options: JobQueueOptions): Promise<JobQueue> {
  const { logger, embedded } = options;
  const boss = new PgBoss({
    ...(options.connection as object),
    max: embedded ? 2 : 4,
    application_name: 'canopy-jobs',
    useListenNotify: true,
    schedule: false,
    // The embedded engine has one session: maintenance that waits for others cannot run there.
    reindex: !embedded,
    monitorVacuum: !embedded,
  });
  boss.on('error', (error) => logger.warn({ error }, 'The job queue has a problem.'));
  boss.on('warning', (warning) => logger.warn({ warning }, 'The job queue warns.'));
  await boss.start();
  try {
    for (const kind of options.kinds) await createQueue(boss, kind);
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
  return {
    send: (kind, jobIds, delayMs = 0) => send(boss, kind, { jobIds, delayMs }),
    work: async (kind, concurrency, take) => {
      for (let slot = 0; slot < concurrency; slot++) await work(boss, kind, take);
    },
    close: ({ wait }) => boss.stop({ graceful: wait, timeout: STOP_TIMEOUT_MS }),
  };
}

const nameOf = (kind: JobKind): string => `canopy.${kind.toLowerCase()}`;

async function createQueue(boss: PgBoss, kind: JobKind): Promise<void> {
  const settings = {
    // Our rows count attempts; a message is not retried but sent anew.
    retryLimit: 0,
    expireInSeconds: LONGEST_SECONDS,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    deleteAfterSeconds: KEEP_DONE_SECONDS,
    notify: true,
  };
  // `short`: at most one waiting message with the same key.
  await boss.createQueue(nameOf(kind), { policy: 'short', ...settings });
}

/** One worker: takes message after message while there are any, then waits for a notification. */
async function work(
  boss: PgBoss,
  kind: JobKind,
  take: (jobId: Guid) => Promise<void>,
): Promise<void> {
  const polling = { pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 10 };
  const options = { ...polling, localConcurrency: 1, batchSize: 1 };
  let workerId = '';
  workerId = await boss.work<Message>(nameOf(kind), options, async ([message]) => {
    try {
      if (message) await take(message.data.jobId);
    } finally {
      // Without it the worker sleeps between two messages, however many wait.
      boss.notifyWorker(workerId);
    }
  });
}

async function send(
  boss: PgBoss,
  kind: JobKind,
  { jobIds, delayMs }: { readonly jobIds: readonly Guid[]; readonly delayMs: number },
): Promise<void> {
  if (jobIds.length === 0) return;
  const startAfter = delayMs > 0 ? { startAfter: Math.ceil(delayMs / 1_000) } : {};
  await boss.insert(
    nameOf(kind),
    jobIds.map((jobId) => ({ data: { jobId }, singletonKey: jobId, ...startAfter })),
  );
}
