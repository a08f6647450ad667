import { rm } from 'node:fs/promises';
import type { ContentStore, Manifest, TreeDamage } from '../content/index.ts';
import { hashFile, ignoreMissing } from '../delivery/local-files.ts';

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
 * Takes the contents behind damaged and missing files out of the store when they are damaged too,
 * so that they are fetched again, and no other bytes are.
 */
export async function takeOutDamaged(
  store: ContentStore,
  manifest: Manifest,
  { damaged, missing }: TreeDamage,
): Promise<void> {
  const suspect = new Set([...damaged, ...missing]);
  for (const file of manifest.files) {
    if (!suspect.has(file.path)) continue;
    const object = store.paths.object(file.sha256);
    // A disk that cannot read it any more counts as damage.
    const sha256 = await hashFile(object).catch((error: NodeJS.ErrnoException) =>
      error.syscall === 'read' ? 'unreadable' : ignoreMissing(error),
    );
    if (sha256 !== undefined && sha256 !== file.sha256) await rm(object, { force: true });
  }
}
