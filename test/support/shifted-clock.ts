import { sleepBy, systemClock, type Clock } from '../../core/clock.ts';

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

  after(delayMs: number, run: () => void): () => void {
    const dueAtMs = this.monotonicMs() + delayMs;
    let cancel = (): void => undefined;
    const look = (): void => {
      cancel();
      const leftMs = dueAtMs - this.monotonicMs();
      if (leftMs > 0) {
        cancel = systemClock.after(leftMs, look);
        return;
      }
      this.sleepers.delete(look);
      run();
    };
    cancel = systemClock.after(delayMs, look);
    this.sleepers.add(look);
    return () => {
      this.sleepers.delete(look);
      cancel();
    };
  }

  sleep = sleepBy((delayMs, run) => this.after(delayMs, run));

  /** So much time is over; what was due in it comes now. */
  pass(ms: number): void {
    this.passedMs += ms;
    for (const look of [...this.sleepers]) look();
  }
}
