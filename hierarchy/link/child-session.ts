import type { LinkSession } from '../../catalog/link-sessions.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import type { DownNews } from './down-watch.ts';
import type { CompareReason } from './link-protocol.ts';
import { OperationQueue } from './operation-queue.ts';

/** Pages that a child may have and not have acknowledged; a stalled child costs no more. */
export const PAGES_IN_FLIGHT = 4;

/** Why and when a child was told to compare everything. */
export interface Comparison {
  readonly reason: CompareReason;
  readonly atMs: number;
}

/** One open link of a child, as the parent keeps it. */
export class ChildSession {
  readonly link: LinkSession;
  readonly operations: OperationQueue;
  private readonly clock: Clock;
  /** Cursors of the pages sent and not acknowledged, oldest first. */
  private readonly inFlight: string[] = [];
  private heardMs: number;
  private position: string;
  private acknowledged: { readonly cursor: string; readonly atMs: number | undefined };
  private waitsForComparison = false;
  private comparison: Comparison | undefined;
  /** Who asked for a comparison that the child was not told of yet. */
  private requested: Waiters = [];
  /** Who waits for the one that the child makes. */
  private comparers: Waiters = [];
  private followers: Waiters = [];
  private drained = false;
  private news: DownNews | undefined;
  private isLooking = false;

  constructor(link: LinkSession, clock: Clock, cursor: string) {
    this.link = link;
    this.clock = clock;
    this.operations = new OperationQueue(clock, () => link.bell.ring());
    this.position = cursor;
    this.acknowledged = { cursor, atMs: undefined };
    this.heardMs = clock.monotonicMs();
  }

  /** Where to read on, when a page may be sent now. */
  get readFrom(): string | undefined {
    if (this.waitsForComparison || this.drained) return undefined;
    return this.inFlight.length < PAGES_IN_FLIGHT ? this.position : undefined;
  }

  get acknowledgedCursor(): string {
    return this.acknowledged.cursor;
  }
  get acknowledgedAtMs(): number | undefined {
    return this.acknowledged.atMs;
  }
  get lastComparison(): Comparison | undefined {
    return this.comparison;
  }
  /** The child has everything that there was at the last look. */
  get isCaughtUp(): boolean {
    const isWaiting = this.isLooking || this.waitsForComparison;
    return this.drained && this.inFlight.length === 0 && !isWaiting;
  }
  get silenceMs(): number {
    return this.clock.monotonicMs() - this.heardMs;
  }

  /** Something may be behind the position. Without `news` it is looked for there. */
  wake(news?: DownNews): void {
    // Whoever asked for a look gets one: the news may be older than the question.
    if (this.drained || this.news) this.news = news;
    this.drained = false;
    this.link.bell.ring();
  }

  heard(): void {
    this.heardMs = this.clock.monotonicMs();
  }

  /** A look behind the position begins, with the news; what wakes from now on makes another one. */
  looking(): DownNews | undefined {
    const { news } = this;
    this.news = undefined;
    this.drained = true;
    this.isLooking = true;
    return news;
  }

  /** What was found is sent. */
  looked(): void {
    this.isLooking = false;
    this.tellFollowers();
  }

  sent(cursor: string, more: boolean): void {
    this.position = cursor;
    this.inFlight.push(cursor);
    if (more) this.drained = false;
  }

  /** Nothing more is sent until the child has acknowledged the cursor of a comparison. */
  comparing(reason: CompareReason): void {
    this.waitsForComparison = true;
    this.comparison = { reason, atMs: this.clock.nowMs() };
  }

  /** Resolves when the child has compared; rejects with `NOT_READY` when the link ends first. */
  requestComparison(): Promise<void> {
    this.link.bell.ring();
    return waiting(this.requested);
  }

  takeComparisonRequest(): boolean {
    if (this.requested.length === 0) return false;
    this.comparers.push(...this.requested.splice(0));
    return true;
  }

  /** Resolves when the child has everything that there is now; rejects as {@link requestComparison}. */
  catchUp(): Promise<void> {
    this.wake();
    return waiting(this.followers);
  }

  /** The link has ended. */
  end(reason: string): void {
    const error = new CanopyError('NOT_READY', `The link ended: ${reason}`);
    for (const waiters of [this.requested, this.comparers, this.followers]) {
      for (const { reject } of waiters.splice(0)) reject(error);
    }
  }

  /**
   * A cursor that is not of a page in flight is that of a comparison: reading goes on from it. It
   * stands for the pages before it too.
   */
  acknowledge(cursor: string): void {
    if (cursor === this.acknowledged.cursor && !this.waitsForComparison) return;
    const index = this.inFlight.indexOf(cursor);
    this.acknowledged = { cursor, atMs: this.clock.nowMs() };
    if (index >= 0) {
      this.inFlight.splice(0, index + 1);
    } else {
      this.inFlight.length = 0;
      this.position = cursor;
      this.waitsForComparison = false;
      this.drained = false;
      for (const { resolve } of this.comparers.splice(0)) resolve();
    }
    this.tellFollowers();
    this.link.bell.ring();
  }

  private tellFollowers(): void {
    if (!this.isCaughtUp) return;
    for (const { resolve } of this.followers.splice(0)) resolve();
  }
}

type Waiters = PromiseWithResolvers<void>[];

function waiting(waiters: Waiters): Promise<void> {
  const waiter = Promise.withResolvers<void>();
  // Whoever asked may have gone by the time the link ends.
  waiter.promise.catch(() => undefined);
  waiters.push(waiter);
  return waiter.promise;
}
