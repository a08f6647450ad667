import type { CatalogContext } from '../../catalog/context.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { issueTicket, type DownloadTicket } from '../../content/download-ticket.ts';
import { CanopyError } from '../../core/errors.ts';
import { bracedGuid, type Guid } from '../../core/guid.ts';
import { isCovered, receivingChild } from './offer-book.ts';
import { offerFor } from './offer-for.ts';

/**
 * A ticket for the child that asks. Throws `FORBIDDEN` when packages do not go to it, and
 * `NOT_FOUND` for a version that it is not offered.
 */
export function ticketFor(
  { model, identity, clock }: CatalogContext,
  asking: Child,
  { packageId, internalVersion }: { readonly packageId: Guid; readonly internalVersion: number },
): DownloadTicket {
  const child = receivingChild(model, asking.id);
  if (!child) {
    throw new CanopyError('FORBIDDEN', `No packages go to the SMP "${asking.name}".`, {
      hint: 'Join it, switch replication on for it, and join it with packages, not metadata only.',
    });
  }
  const offer = isCovered(child, packageId) ? offerFor(model, packageId) : undefined;
  if (offer?.internalVersion !== internalVersion) {
    throw new CanopyError(
      'NOT_FOUND',
      `Version ${internalVersion} of ${bracedGuid(packageId)} is not offered to this child.`,
    );
  }
  const { nodeId: childNodeId } = child;
  return issueTicket(identity, { packageId, internalVersion, childNodeId, nowMs: clock.nowMs() });
}
