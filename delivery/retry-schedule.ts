import type { Clock } from '../core/clock.ts';

/** Waits after the first, second … attempt without progress; the last one repeats (KB 180600). */
export const RETRY_DELAYS_MINUTES = [3, 6, 12, 24, 48, 96, 120] as const;

/** How long to wait after the `count`-th attempt in a row (from 1) that brought nothing. */
export function retryDelayMs(count: number): number {
  const index = Math.min(Math.max(count, 1), RETRY_DELAYS_MINUTES.length) - 1;
  return RETRY_DELAYS_MINUTES[index]! * 60_000;
}

/** What one attempt came to. */
export type Attempt<R> =
  | { readonly done: true; readonly result: R }
  | {
      readonly done: false;
      /** True when new bytes or files arrived: the schedule starts over. */
      readonly progressed: boolean;
      /** What the server asked for (`Retry-After`); never shortens the schedule's own wait. */
      readonly retryAfterMs?: number;
      readonly reason: string;
    };

export interface RetryOptions<R> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** `tryingForMs`: monotonic time since the first attempt; agents send it as `totalTime`. */
  attempt(tryingForMs: number): Promise<Attempt<R>>;
  /** Told before each wait. */
  onWait?(wait: { readonly delayMs: number; readonly reason: string }): void;
}

/**
 * Attempts until done: waits 3, 6, 12, 24, 48, 96, 120 minutes, then every 2 hours; any progress
 * goes back to 3. Rejects with the signal's reason when aborted and with what `attempt` throws.
 */
export async function retryUntilDone<R>(options: RetryOptions<R>): Promise<R> {
  const { clock, signal } = options;
  const startedAtMs = clock.monotonicMs();
  let idleAttempts = 0;
  for (;;) {
    signal.throwIfAborted();
    const attempt = await options.attempt(clock.monotonicMs() - startedAtMs);
    if (attempt.done) return attempt.result;
    idleAttempts = attempt.progressed ? 1 : idleAttempts + 1;
    const delayMs = Math.max(retryDelayMs(idleAttempts), attempt.retryAfterMs ?? 0);
    options.onWait?.({ delayMs, reason: attempt.reason });
    await clock.sleep(delayMs, signal);
  }
}
