import { open } from 'node:fs/promises';
import type { Chunk, ChunkIndex } from '../content/chunk-index.ts';
import type { Manifest, ManifestFile } from '../content/manifest.ts';
import { foldPath } from '../content/path-policy.ts';
import type { ContentRange } from '../content/range-list.ts';
import { isChunkOf, MAX_CHUNK_BYTES, readFully } from './chunked-content.ts';

/**
 * Another version of the package that is on this machine and that sources may have too: what they
 * send is compressed against it.
 */
export interface BaseVersion {
  readonly internalVersion: number;
  readonly manifest: Manifest;
  readonly chunkIndex: ChunkIndex;
  /** Where a content of it lies. A file that is not there, or damaged, is not used. */
  pathOf(sha256: string): string;
}

/** One chunk of a content of the base. */
export interface BaseChunk {
  readonly contentSha256: string;
  readonly chunk: Chunk;
}

export interface BaseBytes {
  readonly internalVersion: number;
  readonly ranges: readonly ContentRange[];
  /** Of all ranges, one after the other. */
  readonly bytes: Buffer;
}

/** Finds what of a base resembles the bytes that are missing. */
export class BundleBase {
  private readonly version: BaseVersion;
  private readonly files: ReadonlyMap<string, ManifestFile>;

  constructor(version: BaseVersion) {
    this.version = version;
    this.files = new Map(version.manifest.files.map((file) => [foldPath(file.path), file]));
  }

  /** What the file's new `chunks` replace: the old chunks under its path that they do not have. */
  replacedBy(file: ManifestFile, chunks: readonly Chunk[]): BaseChunk[] {
    const old = this.files.get(foldPath(file.path));
    if (!old) return [];
    const kept = new Set(chunks.map(({ sha256 }) => sha256));
    return this.version.chunkIndex
      .chunksOf(old)
      .filter(({ sha256, lengthBytes }) => !kept.has(sha256) && lengthBytes <= MAX_CHUNK_BYTES)
      .map((chunk) => ({ contentSha256: old.sha256, chunk }));
  }

  /**
   * Those of `chunks` that are here unharmed. Without the comparison a damaged byte here would look
   * like a fault of the source.
   */
  async read(chunks: readonly BaseChunk[]): Promise<BaseBytes> {
    const ranges: ContentRange[] = [];
    const parts: Buffer[] = [];
    for (const { contentSha256: sha256, chunk } of chunks) {
      const bytes = await this.readChunk(sha256, chunk);
      if (!bytes || !isChunkOf(chunk, bytes)) continue;
      const { offsetBytes, lengthBytes } = chunk;
      ranges.push({ sha256, offsetBytes, lengthBytes });
      parts.push(bytes);
    }
    const { internalVersion } = this.version;
    return { internalVersion, ranges, bytes: Buffer.concat(parts) };
  }

  private async readChunk(sha256: string, chunk: Chunk): Promise<Buffer | undefined> {
    try {
      const handle = await open(this.version.pathOf(sha256), 'r');
      try {
        return await readFully(handle, chunk.offsetBytes, chunk.lengthBytes);
      } finally {
        await handle.close();
      }
    } catch {
      // It only helps; what it would have saved is fetched.
      return undefined;
    }
  }
}
