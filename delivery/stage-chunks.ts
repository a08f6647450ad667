import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChunkIndex } from '../content/chunk-index.ts';
import type { Manifest, ManifestFile } from '../content/manifest.ts';
import { ChunkedContent, MAX_CHUNK_BYTES, type ChunkState } from './chunked-content.ts';
import { chunkFile, copyLocalChunks, LocalChunks, type LocalContent } from './local-chunks.ts';
import type { FileThreads } from './file-threads.ts';
import { filesBelow, ignoreMissing, sizeOrZero } from './local-files.ts';

/** What is known of chunks, of the wanted version and of what is on this machine. */
export interface ChunkKnowledge {
  /** Of the wanted version; without it files go whole. */
  readonly chunkIndex?: ChunkIndex;
  /**
   * Contents on this machine, of any package and version; the likeliest first. A file that is
   * known to be damaged is better left out: in the package's own folder it is cut anew.
   */
  readonly localContents?: readonly LocalContent[];
}

export interface StageChunksOptions extends ChunkKnowledge {
  readonly manifest: Manifest;
  readonly threads: FileThreads;
  readonly signal: AbortSignal;
  /** The folder of contents on their way. */
  readonly content: string;
  /** Folders of other versions; files that `localContents` does not have are cut into chunks. */
  readonly reusable: readonly string[];
  /** Contents that are here as a whole. */
  readonly whole: ReadonlySet<string>;
}

/** Where the chunks of a content are collected. */
export const chunksPath = (content: string, sha256: string): string =>
  join(content, `${sha256}.chunks`);

/**
 * Puts together what this machine already has of the missing contents: chunks of an earlier
 * attempt and of local files, each verified. Answers every missing content whose chunks are known.
 */
export async function stageChunks(options: StageChunksOptions): Promise<Map<string, ChunkState>> {
  const missing = missingContents(options);
  const staged = new Map<string, ChunkState>();
  if (missing.length === 0) return staged;
  const local = await findLocalChunks(options, missing);
  for (const { file, chunks } of missing) {
    const path = chunksPath(options.content, file.sha256);
    await rename(join(options.content, `${file.sha256}.part`), path).catch(ignoreMissing);
    const isSomeHere = chunks.some(({ sha256 }) => local.placeOf(sha256));
    if (!isSomeHere && (await sizeOrZero(path)) === 0) {
      staged.set(file.sha256, { chunks, here: new Uint8Array(chunks.length) });
      continue;
    }
    const content = await ChunkedContent.open(path, chunks);
    try {
      await copyLocalChunks(content, local, options.signal);
      staged.set(file.sha256, { chunks, here: content.here });
    } finally {
      await content.close();
    }
  }
  return staged;
}

interface MissingContent {
  readonly file: ManifestFile;
  readonly chunks: ChunkState['chunks'];
}

/** Contents of one chunk are left out: their chunk is the file, which staging has looked for. */
function missingContents(options: StageChunksOptions): MissingContent[] {
  const { chunkIndex } = options;
  if (!chunkIndex) return [];
  const distinct = new Map(options.manifest.files.map((file) => [file.sha256, file]));
  return [...distinct.values()].flatMap((file) => {
    if (options.whole.has(file.sha256)) return [];
    if (!chunkIndex.packedOf(file.sha256)) return [];
    const chunks = chunkIndex.chunksOf(file);
    const isUsable = chunks.every(({ lengthBytes }) => lengthBytes <= MAX_CHUNK_BYTES);
    return isUsable ? [{ file, chunks }] : [];
  });
}

async function findLocalChunks(
  options: StageChunksOptions,
  missing: readonly MissingContent[],
): Promise<LocalChunks> {
  const wanted = new Set(missing.flatMap(({ chunks }) => chunks.map(({ sha256 }) => sha256)));
  const local = new LocalChunks(wanted);
  const known = new Set<string>();
  for (const content of options.localContents ?? []) {
    local.add(content);
    known.add(content.path);
  }
  await addUnknownFiles(local, known, options);
  return local;
}

/** A file in place that no index speaks for: put there by hand, or damaged since. */
async function addUnknownFiles(
  local: LocalChunks,
  known: ReadonlySet<string>,
  options: StageChunksOptions,
): Promise<void> {
  const folders = await Promise.all(options.reusable.map(filesBelow));
  const unknown = folders.flat().filter(({ path }) => !known.has(path));
  for (const { path, sizeBytes } of unknown) {
    options.signal.throwIfAborted();
    const pool = options.threads.commits;
    const content = sizeBytes > 0 && (await chunkFile(path, pool, options.signal));
    if (content) local.add(content);
  }
}
