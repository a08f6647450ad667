import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { isCanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import type { Random } from '../core/random.ts';
import { makeFolder, removeLeftovers, syncFolder } from './atomic-file.ts';
import { readBlob, writeBlob } from './blob-store.ts';
import type { BuildRequest, BuiltTree, PreviousTree } from './build-request.ts';
import { CHUNK_PARAMETERS, parseChunkIndex, type ChunkIndex } from './chunk-index.ts';
import { pointCurrent } from './current-link.ts';
import { Gate, KeyedTurns } from './gate.ts';
import type { Manifest } from './manifest.ts';
import { DEFAULT_TREE_LIMITS, type TreeLimits } from './path-policy.ts';
import { RecentUse } from './recent-use.ts';
import { buildTree } from './snapshot-builder.ts';
import { parseVersionFolder, SHARDS, storePaths, type StorePaths } from './store-paths.ts';
import {
  findObjects,
  treeKey,
  type DamagedObject,
  type StoredBytes,
  type SweepResult,
} from './store-upkeep.ts';
import { parseManifest } from './tree.ts';
import type { TreeDamage } from './tree-folder.ts';
import { WorkerPool, type RunOptions } from './worker-pool.ts';

export interface ContentStoreOptions {
  /** The data folder; {@link StorePaths} says what is made in it. One process at a time. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: TreeLimits;
  /**
   * Threads that walk, hash and copy; default: one per core, at most four. A pool is shared with
   * other stores, and its owner closes it after them.
   */
  readonly workers?: number | WorkerPool | undefined;
  /** Bytes that may still be written; default: what the file system says. */
  readonly freeBytes?: () => Promise<number>;
}

/** A version that a sweep must leave whole. A `Snapshot` is one. */
export interface KeptVersion {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
}

export interface SweepRequest {
  readonly keep: readonly KeptVersion[];
  /** Blobs to keep besides those of the versions. */
  readonly keepBlobs?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface ScrubResult {
  readonly checkedObjects: number;
  /** Taken out of the store; a build and a publish of the packages that use them heals them. */
  readonly damaged: readonly DamagedObject[];
}

export interface StoreUsage extends StoredBytes {
  readonly freeBytes: number;
}

const FEW_CONTENTS = 16;

/**
 * Opens the content store of a data folder, making it when it is new, and removes what an
 * interrupted process left unfinished. The caller holds the lock on the data folder.
 */
export async function openContentStore(options: ContentStoreOptions): Promise<ContentStore> {
  const paths = storePaths(options.folder);
  await rm(paths.temporary, { recursive: true, force: true });
  for (const folder of [paths.temporary, paths.packageShare, paths.snapshots]) {
    await makeFolder(folder);
  }
  for (const base of [paths.objects, paths.blobs]) {
    await makeFolder(base);
    await Promise.all(SHARDS.map((shard) => mkdir(join(base, shard), { recursive: true })));
    syncFolder(base);
  }
  await removeLeftovers(paths.snapshots);
  return new ContentStore(paths, options);
}

/**
 * Contents by hash, trees as manifests of them, and published versions as plain folders of links.
 * Objects are only ever complete; whatever a method returned is durable.
 */
export class ContentStore {
  readonly paths: StorePaths;
  private readonly options: ContentStoreOptions;
  private readonly pool: WorkerPool;
  private readonly ownsPool: boolean;
  private readonly gate = new Gate();
  private readonly publishing = new KeyedTurns();
  private readonly recentUse: RecentUse;

  constructor(paths: StorePaths, options: ContentStoreOptions) {
    this.paths = paths;
    this.options = options;
    const { workers } = options;
    this.ownsPool = !(workers instanceof WorkerPool);
    this.pool = workers instanceof WorkerPool ? workers : new WorkerPool(workers);
    this.recentUse = new RecentUse(options.clock);
  }

  /** Reads a source folder into the store; see {@link buildTree} for what it throws. */
  build(request: BuildRequest): Promise<BuiltTree> {
    const { pool, paths, gate } = this;
    return buildTree(
      {
        pool,
        paths,
        gate,
        limits: this.limits,
        freeBytes: () => this.freeBytes(),
        markUsed: (hashes) => this.recentUse.mark(hashes),
        newName: () => this.options.random.guid(),
        findChunkIndex: (previous) => this.findChunkIndex(previous),
        writeBlob: (bytes) => this.writeBlob(bytes),
      },
      request,
    );
  }

  /** Stores bytes durably under their SHA-256 (hex), which it answers. */
  writeBlob(bytes: Uint8Array): Promise<string> {
    return this.gate.runShared(async () => {
      const sha256 = await writeBlob(this.paths, bytes);
      this.recentUse.mark([sha256]);
      return sha256;
    });
  }

  /** Throws `NOT_FOUND`, or `CONTENT_DAMAGED` when the bytes do not match the hash. */
  readBlob(sha256: string): Promise<Buffer> {
    return readBlob(this.paths, sha256);
  }

  async readManifest(sha256: string): Promise<Manifest> {
    return parseManifest(await this.readBlob(sha256), this.limits);
  }

  /** The index of the tree that `manifest` describes. */
  async readChunkIndex(sha256: string, manifest: Manifest): Promise<ChunkIndex> {
    return parseChunkIndex(await this.readBlob(sha256), manifest);
  }

  /**
   * Where to write content that comes from elsewhere before {@link adopt}: a free name in a folder
   * of the same file system, which is emptied at the next start.
   */
  temporaryFile(): string {
    return join(this.paths.temporary, `incoming-${this.options.random.guid()}`);
  }

  /** Takes a finished file over as an object; `CONTENT_DAMAGED` when it is not that content. */
  adopt(
    file: string,
    content: { readonly sha256: string; readonly sizeBytes: number },
    options: RunOptions = {},
  ): Promise<void> {
    return this.gate.runShared(async () => {
      const task = { storeFolder: this.paths.root, file, ...content };
      await this.pool.run('adoptFile', task, options);
      this.recentUse.mark([content.sha256]);
    });
  }

  /** Of each content, whether the store has it (by size; bytes are checked by the scrub). */
  has(
    contents: readonly { readonly sha256: string; readonly sizeBytes: number }[],
  ): Promise<boolean[]> {
    return this.gate.runShared(async () => {
      const task = {
        storeFolder: this.paths.root,
        contents: contents.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes })),
      };
      // Asking for a few sizes takes less time than handing the question over.
      const present =
        contents.length <= FEW_CONTENTS
          ? findObjects(task)
          : await this.pool.run('findObjects', task);
      this.recentUse.mark(contents.filter((_, at) => present[at]).map(({ sha256 }) => sha256));
      return present;
    });
  }

  /**
   * Makes the plain folder of a version, whole or not at all. Repeating it repairs the folder:
   * call it after an unchanged build too. Throws `CONTENT_DAMAGED` when content is missing.
   */
  async publishTree(
    packageId: Guid,
    internalVersion: number,
    manifest: Manifest,
    options: RunOptions = {},
  ): Promise<void> {
    await this.publishing.run(packageId, () =>
      this.gate.runShared(async () => {
        this.recentUse.mark([treeKey(packageId, internalVersion)]);
        const task = { storeFolder: this.paths.root, packageId, internalVersion, manifest };
        const temporaryName = `tree-${this.options.random.guid()}`;
        await this.pool.run('publishFolder', { ...task, temporaryName }, options);
      }),
    );
  }

  /** Removes the folder of a version at once, its contents with the next sweep. */
  async unpublishTree(packageId: Guid, internalVersion: number): Promise<void> {
    await this.publishing.run(packageId, async () => {
      const task = { storeFolder: this.paths.root, packageId, internalVersion };
      await this.pool.run('removeTree', task);
      this.recentUse.forget(treeKey(packageId, internalVersion));
    });
  }

  /** The versions of a package that have a folder, newest first. */
  async publishedVersions(packageId: Guid): Promise<number[]> {
    const names = await namesIn(this.paths.packageFolder(packageId));
    return names
      .map(parseVersionFolder)
      .filter((version) => version !== undefined)
      .sort((a, b) => b - a);
  }

  /** Points the package's link `cache` at a published version, in one step. */
  async setCurrent(packageId: Guid, internalVersion: number): Promise<void> {
    const temporary = join(this.paths.temporary, `link-${this.options.random.guid()}`);
    await this.publishing.run(packageId, () =>
      pointCurrent(this.paths, { packageId, internalVersion }, temporary),
    );
  }

  /** Compares a published folder with its manifest, reading every byte. */
  verifyTree(
    packageId: Guid,
    internalVersion: number,
    manifest: Manifest,
    options: RunOptions = {},
  ): Promise<TreeDamage> {
    const task = { storeFolder: this.paths.root, packageId, internalVersion, manifest };
    return this.pool.run('verifyFolder', task, options);
  }

  /** Reads every object, one thread's worth at a time; see {@link ScrubResult}. */
  async scrub(options: RunOptions = {}): Promise<ScrubResult> {
    let checkedObjects = 0;
    const damaged: DamagedObject[] = [];
    for (const shard of SHARDS) {
      const task = { storeFolder: this.paths.root, shard };
      const result = await this.pool.run('scrubShard', task, options);
      checkedObjects += result.checkedObjects;
      damaged.push(...result.damaged);
    }
    return { checkedObjects, damaged };
  }

  /**
   * Removes every tree, object and blob that no kept version needs, except what was built, adopted
   * or published within the last hour, whose version may not be recorded yet. Throws, having
   * removed nothing, when the manifest of a kept version cannot be read.
   */
  async sweep(request: SweepRequest): Promise<SweepResult> {
    return this.gate.runExclusive(async () => {
      const recent = this.recentUse.current();
      const objects = new Set(recent);
      const blobs = new Set([...recent, ...(request.keepBlobs ?? [])]);
      const trees = new Set(recent);
      for (const version of request.keep) {
        request.signal?.throwIfAborted();
        trees.add(treeKey(version.packageId, version.internalVersion));
        blobs.add(version.manifestHash).add(version.chunkIndexHash);
        const manifest = await this.readManifest(version.manifestHash);
        for (const file of manifest.files) objects.add(file.sha256);
      }
      const task = { storeFolder: this.paths.root, trees, objects, blobs };
      return this.pool.run('sweepStore', task, { signal: request.signal });
    });
  }

  /** Each content once, however many trees link to it. */
  async usage(): Promise<StoreUsage> {
    const stored = await this.pool.run('measureObjects', { storeFolder: this.paths.root });
    return { ...stored, freeBytes: await this.freeBytes() };
  }

  /** Stops its own threads; work under way is rejected as `NOT_READY` and swept at the next start. */
  async close(): Promise<void> {
    if (this.ownsPool) await this.pool.close();
  }

  private get limits(): TreeLimits {
    return this.options.limits ?? DEFAULT_TREE_LIMITS;
  }

  private async freeBytes(): Promise<number> {
    if (this.options.freeBytes) return this.options.freeBytes();
    const { bavail, bsize } = await statfs(this.paths.root);
    return bavail * bsize;
  }

  /** Cuts of an index can be kept only when this version would make the same ones. */
  private async findChunkIndex(previous: PreviousTree): Promise<ChunkIndex | undefined> {
    try {
      const index = await this.readChunkIndex(previous.chunkIndexHash, previous.manifest);
      return index.parameters === CHUNK_PARAMETERS ? index : undefined;
    } catch (error) {
      // Missing or damaged: the files are read again instead, which writes it anew.
      if (isCanopyError(error)) return undefined;
      throw error;
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
