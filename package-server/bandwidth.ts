import type { Clock } from '../core/clock.ts';
import type { Throttle } from '../delivery/index.ts';

/** Limits that may change at any moment. */
export interface BandwidthLimits {
  /** For the sum of all transfers; `undefined`: none. */
  readonly maxBytesPerSecond: number | undefined;
  /** Daily, local time, `HH:MM`; may span midnight. */
  readonly blackout: { readonly from: string; readonly to: string } | undefined;
}

/** A change takes effect within this time, also for who waits already. */
const LOOK_AGAIN_MS = 500;

/** Holds the sum of all transfers to one rate and lets none pass in the blackout window. */
export class Bandwidth implements Throttle {
  private readonly clock: Clock;
  private limits: BandwidthLimits = { maxBytesPerSecond: undefined, blackout: undefined };
  private creditedAtMs: number;
  /** Negative while bytes were taken in advance. */
  private creditBytes = 0;
  /** Of all transfers since the start. */
  receivedBytes = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.creditedAtMs = clock.monotonicMs();
  }

  set(limits: BandwidthLimits): void {
    this.addCredit();
    this.limits = limits;
  }

  /** Whether the blackout holds transfers back now. */
  get isBlackedOut(): boolean {
    const { blackout } = this.limits;
    if (!blackout) return false;
    const minute = minuteOfDay(new Date(this.clock.nowMs()));
    const from = readMinute(blackout.from);
    const to = readMinute(blackout.to);
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
  }

  async take(bytes: number, signal: AbortSignal): Promise<void> {
    this.addCredit();
    if (this.limits.maxBytesPerSecond !== undefined) this.creditBytes -= bytes;
    this.receivedBytes += bytes;
    for (;;) {
      signal.throwIfAborted();
      this.addCredit();
      if (!this.isBlackedOut && this.creditBytes >= 0) return;
      const rate = this.limits.maxBytesPerSecond;
      const owedMs = rate === undefined ? 0 : (-this.creditBytes / rate) * 1000;
      const waitMs = this.isBlackedOut ? LOOK_AGAIN_MS : Math.min(owedMs, LOOK_AGAIN_MS);
      await this.clock.sleep(Math.max(1, waitMs), signal);
    }
  }

  private addCredit(): void {
    const nowMs = this.clock.monotonicMs();
    const rate = this.limits.maxBytesPerSecond;
    const earned = rate === undefined ? Infinity : (rate * (nowMs - this.creditedAtMs)) / 1000;
    // Nothing is saved up: a pause is not followed by a burst.
    this.creditBytes = Math.min(0, this.creditBytes + earned);
    this.creditedAtMs = nowMs;
  }
}

function minuteOfDay(date: Date): number {
  return date.getHours() * 60 + date.getMinutes();
}

function readMinute(text: string): number {
  const [hours = '0', minutes = '0'] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}
