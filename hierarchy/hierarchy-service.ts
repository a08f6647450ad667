import type { Principal } from '../catalog/authority.ts';
import type { CatalogContext } from '../catalog/context.ts';
import type { EnrollmentTokenStore } from '../catalog/enrollment.ts';
import type { PackageServerLinks } from '../catalog/package-server-links.ts';
import type { Wakeups } from '../catalog/ports.ts';
import { crossingFor } from './crossing/crossing-service.ts';

/** What the use cases of the tree are given. */
export interface HierarchyInputs {
  readonly context: CatalogContext;
  readonly wakeups: Wakeups;
  readonly links: PackageServerLinks;
  readonly enrollmentTokens: EnrollmentTokenStore;
  /** Secret, and the same for as long as the node key is. */
  readonly cursorKey: Uint8Array;
}

/**
 * The tree as one principal sees it, part by part. As with the catalogue, roles are checked here at
 * each call and nowhere else; children may use their link and nothing else.
 */
export type AuthorizedHierarchy = ReturnType<typeof hierarchyFor>;

/** `current` answers who asks, at every use. */
export function hierarchyFor(inputs: HierarchyInputs, current: () => Principal | undefined) {
  return {
    crossing: crossingFor(inputs, current),
  };
}
