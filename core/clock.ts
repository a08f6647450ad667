/**
 * Time as a parameter. Wall time labels things for people; only `monotonicMs` may measure a span,
 * because wall clocks jump.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. May jump in either direction. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never falls. */
  monotonicMs(): number;
  /** Resolves after `delayMs`, in the next turn if that is past; rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. The one place that reads it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal!.reason as Error);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.max(0, delayMs),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
