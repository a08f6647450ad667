import type { Clock } from '../core/clock.ts';
import type { Wakeups } from './ports.ts';

/** The net under lost wake-ups. */
export const TICK_MS = 2_000;

interface IdleSource {
  readonly wakeups: Wakeups;
  readonly clock: Clock;
}

/**
 * Waits once: for a wake-up, a tick or the end, whichever is first, and leaves no listener behind.
 * It listens from its creation on, so make it before reading: a commit in between is not slept
 * through.
 */
export class Idle {
  private readonly clock: Clock;
  private readonly signal: AbortSignal;
  private readonly over = Promise.withResolvers<void>();
  private readonly unlisten: () => void;

  constructor({ wakeups, clock }: IdleSource, signal: AbortSignal) {
    this.clock = clock;
    this.signal = signal;
    this.unlisten = wakeups.once(this.over.resolve);
    signal.addEventListener('abort', this.stop);
    if (signal.aborted) this.stop();
  }

  async wait(tickMs = TICK_MS): Promise<void> {
    const cancel = this.clock.after(tickMs, this.over.resolve);
    await this.over.promise;
    cancel();
  }

  readonly stop = (): void => {
    this.signal.removeEventListener('abort', this.stop);
    this.unlisten();
    this.over.resolve();
  };
}
