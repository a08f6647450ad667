/**
 * Time as a parameter. Wall time labels things for people; only `monotonicMs` may measure a span,
 * because wall clocks jump.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. May jump in either direction. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start; never falls. */
  monotonicMs(): number;
  /** Calls `run` once, after `delayMs`, in the next turn if that is past. The answer takes it back. */
  after(delayMs: number, run: () => void): () => void;
  /** Resolves after `delayMs`, in the next turn if that is past; rejects with the signal's reason. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. The one place that reads it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after,
  sleep: sleepBy(after),
};

function after(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, Math.max(0, delayMs));
  return () => clearTimeout(timer);
}

/** The `sleep` of a clock that has this `after`. */
export function sleepBy(after: Clock['after']): Clock['sleep'] {
  return (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      const wake = (): void => {
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = after(delayMs, wake);
      const end = (): void => {
        cancel();
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', end, { once: true });
    });
}
