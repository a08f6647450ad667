import { sleepBy, type Clock } from '../../core/clock.ts';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class HandClock implements Clock {
  wallMs = 1_790_000_000_000;
  private spanMs = 0;
  private readonly sleepers = new Set<Sleeper>();

  nowMs(): number {
    return this.wallMs;
  }
  monotonicMs(): number {
    return this.spanMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const sleeper = { dueMs: this.spanMs + Math.max(0, delayMs), wake: run };
    this.sleepers.add(sleeper);
    if (delayMs <= 0) queueMicrotask(() => this.wake(sleeper));
    return () => void this.sleepers.delete(sleeper);
  }

  sleep = sleepBy((delayMs, run) => this.after(delayMs, run));

  /** Lets everything run that does not wait for time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves on, waking each sleeper at its own moment. */
  async advance(spanMs: number): Promise<void> {
    const endMs = this.spanMs + spanMs;
    await this.settle();
    for (;;) {
      const due = [...this.sleepers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (!due || due.dueMs > endMs) break;
      this.moveTo(due.dueMs);
      this.wake(due);
      await this.settle();
    }
    this.moveTo(endMs);
    await this.settle();
  }

  private moveTo(spanMs: number): void {
    this.wallMs += spanMs - this.spanMs;
    this.spanMs = spanMs;
  }

  private wake(sleeper: Sleeper): void {
    if (this.sleepers.delete(sleeper)) sleeper.wake();
  }
}
