import type { Clock } from '../core/clock.ts';

/** Holds transfers to a rate. One throttle may be shared by parallel transfers. */
export interface Throttle {
  /** Resolves when `bytes` may have been received; rejects with the signal's reason. */
  take(bytes: number, signal: AbortSignal): Promise<void>;
}

/** At most `bytesPerSecond` over any span longer than a second. */
export function createThrottle(bytesPerSecond: number, clock: Clock): Throttle {
  if (!(bytesPerSecond > 0)) throw new RangeError(`not a rate: ${bytesPerSecond} bytes/s`);
  let paidUntilMs = clock.monotonicMs();
  return {
    async take(bytes, signal) {
      const nowMs = clock.monotonicMs();
      paidUntilMs = Math.max(paidUntilMs, nowMs) + (bytes / bytesPerSecond) * 1_000;
      if (paidUntilMs > nowMs) await clock.sleep(paidUntilMs - nowMs, signal);
    },
  };
}
