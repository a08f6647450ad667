import type { Principal } from '../catalog/authority.ts';
import type { CatalogContext } from '../catalog/context.ts';
import type { Wakeups } from '../catalog/ports.ts';
import type { Jobs } from '../catalog/jobs.ts';
import type { CatalogQueries } from '../catalog/queries.ts';
import { convergenceFor } from './convergence/convergence-service.ts';
import type { ChildServices } from './link/child-services.ts';
import type { ChildSessions } from './link/child-sessions.ts';
import type { ParentLinkState } from './link/parent-link.ts';
import { linkFor } from './link/link-service.ts';
import { membershipFor } from './membership/membership-service.ts';
import { operationsFor } from './operations/operations-service.ts';
import type { MembershipInputs } from './membership/relations.ts';
import type { ChildOperations, RunLocally } from './remote/remote-ports.ts';
import type { KnownSummaries } from './remote/known-summaries.ts';
import { remoteFor } from './remote/remote-service.ts';
import type { PackageServerLinks } from '../catalog/package-server-links.ts';
import { crossingFor } from './crossing/crossing-service.ts';

/** What the use cases of the tree are given. */
export interface HierarchyInputs {
  readonly context: CatalogContext;
  readonly queries: CatalogQueries;
  readonly wakeups: Wakeups;
  readonly membership: MembershipInputs;
  readonly links: PackageServerLinks;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  /** Secret, and the same for as long as the node key is. */
  readonly cursorKey: Uint8Array;
  readonly childSessions: ChildSessions;
  /** `undefined`: this server takes no children. */
  readonly childServices: ChildServices | undefined;
  /** This node's own link upwards; absent: it follows no parent. */
  readonly parentLink: { readonly state: ParentLinkState | undefined } | undefined;
  /** The time by which signatures are judged. */
  readonly serverTimeMs: () => number;
  readonly summaries: Pick<KnownSummaries, 'read'>;
  readonly children: ChildOperations;
  readonly runLocally: RunLocally;
}

/**
 * The tree as one principal sees it, part by part. As with the catalogue, roles are checked here at
 * each call and nowhere else; children may use their link and nothing else.
 */
export type AuthorizedHierarchy = ReturnType<typeof hierarchyFor>;

/** `current` answers who asks, at every use. */
export function hierarchyFor(inputs: HierarchyInputs, current: () => Principal | undefined) {
  const { childSessions: sessions, childServices: services } = inputs;
  return {
    convergence: convergenceFor(inputs, current),
    link: linkFor({ ...inputs, sessions, services }, current),
    operations: operationsFor(inputs, current),
    membership: membershipFor(inputs.membership, current),
    remote: remoteFor(inputs, current),
    crossing: crossingFor(inputs, current),
  };
}
