import type { Wakeups } from '../../catalog/ports.ts';

/** Wake-ups within this process. */
export function createWakeups(): Wakeups {
  const waiting = new Set<{ readonly wake: () => void }>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    notify: () => {
      count += 1;
      const woken = [...waiting];
      waiting.clear();
      for (const { wake } of woken) wake();
    },
    once: (wake) => {
      const waiter = { wake };
      waiting.add(waiter);
      return () => void waiting.delete(waiter);
    },
  };
}
