import type { CatalogContext } from '../../catalog/context.ts';
import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import { CanopyError } from '../../core/errors.ts';
import type { ParentDoor } from '../link/parent-door.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { OfferEvent } from './offer-events.ts';
import { OfferIntake } from './offer-intake.ts';

type TicketDoor = Pick<ParentDoor, 'ticket'>;

/** The part of a link to the parent that is about bytes. */
export interface CrossingLink {
  /** Takes one event over; events in their order, each when the one before is done. */
  take(event: OfferEvent): Promise<void>;
  /** The link ended. What was offered stays: the parent's package servers serve on. */
  close(): void;
}

/** How packages come from the parent to this SMP: its offers, and the leases of package servers. */
export class ParentCrossing {
  readonly leases: LeaseKeeper;
  private readonly context: CatalogContext;
  private door: TicketDoor | undefined;

  constructor(context: CatalogContext, links: PackageServerLinks) {
    this.context = context;
    this.leases = new LeaseKeeper({
      ...context,
      links,
      ticket: async (packageId, internalVersion) => {
        if (this.door) return await this.door.ticket(packageId, internalVersion);
        throw new CanopyError('NOT_READY', 'The link to the parent is not open.');
      },
    });
  }

  /** A link to the parent is open. */
  connected(door: TicketDoor): CrossingLink {
    const { context } = this;
    const intake = new OfferIntake(context);
    this.door = door;
    return {
      take: async (event) => {
        if (event.kind === 'OFFERS') return await intake.take(event);
        context.model.crossings.upstreamServers = event.servers;
      },
      close: () => {
        if (this.door === door) this.door = undefined;
      },
    };
  }

  /** Gives leases until `signal` aborts, and forgets a parent that is none any more. */
  async run(signal: AbortSignal): Promise<void> {
    const { model } = this.context;
    let parentNodeId = model.tree.parent?.nodeId;
    const unwatch = model.watch((change) => {
      if (change && change.kind !== 'parent') return;
      const now = model.tree.parent?.nodeId;
      if (now !== parentNodeId) model.crossings.upstreamServers = undefined;
      parentNodeId = now;
    });
    try {
      await this.leases.run(signal);
    } finally {
      unwatch();
    }
  }
}
