import { join, resolve } from 'node:path';
import { bracedGuid, parseGuid, type Guid } from '../core/guid.ts';

/**
 * Where everything lies in the data folder `D`. No other file knows this layout.
 *
 * ```
 * D/content/objects/ab/cdef…             one file per SHA-256 of content, mode 0444, never changed
 * D/content/blobs/ab/cdef…               manifests and chunk indexes, by SHA-256, mode 0444
 * D/content/tmp/…                        work in progress; emptied when the store is opened
 * D/content/prestaged.json               imported snapshots that no assignment keeps yet
 * D/PackageShare/{GUID}/v1390562687/…    published trees: plain folders of hard links to objects
 * D/PackageShare/{GUID}/cache            link to the folder of the current version
 * D/Snapshots/{guid}.xml                 current snapshot of each package, for legacy tools
 * ```
 *
 * All of it must be one file system, for hard links and renames. `PackageShare` is what an SMB
 * share exports: `\\server\share\{GUID}\v{internalVersion}`.
 */
export interface StorePaths {
  readonly root: string;
  readonly objects: string;
  readonly blobs: string;
  readonly temporary: string;
  readonly prestaged: string;
  readonly packageShare: string;
  readonly snapshots: string;
  object(sha256: string): string;
  blob(sha256: string): string;
  packageFolder(packageId: Guid): string;
  tree(packageId: Guid, internalVersion: number): string;
  /** The link `cache`, which names the current version. */
  current(packageId: Guid): string;
  snapshotXml(packageId: Guid): string;
}

/** The first two digits of a hash name its folder. */
export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_, value) =>
  value.toString(16).padStart(2, '0'),
);

export function storePaths(folder: string): StorePaths {
  const root = resolve(folder);
  const objects = join(root, 'content', 'objects');
  const blobs = join(root, 'content', 'blobs');
  const packageShare = join(root, 'PackageShare');
  const snapshots = join(root, 'Snapshots');
  const sharded = (base: string, hash: string): string =>
    join(base, hash.slice(0, 2), hash.slice(2));
  const packageFolder = (packageId: Guid): string => join(packageShare, bracedGuid(packageId));
  return {
    root,
    objects,
    blobs,
    temporary: join(root, 'content', 'tmp'),
    prestaged: join(root, 'content', 'prestaged.json'),
    packageShare,
    snapshots,
    object: (sha256) => sharded(objects, sha256),
    blob: (sha256) => sharded(blobs, sha256),
    packageFolder,
    tree: (packageId, internalVersion) => join(packageFolder(packageId), `v${internalVersion}`),
    current: (packageId) => join(packageFolder(packageId), 'cache'),
    snapshotXml: (packageId) => join(snapshots, `${packageId}.xml`),
  };
}

/** The version that a folder name in a package's folder stands for. */
export function parseVersionFolder(name: string): number | undefined {
  const match = /^v([1-9]\d{0,15})$/.exec(name);
  return match ? Number(match[1]) : undefined;
}

/** The package that a folder name in `PackageShare` stands for. */
export function parsePackageFolder(name: string): Guid | undefined {
  const guid = parseGuid(name);
  return guid && bracedGuid(guid) === name ? guid : undefined;
}
