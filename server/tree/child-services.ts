import type { CatalogContext } from '../../catalog/context.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { ticketFor } from '../../hierarchy/crossing/crossing-ticket.ts';
import { OfferBook } from '../../hierarchy/crossing/offer-book.ts';
import { upstreamServers } from '../../hierarchy/crossing/offer-for.ts';
import { takeUpPage } from '../../hierarchy/convergence/take-up-page.ts';
import type { PresenceKeeper } from '../../hierarchy/convergence/presence-keeper.ts';
import type { ChildServices, OfferSource } from '../../hierarchy/link/child-services.ts';
import type { ChildSessions } from '../../hierarchy/link/child-sessions.ts';
import { confirmChild } from '../../hierarchy/membership/confirm.ts';
import { forgetChild } from '../../hierarchy/membership/leave.ts';
import type { MembershipInputs } from '../../hierarchy/membership/relations.ts';
import type { TreeSource } from '../../hierarchy/replication/tree-source.ts';

export interface ChildServicesParts {
  readonly context: CatalogContext;
  readonly membership: MembershipInputs;
  readonly source: TreeSource;
  readonly sessions: Pick<ChildSessions, 'isOpen' | 'restart'>;
  readonly presence: Pick<PresenceKeeper, 'look'>;
}

/** What this server does for its children, part by part. */
export function childServicesOf({
  context,
  membership,
  source,
  sessions,
  presence,
}: ChildServicesParts): ChildServices {
  return {
    confirm: (child, { name, url }) => confirmChild(membership, child.id, { name, url }),
    readPage: (child, cursor, news) => source.readPage(child, cursor, news),
    acknowledge: (child, cursor) => source.acknowledge(child, cursor),
    digests: (child, question) => source.digests(child, question),
    items: (child, keys) => source.items(child, keys),
    offerNewer: (child, items) => source.offerNewer(child, items),
    openOffers: (child, ring) => openOffers(context, child, ring),
    servers: () => upstreamServers(context.model),
    async report(child, page) {
      const { refused, beginsAnew } = await takeUpPage(context, child, page);
      if (beginsAnew) sessions.restart(child, 'an SMP there is known in another place.');
      // Its last words may be stored after its link ended.
      if (!sessions.isOpen(child.id)) presence.look(child.id);
      if (refused === 0) return;
      context.logger.warn({ childId: child.id, refused }, `${child.name} spoke for others.`);
    },
    ticket: async (child, packageId, internalVersion) =>
      ticketFor(context, child, { packageId, internalVersion }),
    leave: (child) => forgetChild(membership, child),
    told: (child) => forgetChild(membership, child),
  };
}

function openOffers({ model }: CatalogContext, { id }: Child, ring: () => void): OfferSource {
  const book = new OfferBook(model, id);
  const unwatch = model.watch((change) => {
    if (book.note(change)) ring();
  });
  return {
    take: () => {
      const changes = book.take();
      return changes && { kind: 'OFFERS', ...changes };
    },
    close: unwatch,
  };
}
