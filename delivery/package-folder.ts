import { mkdir, readlink, rename, rm, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../content/atomic-file.ts';
import { ignoreMissing, namesIn } from './local-files.ts';

/**
 * Where one package lives on the receiving side; the only file that builds these paths.
 *
 *     {folder}/
 *       cache -> v1390562687          the version in use, complete and verified; one rename
 *       v1390562687/                  its files, plain, as in the source folder
 *       v1390562687.1/                the same version, received again after damage
 *       v1390562600/                  replaced by the one in use; goes at the next call
 *       partial/lock                  of the process that receives, see folder-lock.ts
 *       partial/1390562699/           a version on its way; may be deleted when nobody receives
 *         content/{sha256}            verified
 *         content/{sha256}.part       received so far        } of files that are
 *         content/{sha256}.resume     from where, which tag  } worth resuming
 *         content/{sha256}.chunks     the same, chunk by chunk, with holes
 *         tree/                       being put together, becomes v1390562699
 */
export interface PackageFolder {
  readonly folder: string;
  /** What users of the package open. */
  readonly cache: string;
  content(internalVersion: number): string;
  tree(internalVersion: number): string;
}

const VERSION_FOLDER = /^v(\d+)(?:\.(\d+))?$/;

export function packageFolder(folder: string): PackageFolder {
  return {
    folder,
    cache: join(folder, 'cache'),
    content: (internalVersion) => join(folder, 'partial', String(internalVersion), 'content'),
    tree: (internalVersion) => join(folder, 'partial', String(internalVersion), 'tree'),
  };
}

/** A version that is in use. */
export interface CurrentVersion {
  readonly internalVersion: number;
  readonly folder: string;
}

/** The version that `cache` shows; `undefined` when there is none yet. */
export async function currentVersion(at: PackageFolder): Promise<CurrentVersion | undefined> {
  const target = await readlink(at.cache).catch((error: NodeJS.ErrnoException) => {
    // A plain folder was put there by hand: prestaged files, not a version that was verified.
    if (error.code === 'EINVAL' || error.code === 'UNKNOWN') return undefined;
    return ignoreMissing(error);
  });
  const name = target?.split(/[\\/]/).findLast((part) => part !== '');
  const match = name === undefined ? null : VERSION_FOLDER.exec(name);
  if (!match) return undefined;
  return { internalVersion: Number(match[1]), folder: join(at.folder, name!) };
}

/** Folders whose files may be of use to a new version, the one in use first. */
export async function reusableFolders(at: PackageFolder): Promise<string[]> {
  const names = (await namesIn(at.folder)).filter((name) => VERSION_FOLDER.test(name));
  const current = await currentVersion(at);
  const folders = names.map((name) => join(at.folder, name)).reverse();
  if (!current) return [at.cache, ...folders];
  return [current.folder, ...folders.filter((folder) => folder !== current.folder)];
}

/**
 * Puts the finished tree of `internalVersion` into use: moves it beside the others, then switches
 * `cache` by one rename, so that at any moment `cache` is one complete version. The replaced one
 * stays for those who have it open, until the next {@link removeUnused}.
 */
export async function switchTo(at: PackageFolder, internalVersion: number): Promise<string> {
  const name = await freeName(at, internalVersion);
  const folder = join(at.folder, name);
  await rename(at.tree(internalVersion), folder);
  syncFolder(at.folder);
  await putPrestagedAside(at);
  await replaceLink(at, name);
  syncFolder(at.folder);
  await rm(join(at.folder, 'partial', String(internalVersion)), { recursive: true, force: true });
  return folder;
}

/** Removes every version but the one in use, and everything half-done but for `keepVersion`. */
export async function removeUnused(at: PackageFolder, keepVersion?: number): Promise<void> {
  const current = await currentVersion(at);
  for (const name of await namesIn(at.folder)) {
    const isUnused = VERSION_FOLDER.test(name) && join(at.folder, name) !== current?.folder;
    const isLeftOver = name === 'cache.prestaged' || name === 'cache.next';
    if (current && (isUnused || isLeftOver)) {
      await rm(join(at.folder, name), { recursive: true, force: true });
    }
  }
  for (const name of await namesIn(join(at.folder, 'partial'))) {
    if (name === String(keepVersion) || name.startsWith('lock')) continue;
    await rm(join(at.folder, 'partial', name), { recursive: true, force: true });
  }
}

export async function prepareFolders(at: PackageFolder, internalVersion: number): Promise<void> {
  await mkdir(at.content(internalVersion), { recursive: true });
}

async function freeName(at: PackageFolder, internalVersion: number): Promise<string> {
  const taken = new Set(await namesIn(at.folder));
  const base = `v${internalVersion}`;
  for (let index = 0; ; index += 1) {
    const name = index === 0 ? base : `${base}.${index}`;
    if (!taken.has(name)) return name;
  }
}

/** A `cache` that is a real folder makes room for the link; its files have been used by now. */
async function putPrestagedAside(at: PackageFolder): Promise<void> {
  if (!(await namesIn(at.folder)).includes('cache')) return;
  if (await currentVersion(at)) return;
  const aside = join(at.folder, 'cache.prestaged');
  await rm(aside, { recursive: true, force: true });
  await rename(at.cache, aside);
}

async function replaceLink(at: PackageFolder, name: string): Promise<void> {
  const next = join(at.folder, 'cache.next');
  await rm(next, { force: true });
  if (process.platform !== 'win32') {
    await symlink(name, next);
    return await rename(next, at.cache);
  }
  // Windows lets ordinary users make junctions, not symbolic links, and renames onto neither: for
  // a moment there is no `cache`. A crash in that moment is healed by the next switch.
  await unlink(at.cache).catch(ignoreMissing);
  await symlink(join(at.folder, name), at.cache, 'junction');
}
