import type { Clock } from '../core/clock.ts';
import type { SourceBook } from './source-book.ts';
import type { Codebase } from './source.ts';

/** Below this a figure says more about latency than about the source. */
const MIN_SAMPLE_BYTES = 256 * 1024;

/** One transfer from one source. */
export interface MeteredTransfer {
  received(count: number): void;
  end(): void;
}

interface Usage {
  active: number;
  busySinceMs: number;
  busyMs: number;
  bytes: number;
}

/**
 * Measures sources by the downloads themselves: bytes of all parallel transfers over the time in
 * which at least one of them ran.
 */
export class SpeedMeter {
  private readonly clock: Clock;
  private readonly book: SourceBook;
  private readonly usages = new Map<string, Usage>();

  constructor(clock: Clock, book: SourceBook) {
    this.clock = clock;
    this.book = book;
  }

  start(codebase: Codebase): MeteredTransfer {
    const usage = this.usageOf(codebase);
    if (usage.active === 0) usage.busySinceMs = this.clock.monotonicMs();
    usage.active += 1;
    return {
      received: (count) => void (usage.bytes += count),
      end: () => this.end(codebase, usage),
    };
  }

  private end(codebase: Codebase, usage: Usage): void {
    const nowMs = this.clock.monotonicMs();
    usage.busyMs += nowMs - usage.busySinceMs;
    usage.busySinceMs = nowMs;
    usage.active -= 1;
    if (usage.bytes < MIN_SAMPLE_BYTES || usage.busyMs <= 0) return;
    this.book.recordSpeed(codebase, (usage.bytes / usage.busyMs) * 1_000);
  }

  private usageOf(codebase: Codebase): Usage {
    const known = this.usages.get(codebase.url);
    if (known) return known;
    const usage = { active: 0, busySinceMs: 0, busyMs: 0, bytes: 0 };
    this.usages.set(codebase.url, usage);
    return usage;
  }
}
