import { isCanopyError } from '../core/errors.ts';
import type { CatalogContext } from './context.ts';
import type { CatalogTransaction } from './ports.ts';

/** A work that waits for its transaction, and whom to tell. */
interface Waiting {
  readonly work: (tx: CatalogTransaction) => Promise<unknown>;
  readonly items: number;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** So many works in one transaction, or the first would wait long for the last. */
const TOGETHER_MAX = 64;
/** So many items, unless one work has more: while they are put, nobody else is answered. */
const ITEMS_MAX = 250;

/**
 * Writes that come while one is under way share the next transaction: of a thousand small reports
 * a second each costs a part of a commit. The works of one transaction see each other's changes in
 * the order in which they came.
 */
export class GatheredWrites {
  private readonly write: CatalogContext['write'];
  private readonly waiting: Waiting[] = [];
  private isWriting = false;

  constructor(write: CatalogContext['write']) {
    this.write = write;
  }

  /**
   * As `CatalogContext.write`, whose rules `work` keeps. Besides, when it throws a
   * `CanopyError` it has changed nothing before, for the others are committed without it.
   * `items`: how many it puts, about.
   */
  run<T>(work: (tx: CatalogTransaction) => Promise<T>, items = 1): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ work, items, resolve: resolve as Waiting['resolve'], reject });
      if (!this.isWriting) void this.writeWaiting();
    });
  }

  private async writeWaiting(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      await this.writeTogether(this.waiting.splice(0, this.countTogether()));
    }
    this.isWriting = false;
  }

  private countTogether(): number {
    let items = 0;
    for (const [at, one] of this.waiting.slice(0, TOGETHER_MAX).entries()) {
      items += one.items;
      if (items > ITEMS_MAX) return Math.max(1, at);
    }
    return TOGETHER_MAX;
  }

  private async writeTogether(together: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.write(async (tx) => {
        const done: Outcome[] = [];
        for (const { work } of together) done.push(await outcomeOf(work(tx)));
        return done;
      });
      for (const [at, outcome] of outcomes.entries()) {
        if ('error' in outcome) together[at]!.reject(outcome.error);
        else together[at]!.resolve(outcome.value);
      }
    } catch (error) {
      // One that the database refuses must not fail the others.
      if (together.length === 1) together[0]!.reject(error);
      else for (const one of together) await this.writeTogether([one]);
    }
  }
}

/** A refusal is of the one work; anything else is of the transaction. */
async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await work };
  } catch (error) {
    if (isCanopyError(error)) return { error };
    throw error;
  }
}
