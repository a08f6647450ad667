import { readFile } from 'node:fs/promises';
import { CanopyError } from '../core/errors.ts';
import { writeFileAtomic } from './atomic-file.ts';
import type { StorePaths } from './store-paths.ts';
import { SHA256_HEX, sha256Hex } from './tree.ts';

/** Durable bytes under their own SHA-256; answers that hash. What is there already stays. */
export async function writeBlob(paths: StorePaths, bytes: Uint8Array): Promise<string> {
  const sha256 = sha256Hex(bytes);
  const path = paths.blob(sha256);
  const present = await readIfPresent(path);
  if (!present || !present.equals(bytes)) await writeFileAtomic(path, bytes, { mode: 0o444 });
  return sha256;
}

/** The bytes with this hash. Throws `NOT_FOUND`, or `CONTENT_DAMAGED` when they do not match it. */
export async function readBlob(paths: StorePaths, sha256: string): Promise<Buffer> {
  const bytes = SHA256_HEX.test(sha256) ? await readIfPresent(paths.blob(sha256)) : undefined;
  if (!bytes) {
    throw new CanopyError('NOT_FOUND', `There is no blob ${sha256} in the store.`, {
      path: [sha256],
    });
  }
  if (sha256Hex(bytes) !== sha256) {
    throw new CanopyError('CONTENT_DAMAGED', `The blob ${sha256} does not match its hash.`, {
      path: [sha256],
      hint: 'Run a distribution point update for the package; it writes the blob anew.',
    });
  }
  return bytes;
}

async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
