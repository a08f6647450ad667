import { ITEM_KINDS, type Change, type ItemTypes, type Scope } from '../../../catalog/items.ts';
import type {
  FeedKind,
  FeedKinds,
  FeedState,
  IssuedPosition,
  StatePage,
} from '../../../catalog/ports.ts';
import { addressOf } from './seen-items.ts';

/** What a commit of this process made of the revisions from `after` to `upTo`, in their order. */
export interface RecentCommit {
  readonly epoch: string;
  readonly after: number;
  readonly upTo: number;
  readonly changes: readonly Change[];
  readonly states: readonly CommittedState[];
}

export interface CommittedState<K extends FeedKind = FeedKind> {
  readonly revision: number;
  readonly kind: K;
  readonly key: string;
  /** `undefined` when it was removed. */
  readonly item: ItemTypes[K] | undefined;
}

const COMMITS_KEPT = 256;
const CHANGES_KEPT = 2_000;

/**
 * The latest commits of this process, so that whoever follows the log or a feed need not ask the
 * database for what was given to it a moment ago. Answers `undefined` when it does not have what
 * comes next, which is so at the end too: another process may have gone on from there.
 */
export class RecentCommits {
  private readonly run: string;
  /** By `after`, in the order in which they came. */
  private readonly commits = new Map<number, RecentCommit>();
  private epoch = '';
  private changeCount = 0;

  /** `run` is this process in the history of the database. */
  constructor(run: string) {
    this.run = run;
  }

  note(commit: RecentCommit): void {
    // A revision that is given a second time is of another history: the database was put back.
    if (commit.epoch !== this.epoch || this.commits.has(commit.after)) this.forget();
    this.epoch = commit.epoch;
    this.commits.set(commit.after, commit);
    this.changeCount += sizeOf(commit);
    for (const oldest of this.commits.values()) {
      if (this.commits.size <= COMMITS_KEPT && this.changeCount <= CHANGES_KEPT) return;
      this.commits.delete(oldest.after);
      this.changeCount -= sizeOf(oldest);
    }
  }

  /** As `ChangeLog.read`; what does not fit into `limit` is left to the database. */
  changesAfter(
    after: number,
    limit: number,
    scope?: Scope,
  ): { changes: Change[]; upTo: number; more: boolean } | undefined {
    const { found, upTo } = this.commitsAfter(after);
    const isWanted = (change: Change): boolean => scope === undefined || change.scope === scope;
    const changes = found.flatMap((commit) => commit.changes.filter(isWanted));
    if (found.length === 0 || changes.length > limit) return undefined;
    return { changes, upTo, more: false };
  }

  /** As `StateFeeds.read` for all packages; what does not fit into `limit` is left to the database. */
  statesAfter<F extends keyof FeedKinds>(
    feed: F,
    after: number | IssuedPosition,
    limit: number,
  ): StatePage<FeedKinds[F]> | undefined {
    if (typeof after !== 'number' && (after.epoch !== this.epoch || after.run !== this.run)) {
      return undefined;
    }
    const start = typeof after === 'number' ? after : after.revision;
    const { found, upTo } = this.commitsAfter(start);
    const latest = new Map<string, FeedState>();
    for (const { revision, kind, key, item } of found.flatMap(({ states }) => states)) {
      if (ITEM_KINDS[kind].feed !== feed) continue;
      const at = addressOf({ kind, key });
      // The last one last: the order is that of their last change.
      latest.delete(at);
      if (item) latest.set(at, { revision, kind, item } as FeedState);
    }
    if (found.length === 0 || latest.size > limit) return undefined;
    const states = [...latest.values()] as FeedState<FeedKinds[F]>[];
    return { states, upTo, more: false, isHeld: true };
  }

  forget(): void {
    this.commits.clear();
    this.changeCount = 0;
  }

  private commitsAfter(start: number): { readonly found: RecentCommit[]; readonly upTo: number } {
    const found: RecentCommit[] = [];
    let upTo = start;
    for (let next = this.commits.get(upTo); next; next = this.commits.get(upTo)) {
      found.push(next);
      upTo = next.upTo;
    }
    return { found, upTo };
  }
}

function sizeOf({ changes, states }: RecentCommit): number {
  return changes.length + states.length;
}
