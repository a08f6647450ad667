import { IsolationLevel, type MikroORM } from '@mikro-orm/postgresql';
import { ITEM_KINDS, type Change, type Item, type ItemKind } from '../../../catalog/items.ts';
import type {
  CatalogStore,
  CatalogTransaction,
  ChangeLog,
  Position,
  StateFeeds,
  Wakeups,
} from '../../../catalog/ports.ts';
import type { Clock } from '../../../core/clock.ts';
import { CanopyError } from '../../../core/errors.ts';
import type { Random } from '../../../core/random.ts';
import { explainConflict, isRetryable } from '../sql-errors.ts';
import { BufferedTransaction, spelling, type PendingChange } from './catalog-transaction.ts';
import { appendChanges, beginRun, readPosition, SqlChangeLog } from './change-log.ts';
import { deleteItems, readItems, readItemsByPrefix, writeItems, type Sql } from './item-rows.ts';
import { SqlStateFeeds } from './state-feeds.ts';
import { storedKinds, type StoredKinds } from './stored-kind.ts';

const ATTEMPTS = 10;

export interface SqlCatalogStoreOptions {
  readonly orm: MikroORM;
  readonly clock: Clock;
  readonly random: Random;
  readonly wakeups: Wakeups;
}

/**
 * The catalogue in PostgreSQL. Writes are buffered while `work` runs and go to the database set by
 * set, one statement for each kind whether it is one item or ten thousand. An item that `work` got
 * and another transaction changed meanwhile makes the whole `work` run again on the new state, this
 * time with locks on what it gets, so no update is lost; `work` must therefore have no effects of
 * its own. Lists are not guarded so.
 */
export class SqlCatalogStore implements CatalogStore {
  readonly log: ChangeLog;
  readonly states: StateFeeds;
  private readonly options: SqlCatalogStoreOptions;
  private readonly kinds: StoredKinds;

  private constructor(options: SqlCatalogStoreOptions, run: string) {
    const db = options.orm.em.getKysely<unknown>();
    this.options = options;
    this.kinds = storedKinds(options.orm.getMetadata());
    this.log = new SqlChangeLog(db, run);
    this.states = new SqlStateFeeds(db, this.kinds);
  }

  /** Opens the store and notes in its history that this process begins. */
  static async open(options: SqlCatalogStoreOptions): Promise<SqlCatalogStore> {
    const run = options.random.guid();
    await beginRun(options.orm.em.getKysely<unknown>(), run);
    return new SqlCatalogStore(options, run);
  }

  async transact<T>(
    work: (tx: CatalogTransaction) => Promise<T>,
  ): Promise<{ value: T; position: Position }> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(work, attempt > 1);
      } catch (error) {
        const again = error instanceof ReadChanged || isRetryable(error);
        if (!again) throw explainConflict(error);
        if (attempt === ATTEMPTS) throw tooContended(error);
      }
    }
  }

  readAll(): Promise<{ position: Position; changes: Change[] }> {
    const em = this.options.orm.em.fork();
    return em.transactional(
      async (inner) => {
        const db = inner.getKysely<unknown>();
        const position = await readPosition(db);
        const changes: Change[] = [];
        for (const kind of Object.keys(ITEM_KINDS) as ItemKind[]) {
          const { scope, feed } = ITEM_KINDS[kind];
          if (feed !== 'LOG') continue;
          const atMs = this.options.clock.nowMs();
          for (const [key, item] of await readItemsByPrefix(db, this.kinds[kind], '')) {
            changes.push({ revision: position.revision, scope, kind, key, item, atMs } as Change);
          }
        }
        return { position, changes };
      },
      { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
    );
  }

  private async attempt<T>(
    work: (tx: CatalogTransaction) => Promise<T>,
    lockReads: boolean,
  ): Promise<{ value: T; position: Position }> {
    const em = this.options.orm.em.fork();
    let recorded = false;
    const outcome = await em.transactional(async (inner) => {
      const db = inner.getKysely<unknown>();
      const tx = new BufferedTransaction(db, this.kinds, lockReads);
      const value = await work(tx);
      const changes = await this.write(db, tx);
      recorded = changes.some(({ kind }) => ITEM_KINDS[kind].feed !== 'NONE');
      const position = recorded
        ? await appendChanges(db, changes, { kinds: this.kinds, atMs: this.options.clock.nowMs() })
        : await readPosition(db);
      return { value, position };
    });
    if (recorded) this.options.wakeups.notify();
    return outcome;
  }

  /** Writes what differs from the stored state, and answers it. */
  private async write(db: Sql, tx: BufferedTransaction): Promise<PendingChange[]> {
    const pending = tx.changes();
    if (pending.length === 0) return [];
    const stored = new Map<ItemKind, Map<string, Item>>();
    for (const kind of tx.touchedKinds()) {
      stored.set(kind, await this.lockAndCompare(db, tx, kind));
    }
    const changes = pending.filter(
      ({ kind, key, item }) => spelling(item) !== spelling(stored.get(kind)!.get(key)),
    );
    for (const kind of new Set(changes.map((change) => change.kind))) {
      const ofKind = changes.filter((change) => change.kind === kind);
      const removed = ofKind.filter(({ item }) => item === undefined).map(({ key }) => key);
      await deleteItems(db, this.kinds[kind], removed);
      const written = ofKind.flatMap(({ item }) => (item === undefined ? [] : [item]));
      await writeItems(db, this.kinds[kind], written);
    }
    return changes;
  }

  private async lockAndCompare(
    db: Sql,
    tx: BufferedTransaction,
    kind: ItemKind,
  ): Promise<Map<string, Item>> {
    const reads = tx.readsOf(kind);
    const written = tx.changes().filter((change) => change.kind === kind);
    const keys = [...new Set([...reads.keys(), ...written.map(({ key }) => key)])];
    const items = await readItems(db, this.kinds[kind], { keys, lock: true });
    for (const [key, seen] of reads) {
      if (spelling(items.get(key)) !== seen) throw new ReadChanged(`${kind} ${key}`);
    }
    return items;
  }
}

function tooContended(cause: unknown): CanopyError {
  return new CanopyError('BUSY', `the transaction met others ${ATTEMPTS} times`, { cause });
}

/** An item changed between `work`'s look at it and the write. */
class ReadChanged extends Error {}
