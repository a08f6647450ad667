import type { LinkSession } from '../../catalog/link-sessions.ts';
import type { Clock } from '../../core/clock.ts';
import { OperationQueue } from './operation-queue.ts';

/** Pages that a child may have and not have acknowledged; a stalled child costs no more. */
export const PAGES_IN_FLIGHT = 4;

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
  private comparisonRequested = false;
  private drained = false;

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
  /** The child has everything that there was at the last look. */
  get isCaughtUp(): boolean {
    return this.drained && this.inFlight.length === 0 && !this.waitsForComparison;
  }
  get silenceMs(): number {
    return this.clock.monotonicMs() - this.heardMs;
  }

  /** Something may be behind the position. */
  wake(): void {
    this.drained = false;
    this.link.bell.ring();
  }

  heard(): void {
    this.heardMs = this.clock.monotonicMs();
  }

  /** A look behind the position begins; what wakes from now on makes another one. */
  looking(): void {
    this.drained = true;
  }

  sent(cursor: string, more: boolean): void {
    this.position = cursor;
    this.inFlight.push(cursor);
    if (more) this.drained = false;
  }

  /** Nothing more is sent until the child has acknowledged the cursor of a comparison. */
  comparing(): void {
    this.waitsForComparison = true;
  }

  requestComparison(): void {
    this.comparisonRequested = true;
    this.link.bell.ring();
  }

  takeComparisonRequest(): boolean {
    const requested = this.comparisonRequested;
    this.comparisonRequested = false;
    return requested;
  }

  /** A cursor that is not of a page in flight is that of a comparison: reading goes on from it. */
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
    }
    this.link.bell.ring();
  }
}
