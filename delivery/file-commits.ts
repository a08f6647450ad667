import type { FileCommit } from '../content/commit-files.ts';
import type { WorkerPool } from '../content/worker-pool.ts';

interface Waiting extends FileCommit {
  settle(error?: unknown): void;
}

/** So many files may be verified and not yet on disk before the next one waits. */
const MAX_WAITING = 256;

/**
 * Makes verified files durable and gives them their names, beside the transfer of the next ones:
 * all that arrive while a group is flushed make the next group.
 */
export class FileCommits {
  private readonly pool: WorkerPool;
  private readonly underWay = new Set<Promise<void>>();
  private waiting: Waiting[] = [];
  private isFlushing = false;

  constructor(pool: WorkerPool) {
    this.pool = pool;
  }

  /**
   * Runs `then` when the file has its name, and `failed` when that or `then` did not go through.
   * Resolves at once, or when there is room for another.
   */
  async add(
    commit: FileCommit,
    then: () => Promise<void>,
    failed: (error: unknown) => void,
  ): Promise<void> {
    const committed = this.commit(commit).then(then).catch(failed);
    this.underWay.add(committed);
    void committed.finally(() => this.underWay.delete(committed));
    while (this.underWay.size >= MAX_WAITING) await Promise.race(this.underWay);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private commit({ from, to }: FileCommit): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: unknown): void => (error === undefined ? resolve() : reject(error));
      this.waiting.push({ from, to, settle });
      if (!this.isFlushing) void this.flushGroups();
    });
  }

  private async flushGroups(): Promise<void> {
    this.isFlushing = true;
    while (this.waiting.length > 0) {
      const group = this.waiting;
      this.waiting = [];
      const error = await this.pool
        .run(
          'commitFiles',
          group.map(({ from, to }) => ({ from, to })),
        )
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      for (const { settle } of group) settle(error);
    }
    this.isFlushing = false;
  }
}
