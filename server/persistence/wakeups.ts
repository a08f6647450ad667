import type { Wakeups } from '../../catalog/ports.ts';

/** Wake-ups within this process. A waiter is woken once; to wait again it must call again. */
export function createWakeups(): Wakeups {
  const waiting = new Set<() => void>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    notify: () => {
      count += 1;
      for (const wake of [...waiting]) wake();
    },
    wait: (signal) => {
      if (signal?.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = (): void => {
        waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal?.addEventListener('abort', wake);
      return promise;
    },
  };
}
