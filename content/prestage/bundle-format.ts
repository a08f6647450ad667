import { canonicalJson, type Json } from '../../core/canonical-json.ts';
import { CanopyError, type Problem } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import { nodeIdOf, verifyStatement, type NodeIdentity } from '../../core/identity.ts';
import type { Manifest, ManifestFile } from '../manifest.ts';
import { snapshotStatement } from '../statement.ts';
import { SHA256_HEX } from '../tree.ts';

/** A snapshot as a bundle carries it: everything that proves its bytes to a stranger. */
export interface BundleSnapshot {
  readonly packageId: Guid;
  /** The package's name when the bundle was made; for people. */
  readonly name: string;
  readonly internalVersion: number;
  readonly rootHash: string;
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
  readonly sizeBytes: number;
  readonly ownerNodeId: string;
  /** SPKI DER, base64; `ownerNodeId` follows from it. */
  readonly ownerPublicKey: string;
  /** The owner's signature over `snapshotStatement`, base64. */
  readonly signature: string;
}

/** The first member of a bundle, `canopy-bundle.json`. */
export interface BundleIndex {
  readonly format: 1;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly maker: { readonly nodeId: string; readonly publicKey: string };
  /** One per package, by package GUID. */
  readonly snapshots: readonly BundleSnapshot[];
}

/** One content of a bundle and a file of a package that has it, for messages. */
export interface BundleContent {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly example: string;
}

/**
 * A bundle is a plain tar of these members in this order: the index, `blobs/<sha256>` for the
 * manifests and then the chunk indexes of the snapshots, `objects/<sha256>` for each content once,
 * in the order of the manifests, and the maker's signature. What the index names settles all that follows.
 */
export const MEMBER = {
  index: 'canopy-bundle.json',
  blob: (sha256: string) => `blobs/${sha256}`,
  object: (sha256: string) => `objects/${sha256}`,
  signature: 'signature',
} as const;

/** The index as bytes: canonical JSON, UTF-8. */
export function encodeBundleIndex(index: BundleIndex): Buffer {
  const { format, madeAt, maker, snapshots } = index;
  return Buffer.from(
    canonicalJson({
      format,
      madeAt,
      maker: { nodeId: maker.nodeId, publicKey: maker.publicKey },
      snapshots: snapshots.map(plainSnapshot),
    }),
  );
}

/** Exactly the fields of the format, whatever else the given object has. */
export function plainSnapshot(snapshot: BundleSnapshot): BundleSnapshot & { [key: string]: Json } {
  const { packageId, name, internalVersion, rootHash, manifestHash, chunkIndexHash } = snapshot;
  const { sizeBytes, ownerNodeId, ownerPublicKey, signature } = snapshot;
  return {
    packageId,
    name,
    internalVersion,
    rootHash,
    manifestHash,
    chunkIndexHash,
    sizeBytes,
    ownerNodeId,
    ownerPublicKey,
    signature,
  };
}

/** Reads an index, trusting nothing in it. Throws `MALFORMED_REQUEST` that names the field. */
export function parseBundleIndex(bytes: Buffer): BundleIndex {
  const value = parseJson(bytes.toString('utf8'));
  if (!isObject(value)) throw malformed('it is not a JSON object');
  if (value['format'] !== 1) {
    throw malformed(`its format is ${JSON.stringify(value['format'])} and not 1`);
  }
  const { madeAt, maker, snapshots } = value;
  if (typeof madeAt !== 'string' || Number.isNaN(Date.parse(madeAt))) {
    throw malformed('"madeAt" is not a time');
  }
  if (!isObject(maker) || typeof maker['publicKey'] !== 'string') {
    throw malformed('"maker" is missing');
  }
  const publicKey = maker['publicKey'];
  const nodeId = nodeIdOf(publicKey);
  if (maker['nodeId'] !== nodeId) {
    throw malformed('"maker.nodeId" does not follow from "maker.publicKey"');
  }
  if (!Array.isArray(snapshots)) throw malformed('"snapshots" is not a list');
  const index: BundleIndex = {
    format: 1,
    madeAt,
    maker: { nodeId, publicKey },
    snapshots: snapshots.map((snapshot, at) => parseSnapshot(snapshot, `snapshots[${at}]`)),
  };
  refuseDisorder(index.snapshots);
  if (!encodeBundleIndex(index).equals(bytes)) throw malformed('it is not in canonical form');
  return index;
}

/** Throws `MALFORMED_REQUEST` naming the field unless `value` is a snapshot of this format. */
export function parseSnapshot(value: unknown, where: string): BundleSnapshot {
  if (!isObject(value)) throw malformed(`${where} is not an object`);
  const text = (field: string): string => {
    const found = value[field];
    if (typeof found !== 'string') throw malformed(`${where}.${field} is not a text`);
    return found;
  };
  const hash = (field: string): string => {
    const found = text(field);
    if (!SHA256_HEX.test(found)) throw malformed(`${where}.${field} is not a SHA-256`);
    return found;
  };
  const count = (field: string, least: number): number => {
    const found = value[field];
    const isCount = Number.isSafeInteger(found) && (found as number) >= least;
    if (!isCount) throw malformed(`${where}.${field} is not a number of ${least} or more`);
    return found as number;
  };
  const packageId = parseGuid(text('packageId'));
  if (packageId === undefined || packageId !== value['packageId']) {
    throw malformed(`${where}.packageId is not a GUID in lower case without braces`);
  }
  return {
    packageId,
    name: text('name'),
    internalVersion: count('internalVersion', 1),
    rootHash: hash('rootHash'),
    manifestHash: hash('manifestHash'),
    chunkIndexHash: hash('chunkIndexHash'),
    sizeBytes: count('sizeBytes', 0),
    ownerNodeId: text('ownerNodeId'),
    ownerPublicKey: text('ownerPublicKey'),
    signature: text('signature'),
  };
}

/**
 * Why a snapshot proves nothing: its owner's key or signature is not what it should be. With
 * `trusted` node ids also: nobody here trusts that owner.
 */
export function ownerProblem(
  snapshot: BundleSnapshot,
  trusted?: ReadonlySet<string>,
): Problem | undefined {
  const { packageId, name, ownerNodeId, ownerPublicKey, signature } = snapshot;
  const refuse = (message: string, hint: string): Problem => ({
    code: 'SNAPSHOT_NOT_TRUSTED',
    message: `The package ${JSON.stringify(name)} ${message}`,
    path: [packageId],
    hint,
  });
  const isSigned =
    nodeIdOf(ownerPublicKey) === ownerNodeId &&
    verifyStatement(ownerPublicKey, snapshotStatement(snapshot), signature);
  if (!isSigned) {
    const hint = 'Make the bundle again on a server whose packages are sound.';
    return refuse(`is not signed by its owner ${ownerNodeId}.`, hint);
  }
  if (trusted && !trusted.has(ownerNodeId)) {
    const hint = `If canopy status shows this node id at your SMP: --trust ${ownerNodeId}`;
    return refuse(`belongs to ${ownerNodeId}, which is not trusted here.`, hint);
  }
  return undefined;
}

/** The blobs of a bundle in their order: all manifests, then all chunk indexes. */
export function blobsOf(snapshots: readonly BundleSnapshot[]): string[] {
  const manifests = snapshots.map(({ manifestHash }) => manifestHash);
  const chunkIndexes = snapshots.map(({ chunkIndexHash }) => chunkIndexHash);
  return [...new Set([...manifests, ...chunkIndexes])];
}

/** The contents of a bundle in their order, each once. */
export function contentsOf(manifests: Iterable<Manifest>): BundleContent[] {
  const contents = new Map<string, BundleContent>();
  for (const { files } of manifests) {
    for (const { sha256, sizeBytes, path } of files) {
      if (!contents.has(sha256)) contents.set(sha256, { sha256, sizeBytes, example: path });
    }
  }
  return [...contents.values()];
}

/** One line of the list that the maker signs. */
export function memberLine(name: string, sizeBytes: number, sha256: string): string {
  return `${sha256} ${sizeBytes} ${name}\n`;
}

/** What the maker signs: how many members there are, and the digest of their list. */
export function bundleStatement(maker: string, members: number, membersHash: string): Json {
  return { kind: 'bundle', format: 1, maker, members, membersHash };
}

/** The member `signature`: base64 and a line feed. */
export function encodeSignature(identity: NodeIdentity, statement: Json): Buffer {
  return Buffer.from(`${identity.sign(statement)}\n`);
}

export function isSignatureOf(publicKey: string, statement: Json, member: Buffer): boolean {
  const signature = member.toString('latin1').replace(/\n$/, '');
  // Base64 has several spellings of some bytes; only the one that is written is accepted.
  const canonical = `${Buffer.from(signature, 'base64').toString('base64')}\n`;
  return (
    canonical === member.toString('latin1') && verifyStatement(publicKey, statement, signature)
  );
}

/** A file's content, of which two manifests may not tell different sizes. */
export function sizeClash(manifests: Iterable<Manifest>): ManifestFile | undefined {
  const sizes = new Map<string, number>();
  for (const { files } of manifests) {
    for (const file of files) {
      if ((sizes.get(file.sha256) ?? file.sizeBytes) !== file.sizeBytes) return file;
      sizes.set(file.sha256, file.sizeBytes);
    }
  }
  return undefined;
}

function refuseDisorder(snapshots: readonly BundleSnapshot[]): void {
  snapshots.forEach(({ packageId }, at) => {
    if (at > 0 && packageId <= snapshots[at - 1]!.packageId) {
      throw malformed(`snapshots[${at}] is not in the order of package GUIDs, one per package`);
    }
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(reason: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The bundle cannot be read: ${reason}.`, {
    path: [MEMBER.index],
    hint: 'Copy it again from where it was made, or make it again: canopy prestage export.',
  });
}
