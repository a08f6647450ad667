import type { Clock } from '../core/clock.ts';

export interface WorkQueueOptions<K> {
  /** Pieces of work that run side by side. */
  readonly lanes: number;
  readonly clock: Clock;
  /** Of those that are due the highest goes first; equal ones in the order they came. */
  priorityOf(key: K): number;
  /** Must not reject. Repeats by adding its key again. */
  work(key: K, signal: AbortSignal): Promise<void>;
}

/** Made once: with a stack each it would cost more than setting the alarm. */
const SET_ANEW = new DOMException('Set anew.', 'AbortError');

/**
 * Work by key, at most once at a time per key, when it is due. Adding a key that waits moves it to
 * the earlier time; adding one that runs makes it run once more afterwards.
 */
export class WorkQueue<K> {
  private readonly options: WorkQueueOptions<K>;
  private readonly dueAtMs = new Map<K, number>();
  private readonly running = new Map<K, { readonly stop: AbortController; done: Promise<void> }>();
  private readonly closed = new AbortController();
  private alarm = new AbortController();

  constructor(options: WorkQueueOptions<K>) {
    this.options = options;
  }

  add(key: K, delayMs = 0): void {
    const dueAtMs = this.options.clock.monotonicMs() + delayMs;
    this.dueAtMs.set(key, Math.min(dueAtMs, this.dueAtMs.get(key) ?? Infinity));
    this.startDue();
  }

  /** Takes the key out; work under way on it is aborted with `reason`. */
  cancel(key: K, reason: Error): void {
    this.dueAtMs.delete(key);
    this.running.get(key)?.stop.abort(reason);
  }

  /** Aborts what runs under `key` and does it again from the start. */
  restart(key: K, reason: Error): void {
    this.cancel(key, reason);
    this.add(key);
  }

  isRunning(key: K): boolean {
    return this.running.has(key);
  }

  get runningCount(): number {
    return this.running.size;
  }

  get waitingCount(): number {
    return this.dueAtMs.size;
  }

  /** Starts nothing more, aborts what runs, and resolves when it has ended. */
  async close(): Promise<void> {
    this.closed.abort();
    this.alarm.abort(SET_ANEW);
    this.dueAtMs.clear();
    const ending = [...this.running.values()];
    for (const { stop } of ending) stop.abort(new DOMException('Stopping.', 'AbortError'));
    await Promise.all(ending.map(({ done }) => done));
  }

  private startDue(): void {
    if (this.closed.signal.aborted) return;
    while (this.running.size < this.options.lanes) {
      const key = this.nextDue();
      if (key === undefined) break;
      this.start(key);
    }
    this.setAlarm();
  }

  private nextDue(): K | undefined {
    const nowMs = this.options.clock.monotonicMs();
    let best: K | undefined;
    for (const [key, dueAtMs] of this.dueAtMs) {
      if (dueAtMs > nowMs || this.running.has(key)) continue;
      const isBetter =
        best === undefined || this.options.priorityOf(key) > this.options.priorityOf(best);
      if (isBetter) best = key;
    }
    return best;
  }

  private start(key: K): void {
    this.dueAtMs.delete(key);
    const stop = new AbortController();
    const entry = { stop, done: Promise.resolve() };
    this.running.set(key, entry);
    entry.done = this.options.work(key, stop.signal).finally(() => {
      this.running.delete(key);
      this.startDue();
    });
  }

  /** One timer, for the earliest key that is not due yet. */
  private setAlarm(): void {
    this.alarm.abort(SET_ANEW);
    if (this.running.size >= this.options.lanes) return;
    const { clock } = this.options;
    const nowMs = clock.monotonicMs();
    const later = [...this.dueAtMs].filter(([key]) => !this.running.has(key));
    if (later.length === 0) return;
    const delayMs = Math.max(0, Math.min(...later.map(([, dueAtMs]) => dueAtMs)) - nowMs);
    this.alarm = new AbortController();
    clock.sleep(delayMs, this.alarm.signal).then(
      () => this.startDue(),
      () => undefined,
    );
  }
}
