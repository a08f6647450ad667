import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { HierarchyInputs } from '../hierarchy-service.ts';
import { readinessOf, type Readiness } from './readiness.ts';

/** How bytes cross the hierarchy, as one principal may see and ask. */
export interface AuthorizedCrossing {
  /** Role VIEWER. */
  readiness(): Readiness;
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
  };
}
