import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { CanopyError, refuseProblems, type Problem } from '../core/errors.ts';
import { ProblemList, treeProblems, type TreeLimits } from './path-policy.ts';
import type { TaskControl } from './task-control.ts';
import { compareUtf8 } from './tree.ts';

/** A file of a source folder with everything that tells whether it was touched since. */
export interface SourceFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Fractions are kept: they are part of the comparison. */
  readonly modifiedAtMs: number;
  readonly changedAtMs: number;
  readonly inode: number;
}

export interface SourceListing {
  readonly files: readonly SourceFile[];
  readonly emptyFolders: readonly string[];
}

/**
 * Lists a folder and polices it. Throws `PACKAGE_REFUSED` with every reason (names, links, devices,
 * sizes), `SOURCE_MISSING` when there is no folder or no file in it, and `SOURCE_UNREADABLE` when
 * the system forbids reading part of it.
 */
export function walkSource(
  folder: string,
  limits: TreeLimits,
  control: TaskControl,
): SourceListing {
  const files: SourceFile[] = [];
  const emptyFolders: string[] = [];
  const refused = new ProblemList();
  const pending = [''];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    control.throwIfCancelled();
    const names = listFolder(folder, at);
    if (names.length === 0 && at !== '') emptyFolders.push(at);
    for (const name of names) {
      const path = at === '' ? name : `${at}/${name}`;
      const stats = statEntry(folder, path);
      if (!stats) refuseVanished(name, path, refused);
      else if (stats.isDirectory()) pending.push(path);
      else if (stats.isFile()) files.push(sourceFile(path, stats));
      else refused.addPath(path, `is ${kindOf(stats)}`, 'Packages hold plain files and folders.');
    }
    if (files.length + emptyFolders.length > 2 * limits.maxFiles) break;
  }
  const listing = {
    files: files.sort((a, b) => compareUtf8(a.path, b.path)),
    emptyFolders: emptyFolders.sort(compareUtf8),
  };
  const problems: Problem[] = [...refused.problems(), ...treeProblems(listing, limits)];
  refuseProblems(problems);
  if (files.length === 0) throw missing(folder, 'holds no files');
  return listing;
}

export function sourceFile(path: string, stats: Stats): SourceFile {
  return {
    path,
    sizeBytes: stats.size,
    modifiedAtMs: stats.mtimeMs,
    changedAtMs: stats.ctimeMs,
    inode: stats.ino,
  };
}

/** True when nothing tells that the file was touched between the two looks. */
export function isSameFile(a: SourceFile, b: SourceFile): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    a.modifiedAtMs === b.modifiedAtMs &&
    a.changedAtMs === b.changedAtMs &&
    a.inode === b.inode
  );
}

/** Paths of files and empty folders that differ between two walks, sorted. */
export function changedPaths(before: SourceListing, after: SourceListing): string[] {
  const changed = new Set<string>();
  const old = new Map(before.files.map((file) => [file.path, file]));
  for (const file of after.files) {
    const earlier = old.get(file.path);
    if (!earlier || !isSameFile(earlier, file)) changed.add(file.path);
    old.delete(file.path);
  }
  for (const path of old.keys()) changed.add(path);
  const folders = new Set(before.emptyFolders);
  for (const path of after.emptyFolders) if (!folders.delete(path)) changed.add(path);
  for (const path of folders) changed.add(path);
  return [...changed].sort(compareUtf8);
}

/** Turns what the system says about a source into the error that names the cure. */
export function sourceError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EIO' || code === 'ESTALE') {
    return new CanopyError('SOURCE_UNREADABLE', `The source ${path} cannot be read: ${code}.`, {
      path: [path],
      hint: 'Give the account of this server the right to read it, or correct uncMounts.',
      cause: error,
    });
  }
  return error;
}

function listFolder(folder: string, at: string): string[] {
  try {
    return readdirSync(join(folder, at));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const isGone = code === 'ENOENT' || code === 'ENOTDIR';
    if (isGone && at === '') throw missing(folder, 'is not a folder of this server');
    // Removed while the walk was under way: the second walk will tell.
    if (isGone) return [];
    throw sourceError(error, join(folder, at));
  }
}

function statEntry(folder: string, path: string): Stats | undefined {
  try {
    return lstatSync(join(folder, path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw sourceError(error, join(folder, path));
  }
}

/** A name that is not UTF-8 was listed with U+FFFD and can never be found; others were removed. */
function refuseVanished(name: string, path: string, refused: ProblemList): void {
  if (!name.includes('\ufffd')) return;
  refused.addPath(path, 'is not UTF-8 on disk', 'Rename it in the source folder.');
}

function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link or junction';
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}

function missing(folder: string, what: string): CanopyError {
  return new CanopyError('SOURCE_MISSING', `The source folder ${folder} ${what}.`, {
    path: [folder],
    hint: 'Put the files there or correct the package source; an unmounted share looks like this.',
  });
}
