import { OVER } from '../core/over.ts';
import type { Wakeups } from '../catalog/ports.ts';
import type { Clock } from '../core/clock.ts';

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
  private readonly controller = new AbortController();
  private readonly woken: Promise<void>;
  private readonly ticked: () => Promise<void>;

  constructor({ wakeups, clock }: IdleSource, signal: AbortSignal) {
    const either = AbortSignal.any([signal, this.controller.signal]);
    this.woken = wakeups.wait(either);
    this.ticked = () => clock.sleep(TICK_MS, either).catch(() => undefined);
  }

  wait(): Promise<void> {
    return Promise.race([this.woken, this.ticked()]);
  }

  stop(): void {
    this.controller.abort(OVER);
  }
}
