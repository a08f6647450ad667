import { isCanopyError } from '../../core/errors.ts';
import { readBlob } from '../blob-store.ts';
import type { Manifest } from '../manifest.ts';
import type { TreeLimits } from '../path-policy.ts';
import type { StorePaths } from '../store-paths.ts';
import { parseManifest } from '../tree.ts';
import { WorkerPool } from '../worker-pool.ts';
import { contentsOf, type BundleContent, type BundleSnapshot } from './bundle-format.ts';
import { walkBundle, type WalkOptions } from './walk-bundle.ts';

/** The parts of a snapshot that tell its contents. */
export type WantedSnapshot = Pick<
  BundleSnapshot,
  'packageId' | 'internalVersion' | 'rootHash' | 'manifestHash' | 'sizeBytes'
>;

/** What a store or bundle lacks of one snapshot. */
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

/** Which contents a holder has, and the manifests that it knows. */
interface Holder {
  has(contents: readonly BundleContent[]): Promise<readonly boolean[]>;
  manifestOf(snapshot: WantedSnapshot): Promise<Manifest | undefined>;
}

/**
 * What a store lacks of these snapshots. Contents count as present by their size. The store is only
 * looked at, so the process that owns it may run.
 */
export async function missingFromStore<S extends WantedSnapshot>(
  { paths }: { readonly paths: StorePaths },
  snapshots: readonly S[],
): Promise<MissingContents<S>> {
  const pool = new WorkerPool(1);
  const holder: Holder = {
    has: (contents) => pool.run('findObjects', { storeFolder: paths.root, contents }),
    manifestOf: ({ manifestHash }) => manifestIn(paths, manifestHash),
  };
  try {
    return await missingFrom(holder, snapshots);
  } finally {
    await pool.close();
  }
}

/**
 * What a bundle lacks of these snapshots. Contents are not read, for which there is `verifyBundle`;
 * everything else of the bundle is verified. `manifests` is a store that knows more manifests.
 */
export async function missingFromBundle<S extends WantedSnapshot>(
  file: string,
  snapshots: readonly S[],
  options: Omit<WalkOptions, 'skipContents'> & {
    readonly manifests?: { readonly paths: StorePaths } | undefined;
  } = {},
): Promise<MissingContents<S>> {
  const visitor = { onDamage: (): void => undefined };
  const bundle = await walkBundle(file, visitor, { ...options, skipContents: true });
  const held = new Set(bundle.contents.map(({ sha256 }) => sha256));
  const known = new Map(bundle.snapshots.map((one) => [one.snapshot.manifestHash, one.manifest]));
  const holder: Holder = {
    has: async (contents) => contents.map(({ sha256 }) => held.has(sha256)),
    manifestOf: async ({ manifestHash }) =>
      known.get(manifestHash) ??
      (options.manifests && (await manifestIn(options.manifests.paths, manifestHash))),
  };
  return missingFrom(holder, snapshots);
}

async function missingFrom<S extends WantedSnapshot>(
  holder: Holder,
  snapshots: readonly S[],
): Promise<MissingContents<S>> {
  const missing: MissingContent<S>[] = [];
  const counted = new Set<string>();
  let missingBytes = 0;
  for (const snapshot of snapshots) {
    const manifest = await holder.manifestOf(snapshot);
    if (!manifest) {
      missingBytes += snapshot.sizeBytes;
      const { sizeBytes } = snapshot;
      missing.push({ snapshot, missingBytes: sizeBytes, missingFiles: [], isExact: false });
      continue;
    }
    const contents = contentsOf([manifest]);
    const present = await holder.has(contents);
    const lacking = contents.filter((_, at) => !present[at]);
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

/** A manifest that is missing or damaged is unknown. */
async function manifestIn(paths: StorePaths, sha256: string, limits?: TreeLimits) {
  try {
    return parseManifest(await readBlob(paths, sha256), limits);
  } catch (error) {
    if (isCanopyError(error)) return undefined;
    throw error;
  }
}
