import {
  closeSync,
  copyFileSync,
  constants,
  existsSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Guid } from '../core/guid.ts';
import { CanopyError } from '../core/errors.ts';
import { syncFolder } from './atomic-file.ts';
import { digestFile } from './content-digest.ts';
import type { Manifest, ManifestFile } from './manifest.ts';
import { blockOptions, sealFile } from './object-writer.ts';
import { storePaths } from './store-paths.ts';
import type { TaskControl } from './task-control.ts';
import { compareUtf8, foldersOf } from './tree.ts';

export interface TreeTask {
  readonly storeFolder: string;
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly manifest: Manifest;
}

/** Paths of a published tree that are not as its manifest says, each list sorted. */
export interface TreeDamage {
  readonly damaged: readonly string[];
  readonly missing: readonly string[];
  /** Files, empty folders and links that the manifest does not have. */
  readonly extra: readonly string[];
}

/**
 * Makes the plain folder of a version: complete in a temporary place, durable, then one rename. A
 * folder that is already there is repaired instead: what is missing or differs from its object is
 * replaced, what does not belong is removed. Throws `CONTENT_DAMAGED` when an object is missing.
 */
export function publishFolder(
  task: TreeTask & { readonly temporaryName: string },
  control: TaskControl,
): void {
  const paths = storePaths(task.storeFolder);
  const target = paths.tree(task.packageId, task.internalVersion);
  if (existsSync(target)) return repairFolder(task, target, control);
  const temporary = join(paths.temporary, task.temporaryName);
  try {
    mkdirSync(temporary);
    const folders = makeFolders(temporary, task.manifest);
    for (const file of task.manifest.files) {
      control.throwIfCancelled();
      placeFile(paths.object(file.sha256), join(temporary, file.path), file);
      control.report({ files: 1, bytes: file.sizeBytes });
    }
    for (const folder of folders) syncFolder(folder);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(temporary, target);
    syncFolder(dirname(target));
    syncFolder(paths.packageShare);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Compares a published folder with its manifest, reading every byte. */
export function verifyFolder(task: TreeTask, control: TaskControl): TreeDamage {
  const folder = storePaths(task.storeFolder).tree(task.packageId, task.internalVersion);
  const present = listTree(folder);
  const damaged: string[] = [];
  const missing: string[] = [];
  for (const file of task.manifest.files) {
    control.throwIfCancelled();
    if (!present.files.delete(file.path)) missing.push(file.path);
    else if (!holds(join(folder, file.path), file, control)) damaged.push(file.path);
    control.report({ files: 1, bytes: 0 });
  }
  for (const path of task.manifest.emptyFolders) {
    if (!present.emptyFolders.delete(path)) missing.push(path);
  }
  const extra = [...present.files, ...present.emptyFolders, ...present.others];
  return {
    damaged,
    missing: missing.sort(compareUtf8),
    extra: extra.sort(compareUtf8),
  };
}

/** True when the file at `path` has exactly the content that `file` names. */
export function holds(
  path: string,
  file: Pick<ManifestFile, 'sha256' | 'sizeBytes'>,
  control: TaskControl,
): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return false;
  }
  try {
    const digest = digestFile(descriptor, blockOptions(control));
    return digest.sha256 === file.sha256 && digest.sizeBytes === file.sizeBytes;
  } catch (error) {
    // A block that the disk cannot read any more is damage; being cancelled is not.
    if ((error as NodeJS.ErrnoException).syscall === 'read') return false;
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function repairFolder(task: TreeTask, folder: string, control: TaskControl): void {
  const paths = storePaths(task.storeFolder);
  const present = listTree(folder);
  const wantedFiles = new Set(task.manifest.files.map((file) => file.path));
  const wantedFolders = foldersOf(task.manifest);
  const extra = [
    ...[...present.folders].filter((path) => !wantedFolders.has(path)),
    ...[...present.files].filter((path) => !wantedFiles.has(path)),
    ...present.others,
  ];
  for (const path of extra) rmSync(join(folder, path), { recursive: true, force: true });
  const folders = makeFolders(folder, task.manifest);
  for (const file of task.manifest.files) {
    control.throwIfCancelled();
    const place = join(folder, file.path);
    const object = paths.object(file.sha256);
    if (!isLinkOf(place, object, file) && !holds(place, file, control)) {
      const replacement = join(paths.temporary, `repair-${task.packageId}-${file.sha256}`);
      rmSync(replacement, { force: true });
      placeFile(object, replacement, file);
      renameSync(replacement, place);
    }
    control.report({ files: 1, bytes: file.sizeBytes });
  }
  for (const path of folders) syncFolder(path);
}

/** Makes every folder of the tree; answers all of them, the root included, innermost first. */
function makeFolders(root: string, manifest: Manifest): string[] {
  const ordered = [...foldersOf(manifest)].sort(compareUtf8);
  for (const folder of ordered) mkdirSync(join(root, folder), { recursive: true });
  return [...ordered.reverse().map((folder) => join(root, folder)), root];
}

const CANNOT_LINK = new Set(['EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Links an object into a tree; copies it where the file system allows no (further) link. */
function placeFile(object: string, place: string, file: ManifestFile): void {
  const stats = statSync(object, { throwIfNoEntry: false });
  if (stats?.size !== file.sizeBytes) {
    const what = stats ? 'has the wrong size' : 'is not in the store';
    throw new CanopyError('CONTENT_DAMAGED', `The content of "${file.path}" ${what}.`, {
      path: [file.path],
      hint: 'Run a distribution point update for the package with full reading.',
    });
  }
  try {
    linkSync(object, place);
  } catch (error) {
    if (!CANNOT_LINK.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    copyFileSync(object, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    chmodSync(place, 0o600);
    sealFile(place);
  }
}

function isLinkOf(place: string, object: string, file: ManifestFile): boolean {
  const a = lstatSync(place, { throwIfNoEntry: false, bigint: true });
  const b = lstatSync(object, { throwIfNoEntry: false, bigint: true });
  if (!a || !b) return false;
  return a.isFile() && a.ino === b.ino && a.dev === b.dev && Number(a.size) === file.sizeBytes;
}

interface TreeEntries {
  readonly files: Set<string>;
  readonly folders: Set<string>;
  readonly emptyFolders: Set<string>;
  readonly others: Set<string>;
}

/** Everything below a folder; nothing when it does not exist. */
function listTree(root: string): TreeEntries {
  const found = {
    files: new Set<string>(),
    folders: new Set<string>(),
    emptyFolders: new Set<string>(),
    others: new Set<string>(),
  };
  if (!existsSync(root)) return found;
  const pending = [''];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const entries = readdirSync(join(root, at), { withFileTypes: true });
    if (entries.length === 0 && at !== '') found.emptyFolders.add(at);
    for (const entry of entries) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) {
        found.folders.add(path);
        pending.push(path);
      } else if (entry.isFile()) found.files.add(path);
      else found.others.add(path);
    }
  }
  return found;
}
