import type { Clock } from '../core/clock.ts';

/** Settles with `work`, or rejects as soon as the signal is aborted. */
export function abortable<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Each block of `blocks`, until the signal is aborted, even while a block is awaited. */
export function abortableBlocks(
  signal: AbortSignal,
  blocks: AsyncGenerator<Uint8Array>,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => abortable(signal, blocks.next()),
      return: () => blocks.return(undefined),
    }),
  };
}

/** Sleeps until the time is over or `woken` is aborted; rejects with the reason of `signal`. */
export async function sleepOrWake(
  clock: Clock,
  delayMs: number,
  { signal, woken }: { readonly signal: AbortSignal; readonly woken: AbortSignal },
): Promise<void> {
  try {
    await clock.sleep(delayMs, AbortSignal.any([signal, woken]));
  } catch (error) {
    signal.throwIfAborted();
    if (!woken.aborted) throw error;
  }
}

/** Waits until `woken` is aborted; rejects with the reason of `signal`. */
export async function untilWoken(woken: AbortSignal, signal: AbortSignal): Promise<void> {
  const either = AbortSignal.any([signal, woken]);
  if (!either.aborted) {
    await new Promise<void>((resolve) =>
      either.addEventListener('abort', () => resolve(), { once: true }),
    );
  }
  signal.throwIfAborted();
}
