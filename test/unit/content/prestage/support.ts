import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openContentStore, type ContentStore, type Manifest } from '../../../../content/index.ts';
import type { BundleSnapshot } from '../../../../content/index.ts';
import { snapshotStatement } from '../../../../content/statement.ts';
import { systemClock } from '../../../../core/clock.ts';
import { toGuid, type Guid } from '../../../../core/guid.ts';
import type { NodeIdentity } from '../../../../core/identity.ts';
import { systemRandom } from '../../../../core/random.ts';

export const ZIP = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');
export const OFFICE = toGuid('5b1e7a52-6f0c-4a3c-8f6a-0e9a3c5d7b21');

export interface TestPackage {
  readonly snapshot: BundleSnapshot;
  readonly manifest: Manifest;
}

/** Bytes that do not repeat, the same for the same seed. */
export function bytesOf(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}

export function writeTree(folder: string, files: Record<string, Buffer | string>): string {
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  return folder;
}

export function openStore(folder: string): Promise<ContentStore> {
  return openContentStore({ folder, clock: systemClock, random: systemRandom, workers: 2 });
}

/** Builds a package from a folder and signs it as its owner. */
export async function signedPackage(
  store: ContentStore,
  owner: NodeIdentity,
  source: {
    readonly packageId: Guid;
    readonly folder: string;
    readonly internalVersion?: number;
    readonly name?: string;
  },
): Promise<TestPackage> {
  const { packageId, folder, internalVersion = 1_700_000_000, name = 'Zip' } = source;
  const tree = await store.build({ sourceFolder: folder, recheck: 'content' });
  const { rootHash, manifestHash, chunkIndexHash, sizeBytes, manifest } = tree;
  const statement = { packageId, internalVersion, rootHash, ownerNodeId: owner.nodeId };
  const snapshot = {
    ...statement,
    name,
    manifestHash,
    chunkIndexHash,
    sizeBytes,
    ownerPublicKey: owner.publicKey,
    signature: owner.sign(snapshotStatement(statement)),
  };
  return { snapshot, manifest };
}

/** True when the store has every content of the packages, each of them unharmed. */
export async function holdsAll(
  store: ContentStore,
  packages: readonly TestPackage[],
): Promise<boolean> {
  const has = await store.has(packages.flatMap(({ manifest }) => manifest.files));
  const { damaged } = await store.scrub();
  return has.every(Boolean) && damaged.length === 0;
}
