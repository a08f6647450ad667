import type { Clock } from '../core/clock.ts';
import { OVER } from '../core/over.ts';
import type { Wakeups } from './ports.ts';

/** The net under lost wake-ups. */
export const TICK_MS = 2_000;

interface IdleSource {
  readonly wakeups: Wakeups;
  readonly clock: Clock;
}

/**
 * Waits for a wake-up, a tick or the end, whichever is first, and leaves no listener behind. It
 * listens from its creation on, so make it before reading: a commit in between is not slept through.
 */
export class Idle {
  private readonly over = new AbortController();
  private readonly woken: Promise<void>;
  private readonly source: IdleSource;
  private readonly signal: AbortSignal;

  constructor(source: IdleSource, signal: AbortSignal) {
    this.source = source;
    this.signal = signal;
    this.woken = source.wakeups.wait(this.over.signal);
    signal.addEventListener('abort', this.stop);
    if (signal.aborted) this.stop();
  }

  wait(tickMs = TICK_MS): Promise<void> {
    const ticked = this.source.clock.sleep(tickMs, this.over.signal).catch(() => undefined);
    return Promise.race([this.woken, ticked]);
  }

  readonly stop = (): void => {
    this.signal.removeEventListener('abort', this.stop);
    this.over.abort(OVER);
  };
}
