import type { ContentStore, Manifest } from '../content/index.ts';
import { rootHash } from '../content/index.ts';
import { snapshotStatement } from '../content/statement.ts';
import { CanopyError } from '../core/errors.ts';
import { nodeIdOf, verifyStatement } from '../core/identity.ts';
import type { Assignment, PinnedOwner } from './package-record.ts';
import type { Enrollment } from './state-file.ts';

/**
 * Proves that the owner of the package signed exactly this version. The SMP of this package server
 * may sign for any package; the key of another owner stays the one first seen, unless the SMP
 * takes the package over. Throws `SNAPSHOT_NOT_TRUSTED`.
 */
export function verifyAssignment(
  assignment: Assignment,
  enrollment: Enrollment,
  pinned: PinnedOwner | undefined,
): void {
  const { ownerNodeId, ownerPublicKey, signature } = assignment;
  if (nodeIdOf(ownerPublicKey) !== ownerNodeId) {
    throw notTrusted(assignment, `the key is not that of ${ownerNodeId}`);
  }
  if (!verifyStatement(ownerPublicKey, snapshotStatement(assignment), signature)) {
    throw notTrusted(assignment, `the signature of ${ownerNodeId} does not match`);
  }
  const isOwnSmp = ownerPublicKey === enrollment.smp.publicKey;
  if (!isOwnSmp && pinned && pinned.publicKey !== ownerPublicKey) {
    throw notTrusted(assignment, `${pinned.nodeId} signed the package before`);
  }
}

/**
 * The manifest of a version from the store. Throws `NOT_FOUND` and `CONTENT_DAMAGED` as the store
 * does, `PACKAGE_REFUSED` for paths against the policy, `SNAPSHOT_NOT_TRUSTED` when it is not the
 * tree that was signed.
 */
export async function readSignedManifest(
  store: ContentStore,
  version: Pick<Assignment, 'internalVersion' | 'manifestHash' | 'rootHash'>,
): Promise<Manifest> {
  const manifest = await store.readManifest(version.manifestHash);
  if (rootHash(manifest) === version.rootHash) return manifest;
  throw notTrusted(version, 'its manifest is that of another tree');
}

function notTrusted({ internalVersion }: { internalVersion: number }, why: string): CanopyError {
  return new CanopyError(
    'SNAPSHOT_NOT_TRUSTED',
    `Version ${internalVersion} cannot be trusted: ${why}.`,
    { path: ['snapshot'], hint: 'Run a distribution point update for the package on its owner.' },
  );
}
