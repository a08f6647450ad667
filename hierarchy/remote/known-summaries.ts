import type { CatalogStore, Wakeups } from '../../catalog/ports.ts';
import type { NodeSummary } from '../../catalog/tree-model.ts';
import type { Clock } from '../../core/clock.ts';
import { TICK_MS } from '../../catalog/idle.ts';

interface KnownSummariesOptions {
  readonly store: Pick<CatalogStore, 'transact'>;
  readonly wakeups: Pick<Wakeups, 'count'>;
  readonly clock: Clock;
}

interface Reading {
  readonly summaries: Promise<readonly NodeSummary[]>;
  readonly wakeups: number;
  readonly atMs: number;
}

/**
 * The summaries of the tree below, read from the store once for all questions between two commits.
 * What this process committed is in the next answer; what another did, once it has woken this one.
 */
export class KnownSummaries {
  private readonly options: KnownSummariesOptions;
  private last: Reading | undefined;

  constructor(options: KnownSummariesOptions) {
    this.options = options;
  }

  read(): Promise<readonly NodeSummary[]> {
    const { store, wakeups, clock } = this.options;
    const atMs = clock.monotonicMs();
    const { last } = this;
    if (last && last.wakeups === wakeups.count && atMs - last.atMs < TICK_MS) return last.summaries;
    const reading = {
      summaries: store.transact((tx) => tx.list('nodeSummary')).then(({ value }) => value),
      wakeups: wakeups.count,
      atMs,
    };
    this.last = reading;
    reading.summaries.catch(() => {
      if (this.last === reading) this.last = undefined;
    });
    return reading.summaries;
  }
}
