import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../content/atomic-file.ts';
import type { Manifest } from '../content/manifest.ts';
import { foldersOf } from '../content/tree.ts';

/**
 * Builds the plain tree of `manifest` at `tree` from verified contents named by their SHA-256 in
 * `content`. What an interrupted call left at `tree` is replaced. On disk when it returns.
 */
export async function assembleTree(
  manifest: Manifest,
  content: string,
  tree: string,
): Promise<void> {
  await rm(tree, { recursive: true, force: true });
  const folders = ['.', ...foldersOf(manifest)];
  for (const folder of folders) await mkdir(join(tree, folder), { recursive: true });
  const linked = new Set<string>();
  for (const file of manifest.files) {
    const path = join(tree, file.path);
    const from = join(content, file.sha256);
    if (linked.has(file.sha256)) {
      // A second link would make an edit of the one path show in the other.
      await copyFile(from, path, constants.COPYFILE_FICLONE);
      await syncFile(path);
    } else {
      await link(from, path);
      linked.add(file.sha256);
    }
    const modifiedAt = file.modifiedAtMs / 1_000;
    await utimes(path, modifiedAt, modifiedAt);
  }
  for (const folder of folders) syncFolder(join(tree, folder));
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
