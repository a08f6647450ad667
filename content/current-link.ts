import { rename, symlink, unlink } from 'node:fs/promises';
import type { Guid } from '../core/guid.ts';
import { syncFolder } from './atomic-file.ts';
import type { StorePaths } from './store-paths.ts';

/** Points the link `cache` of a package at one of its versions; `temporary` is a free path. */
export async function pointCurrent(
  paths: StorePaths,
  version: { readonly packageId: Guid; readonly internalVersion: number },
  temporary: string,
): Promise<void> {
  const { packageId, internalVersion } = version;
  const link = paths.current(packageId);
  const isWindows = process.platform === 'win32';
  // A junction needs an absolute target; elsewhere a relative one survives a moved data folder.
  const target = isWindows ? paths.tree(packageId, internalVersion) : `v${internalVersion}`;
  await symlink(target, temporary, 'junction');
  // Windows does not rename over a junction.
  if (isWindows) await unlink(link).catch(ignoreMissing);
  await rename(temporary, link);
  syncFolder(paths.packageFolder(packageId));
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
