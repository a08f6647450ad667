import type { Principal } from '../catalog/authority.ts';
import type { CatalogContext } from '../catalog/context.ts';
import type { EnrollmentTokenStore } from '../catalog/enrollment.ts';
import type { Wakeups } from '../catalog/ports.ts';
import type { ChildServices } from './link/child-services.ts';
import type { ChildSessions } from './link/child-sessions.ts';
import type { ParentLinkState } from './link/parent-link.ts';
import { linkFor } from './link/link-service.ts';

/** What the use cases of the tree are given. */
export interface HierarchyInputs {
  readonly context: CatalogContext;
  readonly wakeups: Wakeups;
  readonly enrollmentTokens: EnrollmentTokenStore;
  /** Secret, and the same for as long as the node key is. */
  readonly cursorKey: Uint8Array;
  readonly childSessions: ChildSessions;
  /** `undefined`: this server takes no children. */
  readonly childServices: ChildServices | undefined;
  /** This node's own link upwards; absent: it follows no parent. */
  readonly parentLink: { readonly state: ParentLinkState | undefined } | undefined;
  /** The time by which signatures are judged. */
  readonly serverTimeMs: () => number;
}

/**
 * The tree as one principal sees it, part by part. As with the catalogue, roles are checked here at
 * each call and nowhere else; children may use their link and nothing else.
 */
export type AuthorizedHierarchy = ReturnType<typeof hierarchyFor>;

/** `current` answers who asks, at every use. */
export function hierarchyFor(inputs: HierarchyInputs, current: () => Principal | undefined) {
  const { childSessions: sessions, childServices: services } = inputs;
  return { link: linkFor({ ...inputs, sessions, services }, current) };
}
