import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorePaths } from '../content/index.ts';
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

const FOLDER: FilePrint = { identity: 'folder', changedAtNs: 0n, links: 0n };

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

  /** Looks at everything that lies in the folder of a version. */
  async take(tree: TreeName): Promise<TreeFingerprint> {
    const root = this.paths.tree(tree.packageId, tree.internalVersion);
    const prints = new Map<string, FilePrint>();
    const folders = [''];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of await entriesOf(join(root, folder))) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        // A folder's own times follow from what lies in it, which is looked at itself.
        if (entry.isDirectory()) folders.push(path);
        const print = entry.isDirectory() ? FOLDER : await printOf(join(root, path));
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
  async changed(tree: TreeName, storedDigest: string): Promise<boolean> {
    const now = await this.take(tree);
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
  return {
    identity: `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.mode}`,
    changedAtNs: stats.ctimeNs,
    links: stats.nlink,
  };
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return (await readdir(folder, { withFileTypes: true }).catch(ignoreGone)) ?? [];
}

function ignoreGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}
