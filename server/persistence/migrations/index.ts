import { CatalogTables } from './catalog-tables.ts';
import { ChangeFeed } from './change-feed.ts';
import { CodebaseView } from './codebase-view.ts';
import { HeldDeletions } from './held-deletions.ts';
import { HierarchyTables } from './hierarchy-tables.ts';
import { Membership } from './membership.ts';
import { NodePlacement } from './node-placement.ts';
import { NodeRaise } from './node-raise.ts';
import { NodeTelling } from './node-telling.ts';
import { OneCallCommit } from './one-call-commit.ts';
import { PackageServerLink } from './package-server-link.ts';
import { ReplicationSchedules } from './replication-schedules.ts';
import { RemoteAccess } from './remote-access.ts';
import { ServerRecords } from './server-records.ts';
import { SilentServers } from './silent-servers.ts';
import { TakingReplication } from './taking-replication.ts';

/** In the order they run. A released migration is never edited, renamed or moved. */
export const MIGRATIONS = [
  { name: '0001-catalog-tables', class: CatalogTables },
  { name: '0002-change-feed', class: ChangeFeed },
  { name: '0003-server-records', class: ServerRecords },
  { name: '0004-codebase-view', class: CodebaseView },
  { name: '0005-package-server-link', class: PackageServerLink },
  { name: '0006-hierarchy-tables', class: HierarchyTables },
  { name: '0007-membership', class: Membership },
  { name: '0008-remote-access', class: RemoteAccess },
  { name: '0009-held-deletions', class: HeldDeletions },
  { name: '0010-replication-schedules', class: ReplicationSchedules },
  { name: '0011-silent-servers', class: SilentServers },
  { name: '0012-one-call-commit', class: OneCallCommit },
  { name: '0013-node-placement', class: NodePlacement },
  { name: '0014-taking-replication', class: TakingReplication },
  { name: '0015-node-telling', class: NodeTelling },
  { name: '0016-node-raise', class: NodeRaise },
];
