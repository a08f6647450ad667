import type { Clock } from '../core/clock.ts';

/**
 * The SMP's time on this machine. Signatures, grace times and delays go by it, so that a wrong or
 * jumping local clock neither locks this package server out nor removes files too early.
 */
export class ServerClock {
  private readonly clock: Clock;
  private observed: { readonly serverMs: number; readonly monotonicMs: number } | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The SMP's time; this machine's until the SMP was heard in this process. */
  nowMs(): number {
    if (!this.observed) return this.clock.nowMs();
    const { serverMs, monotonicMs } = this.observed;
    return Math.round(serverMs + this.clock.monotonicMs() - monotonicMs);
  }

  /** Takes over what the SMP says the time is. */
  observe(serverMs: number): void {
    if (!Number.isFinite(serverMs)) return;
    this.observed = { serverMs, monotonicMs: this.clock.monotonicMs() };
  }

  /** Whether the SMP's time is known; what removes files waits for it. */
  get isKnown(): boolean {
    return this.observed !== undefined;
  }
}
