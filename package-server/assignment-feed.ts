import type { Guid } from '../core/guid.ts';
import type { LinkEvent } from './link-event.ts';
import type { PackageBook } from './package-book.ts';
import type { PackageKeeper } from './package-keeper.ts';
import type { PackageVerifier } from './package-verifier.ts';
import type { Upstream } from './upstream.ts';

export interface LinkListener {
  /** The SMP has told everything that is assigned; changes follow. */
  onComplete(): void;
  onResendStatus(): void;
}

export interface AssignmentFeedOptions {
  readonly book: PackageBook;
  readonly upstream: Upstream;
  readonly keeper: PackageKeeper;
  readonly verifier: Pick<PackageVerifier, 'verify'>;
  readonly listener: LinkListener;
}

/**
 * Turns the events of one connection into work. Until the list is complete nothing is taken away;
 * then everything that it did not name is unassigned.
 */
export class AssignmentFeed {
  private readonly options: AssignmentFeedOptions;
  /** Named so far on this connection; `undefined` once the list was complete. */
  private named: Set<Guid> | undefined = new Set();

  constructor(options: AssignmentFeedOptions) {
    this.options = options;
  }

  apply(event: LinkEvent): void {
    const { keeper, upstream, verifier, listener } = this.options;
    upstream.setServers(event.probes);
    for (const { crossing, ...assignment } of event.assignments) {
      const { packageId } = assignment;
      this.named?.add(packageId);
      const isOver = upstream.setLease(packageId, crossing);
      keeper.assign(assignment);
      // Somebody else may fetch it across from now on.
      if (isOver) keeper.interrupt(packageId);
    }
    for (const packageId of event.removed) {
      this.named?.delete(packageId);
      upstream.setLease(packageId, undefined);
      keeper.unassign(packageId);
    }
    for (const packageId of event.verify) verifier.verify(packageId);
    if (event.complete && this.named) this.finishList(this.named);
    if (event.resendStatus) listener.onResendStatus();
  }

  private finishList(named: ReadonlySet<Guid>): void {
    const { book, keeper, listener } = this.options;
    for (const { packageId } of book.all()) if (!named.has(packageId)) keeper.unassign(packageId);
    this.named = undefined;
    keeper.attendAll();
    listener.onComplete();
  }
}
