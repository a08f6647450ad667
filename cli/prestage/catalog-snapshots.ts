import { toGuid, type Guid } from '../../core/guid.ts';
import { nodeIdOf } from '../../core/identity.ts';
import { runSql } from '../connection/run-sql.ts';
import type { Session } from '../session.ts';
import type { BundleSnapshot } from './load-content.ts';

/** The current snapshot of a package, and which package servers get it. */
export interface CatalogSnapshot extends BundleSnapshot {
  /** Enabled, of a source that was read: package servers are given it. */
  readonly isAssignable: boolean;
  readonly assignmentMode: string;
  readonly packageServerIds: readonly Guid[];
  readonly siteIds: readonly Guid[];
}

const PAGE_ROWS = 1_000;

/**
 * The current snapshots of an SMP, of the one whose data directory it is or of the session's. Those
 * of an owner whose key this SMP does not have are left out and said.
 */
export async function readCatalogSnapshots(
  session: Session,
  dataDir?: string,
): Promise<CatalogSnapshot[]> {
  const found: CatalogSnapshot[] = [];
  const strangers: string[] = [];
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows } = await runSql(session, statement(after), { dataDir, maxRows: PAGE_ROWS });
    for (const row of rows) {
      const snapshot = snapshotOf(row as readonly string[]);
      if (nodeIdOf(snapshot.ownerPublicKey) === snapshot.ownerNodeId) found.push(snapshot);
      else strangers.push(snapshot.name);
      after = snapshot.packageId;
    }
    if (rows.length < PAGE_ROWS) break;
  }
  if (strangers.length > 0) {
    session.note(`Left out, for their owner's key is not here: ${strangers.join(', ')}`);
  }
  return found;
}

/** Everything as text: the same from a server and from a database. */
function statement(after: string): string {
  return `
    select p.id::text, p.name, n.internal_version::text, n.root_hash, n.manifest_hash,
      n.chunk_index_hash, n.size_bytes::text, n.owner_node_id, m.public_key, n.signature,
      (p.enabled and (p.origin <> 'LOCAL' or p.source_state <> 'UNVERIFIED'))::text,
      p.assignment_mode, p.package_server_ids::text, p.site_ids::text
    from package p cross join smp m
    join snapshot n on n.package_id = p.id and n.internal_version = p.internal_version
    where p.id > '${toGuid(after)}' order by p.id limit ${PAGE_ROWS}`;
}

function snapshotOf(row: readonly string[]): CatalogSnapshot {
  const [packageId, name, internalVersion, rootHash, manifestHash, chunkIndexHash] = row;
  const [sizeBytes, ownerNodeId, ownerPublicKey, signature] = row.slice(6);
  const [isAssignable, assignmentMode, packageServerIds, siteIds] = row.slice(10);
  return {
    packageId: toGuid(packageId!),
    name: name!,
    internalVersion: Number(internalVersion),
    rootHash: rootHash!,
    manifestHash: manifestHash!,
    chunkIndexHash: chunkIndexHash!,
    sizeBytes: Number(sizeBytes),
    ownerNodeId: ownerNodeId!,
    ownerPublicKey: ownerPublicKey!,
    signature: signature!,
    isAssignable: isAssignable === 'true',
    assignmentMode: assignmentMode!,
    packageServerIds: JSON.parse(packageServerIds!) as Guid[],
    siteIds: JSON.parse(siteIds!) as Guid[],
  };
}
