import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { nodeIdOf, verifyStatement } from '../core/identity.ts';
import type { Manifest, ManifestFile } from '../content/manifest.ts';
import { snapshotStatement } from '../content/statement.ts';
import { rootHash, sortManifest } from '../content/tree.ts';
import { parseSnapshotXml, type SnapshotFile } from '../legacy/snapshot-reader.ts';
import type { SnapshotAnswer, SnapshotProof } from './smp-client.ts';
import type { Owner, TrustedOwners } from './trusted-owners.ts';

export interface VerifyOptions {
  readonly packageId: Guid;
  /** What the server that was asked is called in the pins. */
  readonly server: string;
  readonly trustedOwners: TrustedOwners;
  /** Take snapshots of servers that do not sign. A signature that is there must still be right. */
  readonly allowUnsigned: boolean;
}

export interface VerifiedSnapshot {
  readonly internalVersion: number;
  readonly manifest: Manifest;
  /** `undefined` when it was taken unsigned. */
  readonly owner: Owner | undefined;
}

/**
 * Reads a snapshot and proves it: the root hash is computed from its files, the signature covers
 * root hash, version and package, the key belongs to the owner's node id and is the one that was
 * pinned for the package. The caller pins `owner` when it accepts the snapshot.
 *
 * Throws `MALFORMED_REQUEST` for an unreadable document and `SNAPSHOT_NOT_TRUSTED`, with the cure,
 * for anything that is not proven.
 */
export async function verifySnapshot(
  answer: SnapshotAnswer,
  options: VerifyOptions,
): Promise<VerifiedSnapshot> {
  const document = parseSnapshotXml(answer.xml);
  const manifest = sortManifest({
    files: document.files.map(hashedFile),
    emptyFolders: document.emptyFolders,
  });
  const { internalVersion } = document;
  if (!answer.proof) {
    await refuseUnsigned(options);
    return { internalVersion, manifest, owner: undefined };
  }
  const owner = await ownerOf(answer.proof, options);
  const statement = snapshotStatement({
    packageId: options.packageId,
    internalVersion,
    rootHash: rootHash(manifest),
    ownerNodeId: owner.nodeId,
  });
  if (!verifyStatement(owner.publicKey, statement, answer.proof.signature)) {
    throw notVerified(
      'The signature of the snapshot does not match its files, version and package.',
      'Someone between the owner and here altered it, or it is damaged; run a distribution ' +
        'point update for the package.',
    );
  }
  return { internalVersion, manifest, owner };
}

function hashedFile(file: SnapshotFile): ManifestFile {
  if (file.sha256 === undefined) {
    throw notVerified(
      `The snapshot has no hash for ${file.path}, so its bytes cannot be verified.`,
      'Servers before 7.5 write such snapshots; get the package from a newer one.',
    );
  }
  return { ...file, sha256: file.sha256, modifiedAtMs: file.modifiedAtMs ?? 0 };
}

/** Taking one unsigned once a key is pinned would let anyone strip the signature. */
async function refuseUnsigned(options: VerifyOptions): Promise<void> {
  const pinned = await options.trustedOwners.ownerOf(options.server, options.packageId);
  if (pinned) {
    throw notVerified(
      `The snapshot is not signed; before, ${pinned.nodeId} signed this package.`,
      removePinHint(options),
    );
  }
  if (!options.allowUnsigned) {
    throw notVerified(
      'The snapshot is not signed.',
      'Use --allow-unsigned for servers that do not sign.',
    );
  }
}

async function ownerOf(proof: SnapshotProof, options: VerifyOptions): Promise<Owner> {
  const { server, trustedOwners, packageId } = options;
  const nodeId = proof.ownerNodeId;
  const publicKey = proof.publicKey ?? (await trustedOwners.keyOf(server, nodeId));
  if (publicKey === undefined) {
    throw notVerified(
      `The server does not send the key of the package's owner ${nodeId}.`,
      'Ask again when it has learnt the key, or have the owner update the package.',
    );
  }
  if (nodeIdOf(publicKey) !== nodeId) {
    throw notVerified(
      `The key that the server sends is not that of ${nodeId}.`,
      'Ask the administrator of the server; do not use the package.',
    );
  }
  const pinned = await trustedOwners.ownerOf(server, packageId);
  if (pinned && pinned.publicKey !== publicKey) {
    throw notVerified(
      `The package is signed by ${nodeId}; before, it was by ${pinned.nodeId}.`,
      removePinHint(options),
    );
  }
  return { nodeId, publicKey };
}

function removePinHint(options: VerifyOptions): string {
  return (
    'If the change is right (a server left its hierarchy, or was set up anew), remove ' +
    `${options.packageId} under "${options.server}" from trusted-owners.json.`
  );
}

function notVerified(message: string, hint: string): CanopyError {
  return new CanopyError('SNAPSHOT_NOT_TRUSTED', message, { path: ['snapshot'], hint });
}
