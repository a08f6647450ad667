import type { FileCommit } from '../content/commit-files.ts';
import type { WorkerPool } from '../content/worker-pool.ts';

interface Waiting extends FileCommit {
  settle(error?: unknown): void;
}

/** So many files may be verified and not yet on disk before the next one waits. */
const MAX_WAITING = 256;

/**
 * Makes verified files durable and gives them their names, beside the transfer of the next ones. All
 * that arrive while every thread flushes a group are shared out as the next groups: the disk carries
 * out flushes that come at the same time as one.
 */
export class FileCommits {
  private readonly pool: WorkerPool;
  private readonly underWay = new Set<Promise<void>>();
  private waiting: Waiting[] = [];
  private groupsUnderWay = 0;

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
      this.startGroups();
    });
  }

  private startGroups(): void {
    for (;;) {
      const freeThreads = this.pool.size - this.groupsUnderWay;
      if (freeThreads <= 0) return;
      const group = this.waiting.splice(0, Math.ceil(this.waiting.length / freeThreads));
      if (group.length === 0) return;
      void this.flush(group);
    }
  }

  private async flush(group: readonly Waiting[]): Promise<void> {
    this.groupsUnderWay += 1;
    const commits = group.map(({ from, to }) => ({ from, to }));
    const error = await this.pool.run('commitFiles', commits).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    for (const { settle } of group) settle(error);
    this.groupsUnderWay -= 1;
    this.startGroups();
  }
}
