import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { foldersOf, type Manifest, type StorePaths } from '../content/index.ts';
import type { Guid } from '../core/guid.ts';

/** Path → what the file system says of a file; `undefined` for one that is not there. */
export type TreeFingerprint = ReadonlyMap<string, FilePrint>;

interface FilePrint {
  /** Inode, size and modification time. */
  readonly identity: string;
  /** Set by the kernel at every change, also by those that put the modification time back. */
  readonly changedAtNs: bigint;
  readonly links: bigint;
}

/**
 * What verified trees look like from outside, so that a change is noticed without reading. The
 * digest of it is stored with the version and bridges a restart.
 */
export class Fingerprints {
  private readonly paths: StorePaths;
  private readonly known = new Map<string, TreeFingerprint>();

  constructor(paths: StorePaths) {
    this.paths = paths;
  }

  /** Looks at a tree: the files of the manifest and everything else that lies there. */
  async take(tree: TreeName, manifest: Manifest): Promise<TreeFingerprint> {
    const root = this.paths.tree(tree.packageId, tree.internalVersion);
    const prints = new Map<string, FilePrint>();
    for (const folder of ['', ...foldersOf(manifest)]) {
      for (const name of await namesIn(join(root, folder))) {
        const path = folder === '' ? name : `${folder}/${name}`;
        const print = await printOf(join(root, path));
        if (print) prints.set(path, print);
      }
    }
    return prints;
  }

  /** Remembers how a tree looked when it was verified; answers the digest to store. */
  set(tree: TreeName, fingerprint: TreeFingerprint): string {
    this.known.set(keyOf(tree), fingerprint);
    return digestOf(fingerprint);
  }

  /**
   * Does the tree look other than when it was verified? `storedDigest` counts as long as this
   * process has not verified it itself.
   */
  async changed(tree: TreeName, manifest: Manifest, storedDigest: string): Promise<boolean> {
    const now = await this.take(tree, manifest);
    const before = this.known.get(keyOf(tree));
    const isSame = before ? isSameTree(before, now) : digestOf(now) === storedDigest;
    if (isSame) this.known.set(keyOf(tree), now);
    return !isSame;
  }

  forget(tree: TreeName): void {
    this.known.delete(keyOf(tree));
  }
}

interface TreeName {
  readonly packageId: Guid;
  readonly internalVersion: number;
}

const keyOf = ({ packageId, internalVersion }: TreeName): string =>
  `${packageId}/${internalVersion}`;

function digestOf(fingerprint: TreeFingerprint): string {
  const hash = createHash('sha256');
  for (const path of [...fingerprint.keys()].sort()) {
    const { identity, changedAtNs, links } = fingerprint.get(path)!;
    hash.update(`${JSON.stringify(path)} ${identity} ${changedAtNs} ${links}\n`);
  }
  return hash.digest('hex');
}

function isSameTree(a: TreeFingerprint, b: TreeFingerprint): boolean {
  if (a.size !== b.size) return false;
  for (const [path, print] of a) {
    const other = b.get(path);
    if (!other || other.identity !== print.identity) return false;
    // Another version that links to the content changes the time of change too.
    if (other.links === print.links && other.changedAtNs !== print.changedAtNs) return false;
  }
  return true;
}

async function printOf(path: string): Promise<FilePrint | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(ignoreGone);
  if (!stats) return undefined;
  // A folder's own times follow from what lies in it, which is looked at itself.
  if (stats.isDirectory()) return { identity: 'folder', changedAtNs: 0n, links: 0n };
  return {
    identity: `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.mode}`,
    changedAtNs: stats.ctimeNs,
    links: stats.nlink,
  };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(ignoreGone)) ?? [];
}

function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
