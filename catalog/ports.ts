import type { Guid } from '../core/guid.ts';
import type { Change, ItemKind, ItemTypes, Scope } from './items.ts';

/** Where a feed stands: the life of the database and the number of the last change seen. */
export interface Position {
  readonly epoch: string;
  readonly revision: number;
}

/** A position with the process that issued it, so that one of an undone history is recognised. */
export interface IssuedPosition extends Position {
  readonly run: string;
}

/** Reads and writes inside one transaction. Nothing else may be awaited while one is open. */
export interface CatalogTransaction {
  /** Those that are asked for without waiting in between may come in one question to the store. */
  get<K extends ItemKind>(kind: K, key: string): Promise<ItemTypes[K] | undefined>;
  /** All items of a kind whose keys start with `keyPrefix` (composite keys: `{packageId}/`). */
  list<K extends ItemKind>(kind: K, keyPrefix?: string): Promise<ItemTypes[K][]>;
  /** Inserts or replaces, and records the change. An item equal to the stored one records nothing. */
  put<K extends ItemKind>(kind: K, item: ItemTypes[K]): void;
  /** Deletes if present, and records the tombstone. */
  remove(kind: ItemKind, key: string): void;
}

/**
 * The catalogue's store. `transact` commits everything that `work` put and removed, with its
 * changes, or nothing. Revisions are gapless and in commit order.
 */
export interface CatalogStore {
  /**
   * Runs `work` and commits; answers its result and the revision that holds after the commit
   * (unchanged when nothing was recorded). A unique name, network or key that is taken throws
   * `CanopyError('CONFLICT')`; whatever `work` throws rolls back and comes out as it is.
   */
  transact<T>(
    work: (tx: CatalogTransaction) => Promise<T>,
  ): Promise<{ readonly value: T; readonly position: Position }>;
  /** A consistent read of every item of the log, with the position it holds at; for a read model. */
  readAll(): Promise<{ readonly position: Position; readonly changes: Change[] }>;
  readonly log: ChangeLog;
  readonly states: StateFeeds;
}

/** The committed changes in order. */
export interface ChangeLog {
  /** This process in the history of the database: a random UUID, made when it was opened. */
  readonly run: string;
  position(): Promise<Position>;
  /**
   * Whether the database still has everything up to a position that it issued. False for another
   * epoch, for a revision ahead of the head, and for one of a history that a restore undid.
   */
  holds(position: IssuedPosition): Promise<boolean>;
  /** The oldest revision from which reading can continue without a gap. */
  horizon(): Promise<number>;
  /**
   * Changes with `revision > after`, in order, at most `limit`, filtered by scope when given.
   * `upTo` counts the filtered ones too. `after` below the horizon throws `CURSOR_TOO_OLD`.
   */
  read(
    after: number,
    limit: number,
    scope?: Scope,
  ): Promise<{ readonly changes: Change[]; readonly upTo: number; readonly more: boolean }>;
  /** Drops changes that are both older than `beforeMs` and more than `keep` revisions back. */
  compact(beforeMs: number, keep: number): Promise<{ readonly removed: number }>;
}

/** One current state, with the revision of its last change. */
export type FeedState<K extends FeedKind = FeedKind> = {
  [L in K]: { readonly revision: number; readonly kind: L; readonly item: ItemTypes[L] };
}[K];

/** What goes down the tree and what goes up: who is in a branch, and how far packages are there. */
export interface FeedKinds {
  DOWN: 'treeItem';
  NODES: 'nodeSummary';
  PROGRESS: 'progress';
}
export type FeedKind = FeedKinds[keyof FeedKinds];

/**
 * Current states in the order of their last change. A reader that was away for any time gets each
 * state once, as it is now; there is no history to run out of.
 */
export interface StateFeeds {
  /**
   * States with `revision > after`, at most `limit`. `packageIds` leaves out states of other packages.
   * `after` as a position that the database does not hold answers no states; see `ChangeLog.holds`.
   */
  read<F extends keyof FeedKinds>(
    feed: F,
    after: number | IssuedPosition,
    options: { readonly limit: number; readonly packageIds?: readonly Guid[] | undefined },
  ): Promise<StatePage<FeedKinds[F]>>;
}

export interface StatePage<K extends FeedKind = FeedKind> {
  readonly states: readonly FeedState<K>[];
  /** The head's revision, or with `more` that of the last state. */
  readonly upTo: number;
  readonly more: boolean;
  /** False for a position that the database does not hold. */
  readonly isHeld: boolean;
}

/** Wakes whoever waits for commits: carries a dirty flag only, so a lost or doubled wake-up is harmless. */
export interface Wakeups {
  notify(): void;
  /** How often it was notified so far: whoever finds it as it was has missed nothing. */
  readonly count: number;
  /** Calls `wake` at the next `notify`, and not again. The answer takes it back. */
  once(wake: () => void): () => void;
}
