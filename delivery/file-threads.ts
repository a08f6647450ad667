import { WorkerPool } from '../content/worker-pool.ts';
import { BlockPool, type PartThread } from './part-writer.ts';

/** They wait for the disk, so they need no cores of their own. */
const COMMIT_THREADS = 3;

/**
 * The synchronous file work of all receptions of a process, beside the thread that speaks to
 * sources. Threads start at their first work and do not keep the process alive.
 */
export interface FileThreads {
  /** Hashes and writes what arrives. */
  readonly parts: PartThread;
  /** Looks through what is here; flushes, names and links what has arrived. */
  readonly commits: WorkerPool;
  /** Work under way is rejected as `NOT_READY`. */
  close(): Promise<void>;
}

export function createFileThreads(): FileThreads {
  const parts = { pool: new WorkerPool(1), blocks: new BlockPool() };
  const commits = new WorkerPool(COMMIT_THREADS);
  return {
    parts,
    commits,
    close: async () => void (await Promise.all([parts.pool.close(), commits.close()])),
  };
}
