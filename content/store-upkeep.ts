import { existsSync, readdirSync, renameSync, rmSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Guid } from '../core/guid.ts';
import { holds } from './tree-folder.ts';
import { parsePackageFolder, parseVersionFolder, SHARDS, storePaths } from './store-paths.ts';
import type { TaskControl } from './task-control.ts';
import { SHA256_HEX } from './tree.ts';

/** A stored content that does not match its hash. */
export interface DamagedObject {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface ScrubShard {
  readonly checkedObjects: number;
  readonly damaged: readonly DamagedObject[];
}

/**
 * Reads every object of one shard. A damaged one is taken out of the store, so that it is never
 * served and the next build that meets the content stores it again.
 */
export function scrubShard(
  task: { readonly storeFolder: string; readonly shard: string },
  control: TaskControl,
): ScrubShard {
  const paths = storePaths(task.storeFolder);
  const damaged: DamagedObject[] = [];
  let checkedObjects = 0;
  for (const sha256 of hashesIn(paths.objects, task.shard)) {
    control.throwIfCancelled();
    const path = paths.object(sha256);
    const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size;
    if (sizeBytes === undefined) continue;
    checkedObjects += 1;
    if (!holds(path, { sha256, sizeBytes }, control)) {
      damaged.push({ sha256, sizeBytes });
      rmSync(path, { force: true });
    }
    control.report({ files: 1, bytes: 0 });
  }
  return { checkedObjects, damaged };
}

export interface SweepTask {
  readonly storeFolder: string;
  /** What stays: `{guid}/{internalVersion}` of trees, and hashes. */
  readonly trees: ReadonlySet<string>;
  readonly objects: ReadonlySet<string>;
  readonly blobs: ReadonlySet<string>;
}

export interface SweepResult {
  readonly trees: number;
  readonly objects: number;
  readonly blobs: number;
  readonly freedBytes: number;
}

/** Removes every tree, object and blob that is not to stay. Trees go first: they hold links. */
export function sweepStore(task: SweepTask, control: TaskControl): SweepResult {
  const paths = storePaths(task.storeFolder);
  const trees = sweepTrees(task, control);
  const objects = sweepHashes(paths.objects, task.objects, control);
  const blobs = sweepHashes(paths.blobs, task.blobs, control);
  return {
    trees,
    objects: objects.count,
    blobs: blobs.count,
    freedBytes: objects.bytes + blobs.bytes,
  };
}

export interface StoredBytes {
  readonly objects: number;
  readonly bytes: number;
}

/** Counts the objects and the bytes they hold, each content once. */
export function measureObjects(
  task: { readonly storeFolder: string },
  control: TaskControl,
): StoredBytes {
  const paths = storePaths(task.storeFolder);
  let objects = 0;
  let bytes = 0;
  for (const shard of SHARDS) {
    control.throwIfCancelled();
    for (const sha256 of hashesIn(paths.objects, shard)) {
      bytes += statSync(paths.object(sha256), { throwIfNoEntry: false })?.size ?? 0;
      objects += 1;
    }
  }
  return { objects, bytes };
}

/** Of each hash, whether a complete object of that size is in the store. */
export function findObjects(task: {
  readonly storeFolder: string;
  readonly contents: readonly { readonly sha256: string; readonly sizeBytes: number }[];
}): boolean[] {
  const paths = storePaths(task.storeFolder);
  return task.contents.map(
    ({ sha256, sizeBytes }) =>
      statSync(paths.object(sha256), { throwIfNoEntry: false })?.size === sizeBytes,
  );
}

/** The names of a tree in {@link SweepTask}. */
export function treeKey(packageId: Guid, internalVersion: number): string {
  return `${packageId}/${internalVersion}`;
}

function sweepTrees(task: SweepTask, control: TaskControl): number {
  const paths = storePaths(task.storeFolder);
  let removed = 0;
  for (const folderName of readdirSync(paths.packageShare)) {
    const packageId = parsePackageFolder(folderName);
    if (!packageId) continue;
    const folder = paths.packageFolder(packageId);
    for (const name of readdirSync(folder)) {
      const version = parseVersionFolder(name);
      if (version === undefined || task.trees.has(treeKey(packageId, version))) continue;
      control.throwIfCancelled();
      removeTree(task.storeFolder, packageId, version);
      removed += 1;
    }
    removeIfUnused(folder, paths.current(packageId));
  }
  return removed;
}

/** One rename takes a version out of sight whole; a crash then leaves only temporary files. */
export function removeTree(storeFolder: string, packageId: Guid, internalVersion: number): void {
  const paths = storePaths(storeFolder);
  const doomed = join(paths.temporary, `removed-${packageId}-v${internalVersion}`);
  rmSync(doomed, { recursive: true, force: true });
  const tree = paths.tree(packageId, internalVersion);
  if (!existsSync(tree)) return;
  renameSync(tree, doomed);
  rmSync(doomed, { recursive: true, force: true });
}

/** A package's folder without versions goes, with the link that names none of them. */
function removeIfUnused(folder: string, current: string): void {
  if (!existsSync(current)) rmSync(current, { force: true });
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

function sweepHashes(
  base: string,
  keep: ReadonlySet<string>,
  control: TaskControl,
): { count: number; bytes: number } {
  let count = 0;
  let bytes = 0;
  for (const shard of SHARDS) {
    control.throwIfCancelled();
    for (const sha256 of hashesIn(base, shard)) {
      if (keep.has(sha256)) continue;
      const path = join(base, shard, sha256.slice(2));
      bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      rmSync(path, { force: true });
      count += 1;
    }
  }
  return { count, bytes };
}

function hashesIn(base: string, shard: string): string[] {
  return readdirSync(join(base, shard))
    .map((name) => shard + name)
    .filter((sha256) => SHA256_HEX.test(sha256));
}
