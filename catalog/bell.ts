import type { Clock } from '../core/clock.ts';

/** Wakes one waiter. A ring that nobody waited for is kept, so that none is slept through. */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Resolves at the next ring, at once after one that was kept, and when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.wake = resolve;
      signal.addEventListener('abort', resolve as () => void, { once: true });
      await promise;
      signal.removeEventListener('abort', resolve as () => void);
      this.wake = undefined;
    }
    this.rung = false;
  }

  /** As {@link wait}, and resolves after `delayMs` too. */
  async waitAtMost(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
    if (this.rung || signal.aborted) return this.wait(signal);
    const waiting = this.wait(signal);
    const cancel = clock.after(delayMs, this.wake!);
    await waiting;
    cancel();
  }
}
