import type { Clock } from '../core/clock.ts';
import { SourceError } from './source.ts';

export interface StallLimit {
  readonly windowMs: number;
  /** A transfer that brings fewer bytes than this in a window is given up. */
  readonly minBytes: number;
}

/** A source may be slow, but 512 bytes a second is not a source. */
export const DEFAULT_STALL_LIMIT: StallLimit = { windowMs: 30_000, minBytes: 15 * 1024 };

/** Watches one transfer. */
export interface StallGuard {
  /** Aborted with a {@link SourceError} `STALLED`, or with the caller's own reason. */
  readonly signal: AbortSignal;
  received(bytes: number): void;
  /** The time that `work` takes does not count: the transfer is held back on this side. */
  excuse<T>(work: Promise<T>): Promise<T>;
  stop(): void;
}

/** Starts watching; the caller must `stop()` it. */
export function guardAgainstStall(
  limit: StallLimit,
  clock: Clock,
  callerSignal: AbortSignal,
): StallGuard {
  const stalled = new AbortController();
  const stopped = new AbortController();
  let bytesInWindow = 0;
  let heldMs = 0;
  let heldSinceMs: number | undefined;
  const settleHeld = (): void => {
    if (heldSinceMs === undefined) return;
    const nowMs = clock.monotonicMs();
    heldMs += nowMs - heldSinceMs;
    heldSinceMs = nowMs;
  };
  const watch = async (): Promise<void> => {
    for (;;) {
      bytesInWindow = 0;
      heldMs = 0;
      await clock.sleep(limit.windowMs, stopped.signal);
      settleHeld();
      const countedShare = Math.max(0, 1 - heldMs / limit.windowMs);
      if (bytesInWindow >= limit.minBytes * countedShare) continue;
      const seconds = limit.windowMs / 1_000;
      const text = `sent ${bytesInWindow} bytes in ${seconds} s, fewer than ${limit.minBytes}`;
      return stalled.abort(new SourceError('STALLED', text));
    }
  };
  watch().catch((error: unknown) => {
    if (!stopped.signal.aborted) stalled.abort(error);
  });
  return {
    signal: AbortSignal.any([callerSignal, stalled.signal]),
    received: (bytes) => void (bytesInWindow += bytes),
    excuse: async (work) => {
      heldSinceMs = clock.monotonicMs();
      try {
        return await work;
      } finally {
        settleHeld();
        heldSinceMs = undefined;
      }
    },
    stop: () => stopped.abort('over'),
  };
}
