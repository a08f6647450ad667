import { Bell } from '../../catalog/bell.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import type { ContentStore } from '../../content/index.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import { fetchManifests } from './fetch-manifests.ts';
import type { ChildLinkEvent, SentItem } from './link-protocol.ts';
import type { ParentDoor } from './parent-door.ts';
import type { Arrivals, CompareCause, Replica } from './parent-ports.ts';

type FeedEvent = Extract<ChildLinkEvent, { readonly kind: 'PAGE' | 'COMPARE' }>;
type Step =
  | Extract<FeedEvent, { readonly kind: 'PAGE' }>
  | {
      readonly kind: 'COMPARE';
      readonly reason: CompareCause;
      /** Absent when the parent asked. */
      readonly done?: PromiseWithResolvers<void>;
    };

export interface PageTakerOptions {
  readonly clock: Clock;
  readonly parent: Parent;
  readonly door: ParentDoor;
  readonly replica: Replica;
  readonly content: Pick<
    ContentStore,
    'readBlob' | 'writeBlob' | 'readManifest' | 'readChunkIndex'
  >;
  readonly model: ReadModel;
}

/** A single change is acknowledged when those whom it reached have told it on. */
const ACKNOWLEDGE_AFTER_MS = 50;
/** So many pages are acknowledged at once; the parent never waits for it. */
const PAGES_UNACKNOWLEDGED = 2;

/** What the parent does not know to be stored here. */
interface Unacknowledged {
  readonly pages: number;
  readonly dueMs: number;
}

/**
 * Takes over what the parent sends, one page after the other: first the blobs, then the items with
 * the cursor, then the acknowledgement, which may stand for several pages. While replication is off,
 * pages wait; the parent sends only as many as it may without an acknowledgement.
 */
export class PageTaker {
  private readonly options: PageTakerOptions;
  private readonly queue: Step[] = [];
  private readonly bell = new Bell();
  private stored: string;
  private unacknowledged: Unacknowledged | undefined;
  private due:
    { readonly cause: CompareCause; readonly done: PromiseWithResolvers<void> } | undefined;
  private readonly followers: PromiseWithResolvers<void>[] = [];

  constructor(options: PageTakerOptions, storedCursor: string) {
    this.options = options;
    this.stored = storedCursor;
  }

  /** Of the last page that is stored. */
  get cursor(): string {
    return this.stored;
  }
  /** Pages that came and are not stored. */
  get waiting(): number {
    return this.queue.length;
  }

  take(event: FeedEvent): void {
    this.queue.push(event);
    this.bell.ring();
  }

  /**
   * Compares everything as the next thing, without being asked by the parent. Resolves when that is
   * done; rejects with `NOT_READY` when the connection ends first.
   */
  compare(cause: CompareCause): Promise<void> {
    const done = this.due?.done ?? waiter();
    this.due = { cause, done };
    this.bell.ring();
    return done.promise;
  }

  /** Resolves when nothing waits here; rejects as {@link compare}. */
  catchUp(): Promise<void> {
    const done = waiter();
    this.followers.push(done);
    this.bell.ring();
    return done.promise;
  }

  /** Until the signal aborts; throws what stops the link. */
  async run(signal: AbortSignal): Promise<void> {
    const { model } = this.options;
    const unwatch = model.watch((change) => {
      if (!change || change.kind === 'parent') this.bell.ring();
    });
    try {
      while (!signal.aborted) {
        const next = this.isOn ? this.next() : undefined;
        if (!next) {
          if (this.queue.length === 0) this.settle((one) => one.resolve());
          await this.idle(signal);
          continue;
        }
        this.stored = await this.store(next, signal);
        this.queue.shift();
        await this.noteStored(next);
        if (next.kind === 'COMPARE') next.done?.resolve();
      }
    } finally {
      unwatch();
      const ended = new CanopyError('NOT_READY', 'The link to the parent ended.');
      this.due?.done.reject(ended);
      for (const one of this.queue) if (one.kind === 'COMPARE') one.done?.reject(ended);
      this.settle((one) => one.reject(ended));
    }
  }

  private async noteStored(step: Step): Promise<void> {
    const { clock } = this.options;
    const pages = (this.unacknowledged?.pages ?? 0) + 1;
    this.unacknowledged = { pages, dueMs: clock.monotonicMs() + ACKNOWLEDGE_AFTER_MS };
    const isLast = step.kind === 'PAGE' && !step.page.more;
    if (!isLast || pages >= PAGES_UNACKNOWLEDGED) await this.acknowledge();
  }

  private async acknowledge(): Promise<void> {
    this.unacknowledged = undefined;
    await this.options.door.acknowledge(this.stored);
  }

  /** Until something comes, or what was stored is to be acknowledged. */
  private async idle(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    if (!this.unacknowledged) return this.bell.wait(signal);
    const leftMs = this.unacknowledged.dueMs - clock.monotonicMs();
    if (leftMs > 0) await this.bell.waitAtMost(clock, leftMs, signal);
    else await this.acknowledge();
  }

  private get isOn(): boolean {
    return this.options.model.tree.parent?.replicationEnabled ?? false;
  }

  private next(): Step | undefined {
    if (this.due) {
      // The parent is asked after it sent what waits here: the comparison covers it.
      const { cause: reason, done } = this.due;
      this.queue.splice(0, Infinity, { kind: 'COMPARE', reason, done });
      this.due = undefined;
    }
    return this.queue[0];
  }

  private async store(event: Step, signal: AbortSignal): Promise<string> {
    const { parent, replica, door } = this.options;
    if (event.kind === 'PAGE') {
      const { items, cursor } = event.page;
      const arrived = await this.fetch(items, signal);
      const outcome = await replica.apply(parent, { ...arrived, cursor });
      if (outcome === 'COMPARE') void this.compare('TOLD_OLDER');
      return cursor;
    }
    return replica.compare(parent, event.reason, {
      digests: (question) => door.digests(question),
      items: async (keys) => this.fetch(await door.items(keys), signal),
      offerNewer: (items) => door.offerNewer(items),
      signal,
    });
  }

  private settle(end: (one: PromiseWithResolvers<void>) => void): void {
    for (const one of this.followers.splice(0)) end(one);
  }

  private fetch(items: readonly SentItem[], signal: AbortSignal): Promise<Arrivals> {
    return fetchManifests(this.options.content, this.options.door, items, signal);
  }
}

/** Whoever waits may have gone by the time the connection ends. */
function waiter(): PromiseWithResolvers<void> {
  const made = Promise.withResolvers<void>();
  made.promise.catch(() => undefined);
  return made;
}
