import type { CatalogContext } from '../../catalog/context.ts';
import type { Wakeups } from '../../catalog/ports.ts';
import { CanopyError } from '../../core/errors.ts';
import type { CrossingLink } from '../crossing/parent-crossing.ts';
import type { ChildLinkEvent } from './link-protocol.ts';
import { PageTaker, type PageTakerOptions } from './page-taker.ts';
import { ParentOperations } from './parent-operations.ts';
import type { ParentPorts } from './parent-ports.ts';
import { reportUp } from './up-reporter.ts';

export interface ParentConversationOptions extends Pick<
  PageTakerOptions,
  'parent' | 'door' | 'content'
> {
  readonly context: CatalogContext;
  readonly wakeups: Wakeups;
  readonly cursorKey: Uint8Array;
  readonly ports: ParentPorts;
  /** Ends the connection with this reason. */
  fail(error: unknown): void;
}

/** Why a connection is the last one: the parent removed this node, or this node left it. */
export type Farewell =
  { readonly kind: 'REMOVED'; readonly keepsItems: boolean } | { readonly kind: 'LEFT' };

/** What goes on over one connection to the parent. */
export class ParentConversation {
  private readonly options: ParentConversationOptions;
  private readonly pages: PageTaker;
  private readonly operations: ParentOperations;
  private readonly crossing: CrossingLink;
  /** As the parent said it last. */
  enabledByParent: boolean | undefined;
  private hasStanding = false;
  private lastHeardMs: number;

  constructor(options: ParentConversationOptions, storedCursor: string) {
    const { context, ports, door, fail } = options;
    const { model, clock, logger } = context;
    this.options = options;
    this.pages = new PageTaker({ ...options, clock, model, replica: ports.replica }, storedCursor);
    this.crossing = ports.crossing(door);
    this.operations = new ParentOperations({
      door,
      clock,
      logger,
      execute: (operation, signal) => ports.execute(operation, signal),
      onFailure: fail,
    });
    this.lastHeardMs = clock.monotonicMs();
  }

  get cursor(): string {
    return this.pages.cursor;
  }
  get waitingPages(): number {
    return this.pages.waiting;
  }
  /** When the parent was last heard; or since when it is listened to. */
  get heardMs(): number {
    return this.lastHeardMs;
  }

  /**
   * Takes one event. Never waits for pages: they are taken over by a worker of their own, so that
   * heartbeats and operations pass them. Answers what ends the membership.
   */
  async take(
    event: ChildLinkEvent,
    signal: AbortSignal,
    workers: Promise<void>[],
  ): Promise<Farewell | undefined> {
    this.lastHeardMs = this.options.context.clock.monotonicMs();
    if (event.kind === 'REMOVED') {
      return { kind: 'REMOVED', keepsItems: event.keepsItems };
    }
    if (!this.hasStanding && event.kind !== 'STANDING') {
      throw new CanopyError('MALFORMED_REQUEST', `The parent began with ${event.kind}.`);
    }
    switch (event.kind) {
      case 'STANDING':
        return this.standing(event, signal, workers);
      case 'PAGE':
      case 'COMPARE':
        this.pages.take(event);
        return undefined;
      case 'OFFERS':
      case 'SERVERS':
        await this.crossing.take(event);
        return undefined;
      case 'OPERATION':
        this.operations.start(event.operation, signal);
        return undefined;
      case 'CANCEL':
        this.operations.cancel(event.operationId);
        return undefined;
      case 'HEARTBEAT':
        this.options.door.acknowledge('').catch((error: unknown) => this.options.fail(error));
        return undefined;
    }
  }

  /** Resolves when everything was compared; rejects with `NOT_READY` when the connection ends first. */
  compare(): Promise<void> {
    return this.pages.compare('REQUESTED');
  }

  /** Resolves when everything that came is stored; rejects as {@link compare}. */
  catchUp(): Promise<void> {
    return this.pages.catchUp();
  }

  /** The connection has ended. */
  close(): void {
    this.crossing.close();
  }

  private async standing(
    { standing, upCursor, raises }: Extract<ChildLinkEvent, { readonly kind: 'STANDING' }>,
    signal: AbortSignal,
    workers: Promise<void>[],
  ): Promise<Farewell | undefined> {
    const { parent, ports, fail } = this.options;
    const outcome = await ports.confirmParent(parent, standing);
    if (outcome === 'LEFT') return { kind: 'LEFT' };
    await ports.raise(raises);
    this.enabledByParent = standing.replicationEnabled;
    if (outcome === 'MOVED') void this.pages.compare('LINEAGE_CHANGED');
    if (this.hasStanding) return undefined;
    this.hasStanding = true;
    const work = [this.pages.run(signal), reportUp(this.options, upCursor, signal)];
    workers.push(...work.map((one) => one.catch(fail)));
    return undefined;
  }
}
