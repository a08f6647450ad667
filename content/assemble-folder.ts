import { constants, copyFileSync, linkSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { syncFolder } from './atomic-file.ts';
import { flushFile } from './commit-files.ts';
import type { Manifest } from './manifest.ts';
import type { TaskControl } from './task-control.ts';
import { foldersOf } from './tree.ts';

export interface AssembleTask {
  readonly manifest: Manifest;
  /** Folder of verified contents, named by their SHA-256 and on disk. */
  readonly content: string;
  readonly tree: string;
}

/**
 * Builds the plain tree of `manifest` at `tree` by links to the contents. What an interrupted call
 * left at `tree` is replaced. On disk when it returns.
 */
export function assembleFolder(task: AssembleTask, control: TaskControl): void {
  const { manifest, content, tree } = task;
  rmSync(tree, { recursive: true, force: true });
  const folders = ['.', ...foldersOf(manifest)].map((folder) => join(tree, folder));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  const linked = new Set<string>();
  for (const file of manifest.files) {
    control.throwIfCancelled();
    const path = join(tree, file.path);
    const from = join(content, file.sha256);
    if (linked.has(file.sha256)) {
      // A second link would make an edit of the one path show in the other.
      copyFileSync(from, path, constants.COPYFILE_FICLONE);
      flushFile(path);
    } else {
      linkSync(from, path);
      linked.add(file.sha256);
    }
    const modifiedAt = file.modifiedAtMs / 1_000;
    utimesSync(path, modifiedAt, modifiedAt);
  }
  for (const folder of folders) syncFolder(folder);
}
