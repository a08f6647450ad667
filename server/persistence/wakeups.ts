import type { Wakeups } from '../../catalog/ports.ts';

/** Wake-ups within this process. A waiter is woken once; to wait again it must call again. */
export function createWakeups(): Wakeups {
  let waiting = Promise.withResolvers<void>();
  return {
    notify: () => {
      waiting.resolve();
      waiting = Promise.withResolvers<void>();
    },
    wait: (signal) => {
      if (!signal) return waiting.promise;
      if (signal.aborted) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done);
      void waiting.promise.then(done);
      return promise;
    },
  };
}
