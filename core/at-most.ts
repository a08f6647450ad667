import type { Clock } from './clock.ts';

/**
 * What `work` comes to, or what `late` answers or throws when that takes longer than `timeoutMs`.
 * The work itself goes on then; what becomes of it is dropped.
 */
export function atMost<T, L>(
  clock: Clock,
  { timeoutMs, work, late }: { timeoutMs: number; work: Promise<T>; late: () => L },
): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => {
      try {
        resolve(late());
      } catch (error) {
        reject(error as Error);
      }
    });
    void work.then(resolve, reject).then(cancel);
  });
}
