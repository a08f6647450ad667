import type { Guid } from '../../core/guid.ts';

/** Wakes who watches a job when it was written in this process. */
export class JobWatchers {
  private readonly waiting = new Map<Guid, Set<() => void>>();

  /** `wake` runs at every change until the answer is called. */
  add(id: Guid, wake: () => void): () => void {
    const wakes = this.waiting.get(id) ?? new Set();
    this.waiting.set(id, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.waiting.get(id) === wakes) this.waiting.delete(id);
    };
  }

  changed(id: Guid): void {
    for (const wake of this.waiting.get(id) ?? []) wake();
  }
}
