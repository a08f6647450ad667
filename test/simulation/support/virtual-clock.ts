import type { Clock } from '../../../core/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly place: number;
  readonly wake: () => void;
}

/**
 * Time that passes only when everybody waits for it. Timers due at the same moment fire in the
 * order in which they were set, so a run depends on its seed alone.
 */
export class VirtualTime {
  private timers: Timer[] = [];
  private spanMs = 0;
  private place = 0;

  get nowMs(): number {
    return this.spanMs;
  }

  /** Calls `wake` once, `delayMs` from now; the answer takes it back. */
  after(delayMs: number, wake: () => void): () => void {
    const timer = { atMs: this.spanMs + Math.max(0, delayMs), place: (this.place += 1), wake };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  /** Lets `spanMs` pass: each timer that falls due fires when all that went before has settled. */
  async pass(spanMs: number): Promise<void> {
    const endMs = this.spanMs + spanMs;
    for (;;) {
      await settled();
      const next = this.earliest();
      if (!next || next.atMs > endMs) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.spanMs = next.atMs;
      next.wake();
    }
    this.spanMs = endMs;
  }

  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (
        !first ||
        timer.atMs < first.atMs ||
        (timer.atMs === first.atMs && timer.place < first.place)
      ) {
        first = timer;
      }
    }
    return first;
  }
}

/** Every promise that can go on without time or input has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A machine's clock in virtual time: its wall clock may be wrong, and be set while it runs. */
export class VirtualClock implements Clock {
  private readonly time: VirtualTime;
  /** What the wall clock says when virtual time is 0. */
  private wallMs: number;

  constructor(time: VirtualTime, wallMs: number) {
    this.time = time;
    this.wallMs = wallMs;
  }

  nowMs(): number {
    return Math.floor(this.wallMs + this.time.nowMs);
  }

  monotonicMs(): number {
    return this.time.nowMs;
  }

  setWall(nowMs: number): void {
    this.wallMs = nowMs - this.time.nowMs;
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const cancel = this.time.after(delayMs, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
