import { WorkerPool } from '../content/worker-pool.ts';
import { BlockPool, type PartThread } from './part-writer.ts';

/** The synchronous file work of one reception, beside the thread that speaks to sources. */
export interface FileThreads {
  /** Hashes and writes what arrives. */
  readonly parts: PartThread;
  /** Flushes, names and links what has arrived. */
  readonly commits: WorkerPool;
}

/** Runs `work` with threads that start when they are needed and end with it. */
export async function withFileThreads<T>(work: (threads: FileThreads) => Promise<T>): Promise<T> {
  const parts = { pool: new WorkerPool(1), blocks: new BlockPool() };
  const commits = new WorkerPool(1);
  try {
    return await work({ parts, commits });
  } finally {
    await Promise.all([parts.pool.close(), commits.close()]);
  }
}
