import type {
  CatalogStore,
  FeedKinds,
  FeedState,
  IssuedPosition,
  Wakeups,
} from '../../catalog/ports.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { Idle } from '../../catalog/idle.ts';

export interface DownWatchOptions {
  readonly store: Pick<CatalogStore, 'log' | 'states'>;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All that went down the tree after a position of this process. */
export interface DownNews {
  readonly after: IssuedPosition;
  readonly states: readonly FeedState<FeedKinds['DOWN']>[];
  readonly upTo: number;
}

/** Where a watch has come to. */
interface Looked {
  readonly upTo: IssuedPosition;
  /** Nothing went down between here and `upTo`. */
  readonly quietSince: IssuedPosition;
}

type Listener = (news: DownNews | undefined) => void;

/** As many go down by one look; more are read by whoever sends them. */
const NEWS_STATES = 200;

/**
 * Looks once per commit, for all children together, whether something goes down the tree, and
 * wakes their links only then, with what it found. It runs while somebody watches.
 */
export class DownWatch {
  private readonly options: DownWatchOptions;
  private readonly listeners = new Set<Listener>();
  private running: AbortController | undefined;
  private newest = 0;

  constructor(options: DownWatchOptions) {
    this.options = options;
  }

  /** The newest revision at which something went down, as far as this process knows. */
  get revision(): number {
    return this.newest;
  }

  /**
   * `listener` is called at each commit that goes down, without news when it has to look for itself.
   * Ends with the function that this answers.
   */
  watch(listener: Listener): () => void {
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
    const { logger } = this.options;
    let looked: Looked | undefined;
    while (!signal.aborted) {
      const idle = new Idle(this.options, signal);
      try {
        looked = await this.look(looked, signal);
      } catch (error) {
        logger.error({ error }, 'What goes down the tree could not be looked for.');
      }
      await idle.wait();
      idle.stop();
    }
  }

  private async look(looked: Looked | undefined, signal: AbortSignal): Promise<Looked> {
    if (!looked) {
      const start = await this.present();
      // Where it begins is not where its listeners read to: they look for themselves.
      this.ring(undefined, signal);
      return { upTo: start, quietSince: start };
    }
    const limit = NEWS_STATES;
    const read = await this.options.store.states.read('DOWN', looked.upTo, { limit });
    // The database was put back.
    if (!read.isHeld) return this.look(undefined, signal);
    const upTo = read.more ? await this.present() : { ...looked.upTo, revision: read.upTo };
    if (read.states.length === 0) return { ...looked, upTo };
    const news = { after: looked.quietSince, states: read.states, upTo: read.upTo };
    this.newest = upTo.revision;
    this.ring(read.more ? undefined : news, signal);
    return { upTo, quietSince: upTo };
  }

  private async present(): Promise<IssuedPosition> {
    const { log } = this.options.store;
    return { ...(await log.position()), run: log.run };
  }

  private ring(news: DownNews | undefined, signal: AbortSignal): void {
    if (signal.aborted) return;
    for (const listener of this.listeners) listener(news);
  }
}
