import type { Principal } from '../catalog/authority.ts';
import type { CatalogContext } from '../catalog/context.ts';
import type { Wakeups } from '../catalog/ports.ts';
import { membershipFor } from './membership/membership-service.ts';
import type { MembershipInputs } from './membership/relations.ts';

/** What the use cases of the tree are given. */
export interface HierarchyInputs {
  readonly context: CatalogContext;
  readonly wakeups: Wakeups;
  readonly membership: MembershipInputs;
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
  return { membership: membershipFor(inputs.membership, current) };
}
