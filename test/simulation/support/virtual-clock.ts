import { sleepBy, type Clock } from '../../../core/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly place: number;
  /** `undefined` once it was taken back. */
  wake: (() => void) | undefined;
}

/**
 * Time that passes only when everybody waits for it. Timers due at the same moment fire in the
 * order in which they were set, so a run depends on its seed alone.
 */
export class VirtualTime {
  /** A binary heap: no timer is due before the one at half its index. */
  private readonly timers: Timer[] = [];
  private spanMs = 0;
  private place = 0;

  get nowMs(): number {
    return this.spanMs;
  }

  /** Calls `wake` once, `delayMs` from now; the answer takes it back. */
  after(delayMs: number, wake: () => void): () => void {
    const timer: Timer = { atMs: this.spanMs + Math.max(0, delayMs), place: ++this.place, wake };
    this.push(timer);
    return () => {
      timer.wake = undefined;
    };
  }

  /** Lets `spanMs` pass: each timer that falls due fires when all that went before has settled. */
  async pass(spanMs: number): Promise<void> {
    const endMs = this.spanMs + spanMs;
    for (;;) {
      await settled();
      const next = this.takeDue(endMs);
      if (!next) break;
      this.spanMs = next.atMs;
      next.wake!();
    }
    this.spanMs = endMs;
  }

  private takeDue(endMs: number): Timer | undefined {
    for (let first = this.timers[0]; first; first = this.timers[0]) {
      if (first.wake && first.atMs > endMs) return undefined;
      this.shift();
      if (first.wake) return first;
    }
    return undefined;
  }

  private push(timer: Timer): void {
    const { timers } = this;
    let index = timers.push(timer) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (!isBefore(timer, timers[above]!)) break;
      timers[index] = timers[above]!;
      index = above;
    }
    timers[index] = timer;
  }

  private shift(): void {
    const { timers } = this;
    const last = timers.pop()!;
    if (timers.length === 0) return;
    let index = 0;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= timers.length) break;
      if (below + 1 < timers.length && isBefore(timers[below + 1]!, timers[below]!)) below += 1;
      if (!isBefore(timers[below]!, last)) break;
      timers[index] = timers[below]!;
      index = below;
    }
    timers[index] = last;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.atMs === right.atMs ? left.place < right.place : left.atMs < right.atMs;
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

  after(delayMs: number, run: () => void): () => void {
    return this.time.after(delayMs, run);
  }

  sleep = sleepBy((delayMs, run) => this.after(delayMs, run));
}
