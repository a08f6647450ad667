import type { Clock } from './clock.ts';

/**
 * Another server's time on this machine: that of a package server's SMP, or of an SMP's parent.
 * Signatures, grace times and delays go by it, so that a wrong or jumping local clock neither locks
 * this node out nor removes files too early.
 */
export class ServerClock {
  private readonly clock: Clock;
  private observed: { readonly serverMs: number; readonly monotonicMs: number } | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The server's time; this machine's until the server was heard in this process. */
  nowMs(): number {
    if (!this.observed) return this.clock.nowMs();
    const { serverMs, monotonicMs } = this.observed;
    return Math.round(serverMs + this.clock.monotonicMs() - monotonicMs);
  }

  /** Takes over what the server says the time is. */
  observe(serverMs: number): void {
    if (!Number.isFinite(serverMs)) return;
    this.observed = { serverMs, monotonicMs: this.clock.monotonicMs() };
  }

  /** Whether the server's time is known; what removes files waits for it. */
  get isKnown(): boolean {
    return this.observed !== undefined;
  }
}
