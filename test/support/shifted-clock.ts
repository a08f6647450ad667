import { systemClock, type Clock } from '../../core/clock.ts';

/** The machine's clock, wrong by as much as a test says, on which days pass in a moment. */
export class ShiftedClock implements Clock {
  private readonly wrongByMs: number;
  private passedMs = 0;
  private readonly sleepers = new Set<() => void>();

  constructor(wrongByMs = 0) {
    this.wrongByMs = wrongByMs;
  }

  nowMs(): number {
    return systemClock.nowMs() + this.wrongByMs + this.passedMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.passedMs;
  }

  async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    const dueAtMs = this.monotonicMs() + delayMs;
    for (;;) {
      const leftMs = dueAtMs - this.monotonicMs();
      if (leftMs <= 0) return;
      const passing = new AbortController();
      const wake = (): void => passing.abort();
      this.sleepers.add(wake);
      const either = signal ? AbortSignal.any([signal, passing.signal]) : passing.signal;
      await systemClock.sleep(leftMs, either).catch(() => undefined);
      this.sleepers.delete(wake);
      signal?.throwIfAborted();
    }
  }

  /** So much time is over; what was due in it comes now. */
  pass(ms: number): void {
    this.passedMs += ms;
    for (const wake of this.sleepers) wake();
  }
}
