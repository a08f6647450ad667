import type { Clock } from '../core/clock.ts';
import { isCanopyError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { Idle } from './idle.ts';
import type { CatalogStore, Wakeups } from './ports.ts';
import type { ReadModel } from './read-model.ts';

const TICK_MS = 1_000;
const PAGE = 1_000;

interface Inputs {
  readonly store: CatalogStore;
  readonly model: ReadModel;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps a read model true by reading the change log: at each wake-up, at a slow tick in case one
 * was lost, and at once when somebody waits for a revision.
 */
export class ModelFollower {
  private readonly inputs: Inputs;
  private readonly stopped = new AbortController();
  private reading: Promise<void> | undefined;
  private loop: Promise<void> | undefined;
  private writing = 0;

  constructor(inputs: Inputs) {
    this.inputs = inputs;
  }

  /** Loads everything, then follows until `stop`. */
  async start(): Promise<void> {
    await this.reload();
    this.loop = this.follow();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.loop;
    await this.reading;
  }

  /**
   * Resolves when the model contains `revision`, at once when that is committed already. Rejects
   * when the log cannot be read, or the follower stops before the revision came.
   */
  async reach(revision: number): Promise<void> {
    const { model } = this.inputs;
    const { signal } = this.stopped;
    for (let attempt = 1; model.position.revision < revision; attempt += 1) {
      // The first reading may have begun before the commit; a third one would only turn in circles.
      if (attempt > 2) {
        signal.throwIfAborted();
        await this.woken();
      }
      await this.catchUp();
    }
  }

  /**
   * Runs a write and resolves when the model contains it. While one runs, {@link settle} waits for
   * what it may have committed.
   */
  async write<T>(
    commit: () => Promise<{ readonly value: T; readonly position: { readonly revision: number } }>,
  ): Promise<T> {
    this.writing += 1;
    try {
      const { value, position } = await commit();
      await this.reach(position.revision);
      return value;
    } finally {
      this.writing -= 1;
    }
  }

  /** Resolves when the model contains everything that a query before could have seen. */
  async settle(): Promise<void> {
    if (this.writing === 0) return;
    const { revision } = await this.inputs.store.log.position();
    await this.reach(revision);
  }

  /** Resolves at the next wake-up from now on, after a tick, or when the follower stops. */
  private async woken(): Promise<void> {
    const idle = new Idle(this.inputs, this.stopped.signal);
    await idle.wait(TICK_MS);
    idle.stop();
  }

  private catchUp(): Promise<void> {
    return (this.reading ??= this.readOn().finally(() => {
      this.reading = undefined;
    }));
  }

  private async readOn(): Promise<void> {
    const { store, model } = this.inputs;
    try {
      for (;;) {
        const { epoch, revision } = model.position;
        const page = await store.log.read(revision, PAGE);
        model.apply(page.changes, { epoch, revision: page.upTo });
        if (!page.more) return;
      }
    } catch (error) {
      // Compacted meanwhile; or ahead of the log, because the database was put back.
      const isLost =
        isCanopyError(error) &&
        (error.code === 'CURSOR_TOO_OLD' || error.code === 'CURSOR_INVALID');
      if (!isLost) throw error;
      await this.reload();
    }
  }

  private async reload(): Promise<void> {
    const { changes, position } = await this.inputs.store.readAll();
    this.inputs.model.reload(changes, position);
  }

  private async follow(): Promise<void> {
    const { clock, logger } = this.inputs;
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const woken = this.woken();
      try {
        await this.catchUp();
        await woken;
      } catch (error) {
        if (signal.aborted) return;
        logger.error({ err: error }, 'the change log could not be read; trying again');
        await clock.sleep(TICK_MS, signal).catch(() => undefined);
      }
    }
  }
}
