import type { CatalogStore, Wakeups } from '../../catalog/ports.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { Idle } from '../idle.ts';

export interface DownWatchOptions {
  readonly store: Pick<CatalogStore, 'log' | 'states'>;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Looks once per commit, for all children together, whether something goes down the tree, and
 * wakes their links only then. It runs while somebody watches.
 */
export class DownWatch {
  private readonly options: DownWatchOptions;
  private readonly listeners = new Set<() => void>();
  private running: AbortController | undefined;
  private newest = 0;

  constructor(options: DownWatchOptions) {
    this.options = options;
  }

  /** The newest revision at which something went down, as far as this process knows. */
  get revision(): number {
    return this.newest;
  }

  /** `listener` is called at each commit that goes down. Ends with the function that it answers. */
  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    if (!this.running) {
      this.running = new AbortController();
      void this.run(this.running.signal);
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.running?.abort();
      this.running = undefined;
    };
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { store, logger } = this.options;
    let after: number | undefined;
    while (!signal.aborted) {
      const idle = new Idle(this.options, signal);
      try {
        const head = (await store.log.position()).revision;
        // Where it begins is not where its listeners read to: they look once more.
        if (after === undefined) this.ring(signal);
        const { states, upTo, more } = await store.states.read('DOWN', after ?? head, { limit: 1 });
        after = more ? Math.max(head, states.at(-1)!.revision) : upTo;
        if (states.length > 0) {
          this.newest = after;
          this.ring(signal);
        }
      } catch (error) {
        logger.error({ error }, 'What goes down the tree could not be looked for.');
      }
      await idle.wait();
      idle.stop();
    }
  }

  private ring(signal: AbortSignal): void {
    if (signal.aborted) return;
    for (const listener of this.listeners) listener();
  }
}
