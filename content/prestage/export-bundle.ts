import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { CanopyError, refuseProblems } from '../../core/errors.ts';
import type { NodeIdentity } from '../../core/identity.ts';
import { makeFolder, syncFolder } from '../atomic-file.ts';
import { readBlob } from '../blob-store.ts';
import type { Manifest } from '../manifest.ts';
import type { TreeLimits } from '../path-policy.ts';
import type { StorePaths } from '../store-paths.ts';
import { parseManifest, rootHash } from '../tree.ts';
import {
  blobsOf,
  contentsOf,
  encodeBundleIndex,
  MEMBER,
  ownerProblem,
  type BundleSnapshot,
} from './bundle-format.ts';
import { countContents, type BundleRunOptions } from './bundle-progress.ts';
import { refuseWithoutSpace, type FreeBytes } from './free-space.ts';
import { BundleWriter } from './bundle-writer.ts';

export interface ExportRequest extends BundleRunOptions {
  /** One version per package. */
  readonly snapshots: readonly BundleSnapshot[];
  /** Replaced when it exists; whole or not at all. */
  readonly file: string;
  /** The maker, who signs the bundle. */
  readonly identity: NodeIdentity;
  readonly clock: Clock;
  readonly limits?: TreeLimits | undefined;
  readonly freeBytes?: FreeBytes | undefined;
}

export interface ExportedBundle {
  readonly file: string;
  readonly sizeBytes: number;
  readonly packages: number;
  readonly objects: number;
}

/**
 * Writes a bundle of these snapshots from a store, which is only read; the process that owns the
 * store may run meanwhile. Until it is complete the file is called `{file}.partial`. Throws
 * `SNAPSHOT_NOT_TRUSTED` for a snapshot without its owner's signature, `NOT_FOUND` or
 * `CONTENT_DAMAGED` when the store does not hold all of them, and `DISK_FULL`.
 */
export async function exportBundle(
  store: { readonly paths: StorePaths },
  request: ExportRequest,
): Promise<ExportedBundle> {
  const snapshots = request.snapshots.toSorted((a, b) => (a.packageId < b.packageId ? -1 : 1));
  refuseProblems(snapshots.flatMap((snapshot) => ownerProblem(snapshot) ?? []));
  const manifests = await readManifests(store.paths, snapshots, request.limits);
  const contents = contentsOf(manifests);
  const index = encodeBundleIndex({
    format: 1,
    madeAt: new Date(request.clock.nowMs()).toISOString(),
    maker: request.identity,
    snapshots,
  });
  const file = resolve(request.file);
  await makeFolder(dirname(file));
  const parts = contents.map(({ sizeBytes }) => sizeBytes);
  await refuseWithoutSpace(dirname(file), parts, request.freeBytes);
  const sizeBytes = await writeWhole(file, async (handle) => {
    const writer = new BundleWriter(handle, request.signal);
    await writer.addBytes(MEMBER.index, index);
    for (const sha256 of blobsOf(snapshots)) {
      await writer.addBytes(MEMBER.blob(sha256), await readBlob(store.paths, sha256));
    }
    const progress = countContents(contents, request.onProgress);
    for (const content of contents) {
      await writer.addObject(store.paths.object(content.sha256), content, progress.bytes);
      progress.object();
    }
    return writer.end(request.identity);
  });
  return { file, sizeBytes, packages: snapshots.length, objects: contents.length };
}

/** The manifests of the snapshots, which their owners signed. */
async function readManifests(
  paths: StorePaths,
  snapshots: readonly BundleSnapshot[],
  limits: TreeLimits | undefined,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const snapshot of snapshots) {
    const manifest = parseManifest(await readBlob(paths, snapshot.manifestHash), limits);
    if (rootHash(manifest) !== snapshot.rootHash) {
      throw new CanopyError(
        'SNAPSHOT_NOT_TRUSTED',
        `The stored manifest of ${JSON.stringify(snapshot.name)} is not of the tree that was signed.`,
        { path: [snapshot.packageId], hint: 'Run a distribution point update for the package.' },
      );
    }
    manifests.push(manifest);
  }
  return manifests;
}

/** Writes to `{file}.partial` and then renames it; `write` answers what the function answers. */
async function writeWhole<T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const partial = `${file}.partial`;
  await rm(partial, { force: true });
  try {
    const handle = await open(partial, 'wx', 0o644);
    let written: T;
    try {
      written = await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(partial, file);
    syncFolder(dirname(file));
    return written;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
