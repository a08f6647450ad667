import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { DownloadTicket } from '../../content/download-ticket.ts';
import type { Guid } from '../../core/guid.ts';
import type { HierarchyInputs } from '../hierarchy-service.ts';
import { ticketFor } from './crossing-ticket.ts';
import { readinessOf, type Readiness } from './readiness.ts';

/** How bytes cross the hierarchy, as one principal may see and ask. */
export interface AuthorizedCrossing {
  /** Role VIEWER. */
  readiness(): Readiness;
  /** For the child that asks; see `ticketFor`. */
  ticket(packageId: Guid, internalVersion: number): DownloadTicket;
}

export function crossingFor(
  { context, links }: HierarchyInputs,
  current: () => Principal | undefined,
): AuthorizedCrossing {
  return {
    readiness() {
      requireRole(current(), 'VIEWER');
      return readinessOf(context.model, links, context.clock.nowMs());
    },
    ticket: (packageId, internalVersion) =>
      ticketFor(context, current(), { packageId, internalVersion }),
  };
}
