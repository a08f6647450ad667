import { IsolationLevel, type MikroORM } from '@mikro-orm/postgresql';
import { ITEM_KINDS, type Change, type ItemKind } from '../../../catalog/items.ts';
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
import { BufferedTransaction } from './catalog-transaction.ts';
import { beginRun, lockHead, readPosition, SqlChangeLog } from './change-log.ts';
import { commitItems, type Committed } from './commit-items.ts';
import { readItemsByPrefix, type Sql } from './item-rows.ts';
import { KnownItems } from './known-items.ts';
import { RecentCommits } from './recent-commits.ts';
import type { SeenItemsSources } from './seen-items.ts';
import { SqlStateFeeds } from './state-feeds.ts';
import { storedKinds, type StoredKinds } from './stored-kind.ts';

/** After the one that goes by what is known. */
const ATTEMPTS = 10;
/** Of these, the first ones let other writers run beside. */
const SHARED_ATTEMPTS = 3;

export interface SqlCatalogStoreOptions {
  readonly orm: MikroORM;
  readonly clock: Clock;
  readonly random: Random;
  readonly wakeups: Wakeups;
}

/**
 * The catalogue in PostgreSQL. What `work` reads costs one statement a turn of the event loop, and
 * what it writes one call in the end, with no transaction open in between. That call writes nothing
 * when an item that `work` got was changed by another meanwhile; the whole `work` runs again on the
 * new state then, so no update is lost; `work` must therefore have no effects of its own. Whoever
 * meets others again and again runs with the others shut out. Lists are not guarded so.
 *
 * At first `work` gets what this process knows already. Only such a commit proves that it still was
 * so: when `work` ends in any other way, by an error or without a write, it runs again on what is read.
 */
export class SqlCatalogStore implements CatalogStore {
  readonly log: ChangeLog;
  readonly states: StateFeeds;
  private readonly options: SqlCatalogStoreOptions;
  private readonly db: Sql;
  private readonly kinds: StoredKinds;
  private readonly recent: RecentCommits;
  private readonly known = new KnownItems();

  private constructor(options: SqlCatalogStoreOptions, run: string) {
    const db = options.orm.em.getKysely<unknown>();
    this.options = options;
    this.db = db;
    this.kinds = storedKinds(options.orm.getMetadata());
    this.recent = new RecentCommits(run);
    this.log = new SqlChangeLog(db, run, this.recent);
    this.states = new SqlStateFeeds(db, this.kinds, this.recent);
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
    for (let attempt = 0; ; attempt += 1) {
      try {
        const shared = { db: this.db, trusts: attempt === 0 };
        const done = await (attempt > SHARED_ATTEMPTS
          ? this.alone(work)
          : this.attempt(work, shared));
        if (!done) throw new SeenChanged();
        this.noteCommit(done.commit);
        return { value: done.value, position: done.position };
      } catch (error) {
        const again = error instanceof SeenChanged || isRetryable(error);
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

  private noteCommit(commit: Committed | undefined): void {
    if (!commit) return;
    this.known.note(commit.written);
    // Bookkeeping is followed by nobody.
    if (commit.upTo === commit.after) return;
    this.recent.note(commit);
    this.options.wakeups.notify();
  }

  /** With no other writer until it has ended. */
  private alone<T>(work: Work<T>): Promise<Done<T> | undefined> {
    return this.options.orm.em.fork().transactional(async (inner) => {
      const db = inner.getKysely<unknown>();
      await lockHead(db);
      return this.attempt(work, { db, trusts: false });
    });
  }

  /** `undefined` when another changed what `work` went by, or may have. */
  private async attempt<T>(
    work: Work<T>,
    { db, trusts }: Pick<SeenItemsSources, 'db' | 'trusts'>,
  ): Promise<Done<T> | undefined> {
    const { kinds, known } = this;
    const tx = new BufferedTransaction({ db, kinds, known, trusts });
    let value: T;
    try {
      value = await work(tx);
    } catch (error) {
      if (tx.hasTrusted) return undefined;
      throw error;
    }
    const outcome = await tx.outcome();
    if (!outcome) return tx.hasTrusted ? undefined : { value, position: await readPosition(db) };
    const atMs = this.options.clock.nowMs();
    const commit = await commitItems(db, { ...outcome, kinds, atMs, run: this.log.run });
    if (!commit) {
      known.forget(outcome.seen);
      return undefined;
    }
    const { epoch, upTo: revision } = commit;
    return { value, position: { epoch, revision }, commit };
  }
}

type Work<T> = (tx: CatalogTransaction) => Promise<T>;

interface Done<T> {
  readonly value: T;
  readonly position: Position;
  /** Absent when nothing was written. */
  readonly commit?: Committed;
}

/** An item changed between `work`'s look at it and the write. */
class SeenChanged extends Error {}

function tooContended(cause: unknown): CanopyError {
  return new CanopyError('BUSY', `the transaction met others ${ATTEMPTS} times`, { cause });
}
