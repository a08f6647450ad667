import type { Clock } from '../../core/clock.ts';

/**
 * Lets work begin, so many at a time. Work that takes long gives its place to the next after
 * `yieldAfterMs`, so one that hangs delays others by that much and not until its end.
 */
export class StartGate {
  private readonly clock: Clock;
  private readonly yieldAfterMs: number;
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(
    clock: Clock,
    { places, yieldAfterMs }: { readonly places: number; readonly yieldAfterMs: number },
  ) {
    this.clock = clock;
    this.free = places;
    this.yieldAfterMs = yieldAfterMs;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    const release = this.releaser();
    const cancel = this.clock.after(this.yieldAfterMs, release);
    try {
      return await work();
    } finally {
      cancel();
      release();
    }
  }

  /** The place goes to the next that waits, whatever happens twice. */
  private releaser(): () => void {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    };
  }
}
