import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest, TreeDamage } from '../content/index.ts';
import type { Guid } from '../core/guid.ts';
import { packageFolder } from '../delivery/index.ts';
import { hashFile, ignoreMissing } from '../delivery/local-files.ts';
import type { WorkContext } from './work-context.ts';

export function isWhole({ damaged, missing, extra }: TreeDamage): boolean {
  return damaged.length + missing.length + extra.length === 0;
}

/** What is wrong with a published tree, for people. */
export function damageText({ damaged, missing, extra }: TreeDamage): string {
  const part = (what: string, paths: readonly string[]): string[] => {
    if (paths.length === 0) return [];
    const more = paths.length > 3 ? ` and ${paths.length - 3} more` : '';
    return [`${what}: ${paths.slice(0, 3).join(', ')}${more}`];
  };
  const parts = [
    ...part('changed', damaged),
    ...part('missing', missing),
    ...part('not part of the package', extra),
  ];
  return `Files are not as they were verified (${parts.join('; ')}); they are being repaired.`;
}

/**
 * Takes the contents behind damaged and missing files out of the store when they are damaged too.
 * They go to where the next reception of the package looks for chunks: only those that are damaged
 * are fetched again.
 */
export async function takeOutDamaged(
  { store, folder }: Pick<WorkContext, 'store' | 'folder'>,
  { packageId, manifest }: { readonly packageId: Guid; readonly manifest: Manifest },
  { damaged, missing }: TreeDamage,
): Promise<void> {
  const suspect = new Set([...damaged, ...missing]);
  const salvage = packageFolder(folder.incomingPackage(packageId)).cache;
  for (const { path, sha256 } of manifest.files) {
    if (!suspect.has(path)) continue;
    const object = store.paths.object(sha256);
    // A disk that cannot read it any more counts as damage.
    const found = await hashFile(object).catch((error: NodeJS.ErrnoException) =>
      error.syscall === 'read' ? 'unreadable' : ignoreMissing(error),
    );
    if (found === undefined || found === sha256) continue;
    await mkdir(salvage, { recursive: true });
    await rename(object, join(salvage, sha256));
  }
}
