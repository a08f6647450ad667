import { CanopyError, isCanopyError } from '../core/errors.ts';
import type { ContentStore } from './content-store.ts';
import { sha256Hex } from './tree.ts';

/** As large as a manifest of a million files. */
export const MAX_BLOB_BYTES = 512 * 1024 * 1024;

/**
 * Brings a manifest or chunk index into the store, by `fetch` unless a whole one is there. Throws
 * `CONTENT_DAMAGED` when `fetch` answers other bytes, and what `fetch` throws.
 */
export async function ensureBlob(
  store: Pick<ContentStore, 'readBlob' | 'writeBlob'>,
  sha256: string,
  fetch: () => Promise<Uint8Array>,
): Promise<void> {
  try {
    await store.readBlob(sha256);
    return;
  } catch (error) {
    if (!isCanopyError(error) || !['NOT_FOUND', 'CONTENT_DAMAGED'].includes(error.code)) {
      throw error;
    }
  }
  const bytes = await fetch();
  if (sha256Hex(bytes) !== sha256) {
    throw new CanopyError('CONTENT_DAMAGED', `Other bytes came than those of the blob ${sha256}.`);
  }
  await store.writeBlob(bytes);
}
