import { constants, type Dirent } from 'node:fs';
import { chmod, copyFile, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import type { ContentStore } from '../content-store.ts';
import type { Manifest } from '../manifest.ts';
import { foldPath } from '../path-policy.ts';
import { sourceFile, type SourceFile } from '../source-walk.ts';
import { parseVersionFolder } from '../store-paths.ts';
import { WorkerPool } from '../worker-pool.ts';
import { contentsOf } from './bundle-format.ts';
import { refuseWithoutSpace, type FreeBytes } from './free-space.ts';

/** A version that this package server is to hold. */
export interface WantedPackage {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly manifest: Manifest;
}

export interface AdoptionRequest {
  readonly wanted: readonly WantedPackage[];
  readonly signal?: AbortSignal | undefined;
  readonly freeBytes?: FreeBytes | undefined;
}

/** What became of one wanted package; each content counts once. */
export interface AdoptedPackage {
  readonly packageId: Guid;
  readonly internalVersion: number;
  /** Taken from the folder, in the store before, and to be fetched. */
  readonly adoptedBytes: number;
  readonly presentBytes: number;
  readonly missingBytes: number;
  /** Paths of the manifest whose content is to be fetched. */
  readonly missingFiles: readonly string[];
}

/**
 * Takes from a plain copy of another package server's `Package Delivery` folder what the wanted
 * packages need (KB 180023). Looks into their `{GUID}/cache`, in any letter case and with or without
 * braces, and into `{GUID}/v{internalVersion}` of one of our own servers; `package.xml`,
 * `snapshot.xml` and `log.xml` beside them are stale and not looked at. What counts is the content:
 * a file under any name, of any of the wanted packages, serves where its hash is wanted, and
 * nothing else is believed. The folder is only read: contents are copied (blocks shared where the
 * file system can), so that later changes to it change nothing here. Costs the folders of the
 * wanted packages, and nothing when the store has all. A missing folder is an empty one. Throws
 * `DISK_FULL`.
 */
export async function adoptDeliveryFolder(
  store: ContentStore,
  folder: string,
  request: AdoptionRequest,
): Promise<AdoptedPackage[]> {
  const contents = contentsOf(request.wanted.map(({ manifest }) => manifest));
  const present = await store.has(contents);
  const presentHashes = new Set(contents.filter((_, at) => present[at]).map((one) => one.sha256));
  const open = new Map(
    contents.filter((_, at) => !present[at]).map(({ sha256, sizeBytes }) => [sha256, sizeBytes]),
  );
  const adoption = new Adoption(store, open, request);
  const packageIds = new Set(request.wanted.map(({ packageId }) => packageId));
  if (open.size > 0) await adoption.takeFrom(await findPackageFolders(folder, packageIds));
  return request.wanted.map((wanted) => reportOf(wanted, presentHashes, open));
}

/** A folder of one package's files. */
interface FoundFolder {
  readonly packageId: Guid;
  readonly path: string;
}

interface FoundFile extends FoundFolder {
  readonly file: SourceFile;
}

/** Files that are copied or hashed at the same time. */
const LANES = 4;

class Adoption {
  private readonly store: ContentStore;
  /** Hash → size of what is wanted and not here yet. */
  private readonly open: Map<string, number>;
  private readonly request: AdoptionRequest;

  constructor(store: ContentStore, open: Map<string, number>, request: AdoptionRequest) {
    this.store = store;
    this.open = open;
    this.request = request;
  }

  async takeFrom(folders: readonly FoundFolder[]): Promise<void> {
    if (folders.length === 0) return;
    const found: FoundFile[] = [];
    const sizes = new Set(this.open.values());
    for (const folder of folders) {
      found.push(...(await filesIn(folder, sizes, this.request.signal)));
    }
    await this.refuseWithoutSpace(found);
    const others = await this.takeByPath(found);
    await this.takeByHash(others);
  }

  /** Files that lie where a manifest has them are copied at once and judged by the copy. */
  private async takeByPath(found: readonly FoundFile[]): Promise<FoundFile[]> {
    const byPath = new Map<string, string>();
    for (const { packageId, manifest } of this.request.wanted) {
      for (const { path, sha256 } of manifest.files) byPath.set(placeOf(packageId, path), sha256);
    }
    const others: FoundFile[] = [];
    await inLanes(found, async (one) => {
      const sha256 = byPath.get(placeOf(one.packageId, one.file.path));
      const isWanted = sha256 !== undefined && this.open.get(sha256) === one.file.sizeBytes;
      if (!isWanted || !(await this.take(one, sha256))) others.push(one);
    });
    return others;
  }

  /** The others may be contents that moved to another name or package: their hash tells. */
  private async takeByHash(found: readonly FoundFile[]): Promise<void> {
    const sizes = new Set(this.open.values());
    const candidates = found.filter(({ file }) => sizes.has(file.sizeBytes));
    const pool = new WorkerPool();
    try {
      await inLanes(candidates, async (one) => {
        const task = { sourceFolder: one.path, files: [one.file] };
        const read = pool.run('hashSource', task, { signal: this.request.signal });
        const [result] = await read.catch(unlessUnreadable);
        if (result?.state === 'READ' && this.open.has(result.sha256)) {
          await this.take(one, result.sha256);
        }
      });
    } finally {
      await pool.close();
    }
  }

  /** Copies a file into the store; false when it is not that content or cannot be read. */
  private async take({ path, file }: FoundFile, sha256: string): Promise<boolean> {
    this.request.signal?.throwIfAborted();
    const { sizeBytes } = file;
    const temporary = this.store.temporaryFile();
    // Nobody else copies the same content meanwhile.
    this.open.delete(sha256);
    let isTaken = false;
    try {
      const mode = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
      await copyFile(join(path, file.path), temporary, mode);
      // The copy has the mode of the original, which may forbid writing.
      await chmod(temporary, 0o600);
      await this.store.adopt(temporary, { sha256, sizeBytes }, { signal: this.request.signal });
      isTaken = true;
    } catch (error) {
      const isOther = isCanopyError(error) && error.code === 'CONTENT_DAMAGED';
      if (!isOther) unlessUnreadable(error);
    } finally {
      if (!isTaken) {
        this.open.set(sha256, sizeBytes);
        await rm(temporary, { force: true });
      }
    }
    return isTaken;
  }

  /** At most the wanted bytes are copied, and at most what was found. */
  private async refuseWithoutSpace(found: readonly FoundFile[]): Promise<void> {
    const foundSizes = new Set(found.map(({ file }) => file.sizeBytes));
    const sizes = [...this.open.values()].filter((size) => foundSizes.has(size));
    await refuseWithoutSpace(this.store.paths.root, sizes, this.request.freeBytes);
  }
}

/** Runs `work` for every item, a few at a time; the first failure ends it. */
async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failed = false;
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      await work(item);
    }
  };
  const lanes = Array.from({ length: LANES }, () =>
    lane().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(lanes);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}

/** Files of a size that is wanted; links and devices are not followed. */
async function filesIn(
  folder: FoundFolder,
  sizes: ReadonlySet<number>,
  signal: AbortSignal | undefined,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const pending = [''];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    signal?.throwIfAborted();
    for (const entry of await entriesOf(join(folder.path, at))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) pending.push(path);
      if (!entry.isFile()) continue;
      const [stats] = await lstat(join(folder.path, path)).then((one) => [one], unlessUnreadable);
      if (!stats?.isFile() || !sizes.has(stats.size)) continue;
      found.push({ ...folder, file: sourceFile(path, stats) });
    }
  }
  return found;
}

/** Where a file lies, as systems that ignore letter case see it. */
function placeOf(packageId: Guid, path: string): string {
  return `${packageId}/${foldPath(path)}`;
}

/** The folders with files of these packages in a delivery folder. */
async function findPackageFolders(
  folder: string,
  packageIds: ReadonlySet<Guid>,
): Promise<FoundFolder[]> {
  const found: FoundFolder[] = [];
  for (const entry of await entriesOf(folder)) {
    const packageId = entry.isDirectory() ? parseGuid(entry.name) : undefined;
    if (!packageId || !packageIds.has(packageId)) continue;
    const inside = await entriesOf(join(folder, entry.name));
    for (const { name } of inside.filter((one) => one.isDirectory())) {
      const isCache = name.toLowerCase() === 'cache' || parseVersionFolder(name) !== undefined;
      if (isCache) found.push({ packageId, path: join(folder, entry.name, name) });
    }
  }
  return found;
}

function reportOf(
  { packageId, internalVersion, manifest }: WantedPackage,
  present: ReadonlySet<string>,
  open: ReadonlyMap<string, number>,
): AdoptedPackage {
  const bytes = { adoptedBytes: 0, presentBytes: 0, missingBytes: 0 };
  for (const { sha256, sizeBytes } of contentsOf([manifest])) {
    if (present.has(sha256)) bytes.presentBytes += sizeBytes;
    else if (open.has(sha256)) bytes.missingBytes += sizeBytes;
    else bytes.adoptedBytes += sizeBytes;
  }
  const missingFiles = manifest.files
    .filter(({ sha256 }) => open.has(sha256))
    .map(({ path }) => path);
  return { packageId, internalVersion, ...bytes, missingFiles };
}

const UNREADABLE = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EIO', 'ELOOP', 'ESTALE']);

/** What cannot be read is not there; it is fetched instead. Everything else is thrown. */
function unlessUnreadable(error: unknown): [] {
  const { code } = error as NodeJS.ErrnoException;
  const isUnreadable = UNREADABLE.has(code ?? '') || code === 'SOURCE_UNREADABLE';
  if (!isUnreadable) throw error;
  return [];
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    return unlessUnreadable(error);
  }
}
