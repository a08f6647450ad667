import { parseChunkIndex, type ChunkIndex, type Manifest } from '../content/index.ts';
import { isCanopyError } from '../core/errors.ts';
import type { BaseVersion, LocalContent } from '../delivery/index.ts';
import type { Assignment, HeldVersion, PackageRecord } from './package-record.ts';
import type { WorkContext } from './work-context.ts';

/** Indexes read to save a transfer may cost this much of it, and never more than the second. */
const INDEX_SHARE_OF_MISSING = 0.1;
const MAX_INDEX_BYTES = 32 * 1024 * 1024;
/** A chunk's place in an index, roughly: 36 bytes for 16 KiB of content. */
const INDEX_SHARE_OF_CONTENT = 36 / (16 * 1024);

/**
 * What is here and may share chunks with a version that is on its way: the other versions of the
 * package first, then packages whose name begins alike, then others, as long as reading about
 * them costs little beside the bytes that are missing.
 */
export async function localContents(
  context: WorkContext,
  assignment: Assignment,
  missingBytes: number,
): Promise<LocalContent[]> {
  const own = context.book.get(assignment.packageId)?.held ?? [];
  const allowedBytes = Math.min(MAX_INDEX_BYTES, missingBytes * INDEX_SHARE_OF_MISSING);
  const contents = new Map<string, LocalContent>();
  for (const version of own) await addContents(context, version, contents);
  let indexBytes = 0;
  for (const version of othersByLikeness(context.book.all(), assignment)) {
    indexBytes += version.sizeBytes * INDEX_SHARE_OF_CONTENT;
    if (indexBytes > allowedBytes) break;
    await addContents(context, version, contents);
  }
  return [...contents.values()];
}

/** The newest other version of the package here, for sources to compress against. */
export async function baseVersion(
  context: WorkContext,
  { packageId, internalVersion }: Assignment,
): Promise<BaseVersion | undefined> {
  const held = context.book.get(packageId)?.held ?? [];
  const newest = held.find((version) => version.internalVersion !== internalVersion);
  if (!newest) return undefined;
  try {
    const manifest = await context.store.readManifest(newest.manifestHash);
    return {
      internalVersion: newest.internalVersion,
      manifest,
      chunkIndex: await readChunkIndex(context, newest, manifest),
      pathOf: context.store.paths.object,
    };
  } catch (error) {
    // It only helps; without it more bytes are sent.
    if (!isCanopyError(error)) throw error;
    return undefined;
  }
}

/** The chunk index of a version, for its manifest. */
export async function readChunkIndex(
  { store }: WorkContext,
  { chunkIndexHash }: Pick<Assignment, 'chunkIndexHash'>,
  manifest: Manifest,
): Promise<ChunkIndex> {
  return parseChunkIndex(await store.readBlob(chunkIndexHash), manifest);
}

async function addContents(
  context: WorkContext,
  version: HeldVersion,
  contents: Map<string, LocalContent>,
): Promise<void> {
  const { store } = context;
  try {
    const manifest = await store.readManifest(version.manifestHash);
    const index = await readChunkIndex(context, version, manifest);
    // A content that was taken out as damaged must not stand for its chunks.
    const present = await store.has(manifest.files);
    for (const [at, { sha256, sizeBytes }] of manifest.files.entries()) {
      if (!present[at] || sizeBytes === 0 || contents.has(sha256)) continue;
      const path = store.paths.object(sha256);
      contents.set(sha256, { path, sha256, sizeBytes, chunks: index.packedOf(sha256) });
    }
  } catch (error) {
    // It only helps; what it would have saved is fetched.
    if (!isCanopyError(error)) throw error;
  }
}

function othersByLikeness(
  records: readonly PackageRecord[],
  { packageId, name }: Assignment,
): HeldVersion[] {
  const likeness = (record: PackageRecord): number => commonStart(record.assignment.name, name);
  return records
    .filter((record) => record.packageId !== packageId)
    .sort((a, b) => likeness(b) - likeness(a))
    .flatMap(({ held }) => held.slice(0, 1));
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}
