import { isCanopyError } from '../../core/errors.ts';
import { readBlob } from '../blob-store.ts';
import type { Manifest } from '../manifest.ts';
import type { TreeLimits } from '../path-policy.ts';
import type { StorePaths } from '../store-paths.ts';
import { parseManifest, sha256Hex } from '../tree.ts';
import { WorkerPool } from '../worker-pool.ts';
import { contentsOf, type BundleContent, type BundleSnapshot } from './bundle-format.ts';
import { walkBundle } from './walk-bundle.ts';

/** The parts of a snapshot that tell its contents. */
export type WantedSnapshot = Pick<
  BundleSnapshot,
  'packageId' | 'internalVersion' | 'rootHash' | 'manifestHash' | 'sizeBytes'
>;

/** What has still to be fetched of one snapshot. */
export interface MissingContent<S extends WantedSnapshot = WantedSnapshot> {
  readonly snapshot: S;
  /** Of its own contents, each once; the whole size while its manifest is unknown. */
  readonly missingBytes: number;
  readonly missingFiles: readonly string[];
  /** False while the manifest is unknown: then fewer bytes may be missing. */
  readonly isExact: boolean;
}

export interface MissingContents<S extends WantedSnapshot = WantedSnapshot> {
  readonly snapshots: readonly MissingContent<S>[];
  /** Of all snapshots together; a content that several lack counts once. */
  readonly missingBytes: number;
}

export interface FindMissingOptions {
  /** What is in this store is not missing. It is only looked at: its owner may run. */
  readonly store?: { readonly paths: StorePaths } | undefined;
  /** What is in this bundle file is not missing either. */
  readonly bundle?: string | undefined;
  /** Gets the bytes of a manifest that neither has; they are verified. `undefined`: not there. */
  readonly fetchManifest?: ((sha256: string) => Promise<Buffer | undefined>) | undefined;
  readonly limits?: TreeLimits | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Which contents a holder has, and the manifests that it knows. */
interface Holder {
  has(contents: readonly BundleContent[]): Promise<readonly boolean[]>;
  manifestOf(snapshot: WantedSnapshot): Promise<Manifest | undefined>;
}

/**
 * What has still to be fetched of these snapshots. Contents count as present by their size in the
 * store and by their name in the bundle, of which everything else is verified (`verifyBundle` reads
 * the contents too). Throws what `walkBundle` throws.
 */
export async function findMissing<S extends WantedSnapshot>(
  snapshots: readonly S[],
  options: FindMissingOptions = {},
): Promise<MissingContents<S>> {
  const holders: Holder[] = [];
  const pool = new WorkerPool(1);
  try {
    if (options.store) holders.push(storeHolder(options.store.paths, pool, options.limits));
    if (options.bundle !== undefined) holders.push(await bundleHolder(options.bundle, options));
    if (options.fetchManifest)
      holders.push(distantManifests(options.fetchManifest, options.limits));
    return await countMissing(holders, snapshots);
  } finally {
    await pool.close();
  }
}

function storeHolder(paths: StorePaths, pool: WorkerPool, limits: TreeLimits | undefined): Holder {
  return {
    has: (contents) => pool.run('findObjects', { storeFolder: paths.root, contents }),
    manifestOf: ({ manifestHash }) =>
      unlessUnusable(async () => parseManifest(await readBlob(paths, manifestHash), limits)),
  };
}

/** Knows manifests and has no contents. */
function distantManifests(
  fetchManifest: (sha256: string) => Promise<Buffer | undefined>,
  limits: TreeLimits | undefined,
): Holder {
  return {
    has: async (contents) => contents.map(() => false),
    manifestOf: async ({ manifestHash }) => {
      const bytes = await fetchManifest(manifestHash);
      if (!bytes || sha256Hex(bytes) !== manifestHash) return undefined;
      return unlessUnusable(async () => parseManifest(bytes, limits));
    },
  };
}

/** A manifest that is missing, damaged or refused is unknown. */
async function unlessUnusable(read: () => Promise<Manifest>): Promise<Manifest | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isCanopyError(error)) return undefined;
    throw error;
  }
}

async function bundleHolder(file: string, options: FindMissingOptions): Promise<Holder> {
  const { limits, signal } = options;
  const visitor = { onDamage: (): void => undefined };
  const bundle = await walkBundle(file, visitor, { limits, signal, skipContents: true });
  const held = new Set(bundle.contents.map(({ sha256 }) => sha256));
  const known = new Map(bundle.snapshots.map((one) => [one.snapshot.manifestHash, one.manifest]));
  return {
    has: async (contents) => contents.map(({ sha256 }) => held.has(sha256)),
    manifestOf: async ({ manifestHash }) => known.get(manifestHash),
  };
}

async function countMissing<S extends WantedSnapshot>(
  holders: readonly Holder[],
  snapshots: readonly S[],
): Promise<MissingContents<S>> {
  const missing: MissingContent<S>[] = [];
  const counted = new Set<string>();
  let missingBytes = 0;
  for (const snapshot of snapshots) {
    const manifest = await firstManifest(holders, snapshot);
    if (!manifest) {
      missingBytes += snapshot.sizeBytes;
      const { sizeBytes } = snapshot;
      missing.push({ snapshot, missingBytes: sizeBytes, missingFiles: [], isExact: false });
      continue;
    }
    const contents = contentsOf([manifest]);
    const present = await Promise.all(holders.map((holder) => holder.has(contents)));
    const lacking = contents.filter((_, at) => !present.some((one) => one[at]));
    const hashes = new Set(lacking.map(({ sha256 }) => sha256));
    for (const { sha256, sizeBytes } of lacking) {
      if (!counted.has(sha256)) missingBytes += sizeBytes;
      counted.add(sha256);
    }
    missing.push({
      snapshot,
      missingBytes: lacking.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      missingFiles: manifest.files
        .filter(({ sha256 }) => hashes.has(sha256))
        .map(({ path }) => path),
      isExact: true,
    });
  }
  return { snapshots: missing, missingBytes };
}

async function firstManifest(
  holders: readonly Holder[],
  snapshot: WantedSnapshot,
): Promise<Manifest | undefined> {
  for (const holder of holders) {
    const manifest = await holder.manifestOf(snapshot);
    if (manifest) return manifest;
  }
  return undefined;
}
