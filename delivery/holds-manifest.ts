import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../content/manifest.ts';
import { hashFile, ignoreMissing } from './local-files.ts';

/** `SIZES` asks whether every file is there with its size; `HASHES` reads them all. */
export type Recheck = 'SIZES' | 'HASHES';

/** Does `folder` hold every file of the manifest? Files beside them do no harm. */
export async function holdsManifest(
  folder: string,
  manifest: Manifest,
  recheck: Recheck,
): Promise<boolean> {
  for (const file of manifest.files) {
    const path = join(folder, file.path);
    const found = await stat(path).catch(ignoreMissing);
    if (!found?.isFile() || found.size !== file.sizeBytes) return false;
    if (recheck === 'HASHES' && (await hashFile(path)) !== file.sha256) return false;
  }
  for (const path of manifest.emptyFolders) {
    const found = await stat(join(folder, path)).catch(ignoreMissing);
    if (!found?.isDirectory()) return false;
  }
  return true;
}
