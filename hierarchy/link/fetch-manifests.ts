import { ensureBlob, type ContentStore } from '../../content/index.ts';
import { isCanopyError } from '../../core/errors.ts';
import type { SentItem } from './link-protocol.ts';
import type { ParentDoor } from './parent-door.ts';
import type { Arrivals, Refusal } from './parent-ports.ts';
import { packageState } from './wire-shapes.ts';

type BlobStore = Pick<ContentStore, 'readBlob' | 'writeBlob' | 'readManifest' | 'readChunkIndex'>;

/** Items whose blobs are fetched at a time. */
const PARALLEL_ITEMS = 4;
/** Faults of one item; every other failure is one of the connection or of this node. */
const FAULTS_OF_ITEM = new Set([
  'NOT_FOUND',
  'CONTENT_DAMAGED',
  'REQUEST_TOO_LARGE',
  'PACKAGE_REFUSED',
  'INVALID_INPUT',
  'MALFORMED_REQUEST',
]);

/**
 * Looks at what the parent sent, and brings the manifest and the chunk index of each new version into the content store, verified by
 * hash and readable, before the item is stored. An item that is malformed, or whose blobs are missing or bad, is refused;
 * the others go on. Throws what stops all of them: a connection that broke, a full disk.
 */
export async function fetchManifests(
  store: BlobStore,
  door: Pick<ParentDoor, 'blob'>,
  items: readonly SentItem[],
  signal: AbortSignal,
): Promise<Arrivals> {
  const faults = new Map<SentItem, Refusal>();
  const queue = [...items];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      signal.throwIfAborted();
      const refusal = await fetchOne(store, door, item, signal);
      if (refusal) faults.set(item, refusal);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_ITEMS }, work));
  return { items: items.filter((item) => !faults.has(item)), refusals: [...faults.values()] };
}

async function fetchOne(
  store: BlobStore,
  door: Pick<ParentDoor, 'blob'>,
  item: SentItem,
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  try {
    if (item.kind === 'WITHDRAWN') return undefined;
    const { state } = item.item;
    const version = state && packageState(state, 'state').current;
    if (!version) return undefined;
    const { manifestHash, chunkIndexHash } = version;
    for (const sha256 of [manifestHash, chunkIndexHash]) {
      await ensureBlob(store, sha256, () => door.blob(sha256, signal));
    }
    await store.readChunkIndex(chunkIndexHash, await store.readManifest(manifestHash));
    return undefined;
  } catch (error) {
    if (!isCanopyError(error) || !FAULTS_OF_ITEM.has(error.code)) throw error;
    return { item, code: error.code, reason: error.message };
  }
}
