/**
 * An iterator whose `return` ends a pending `next` at once: it aborts the signal that `start` was
 * given. A plain async generator would answer `return` only after its current `await`.
 */
export function abortable<T>(
  outer: AbortSignal | undefined,
  start: (signal: AbortSignal) => AsyncIterable<T>,
): AsyncIterableIterator<T> {
  const controller = new AbortController();
  const signal = outer ? AbortSignal.any([outer, controller.signal]) : controller.signal;
  const iterator = start(signal)[Symbol.asyncIterator]();
  const end = async (): Promise<IteratorResult<T>> => {
    controller.abort();
    await iterator.return?.();
    return { done: true, value: undefined };
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => iterator.next(),
    return: end,
    throw: end,
  };
}
