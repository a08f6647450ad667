import { createHash } from 'node:crypto';
import type { BuildRequest } from '../../../content/build-request.ts';
import type { BuiltTree, ContentStore } from '../../../content/index.ts';
import { CanopyError } from '../../../core/errors.ts';

/** What of a content store publishing and replication use. */
type Used = Pick<
  ContentStore,
  | 'build'
  | 'publishTree'
  | 'setCurrent'
  | 'readBlob'
  | 'writeBlob'
  | 'readManifest'
  | 'readChunkIndex'
>;

/**
 * A content store without files, which outlives a process: blobs by hash, and source folders that
 * are a text each. What is inside manifests is nothing to the simulation.
 */
export class MemoryContent implements Used {
  /** What is in each source folder. */
  readonly folders = new Map<string, string>();
  private readonly blobs = new Map<string, Buffer>();

  async build({ sourceFolder }: Pick<BuildRequest, 'sourceFolder'>): Promise<BuiltTree> {
    const text = this.folders.get(sourceFolder) ?? '';
    return {
      rootHash: hashOf(Buffer.from(text)),
      manifestHash: await this.writeBlob(Buffer.from(`manifest of ${text}`)),
      chunkIndexHash: await this.writeBlob(Buffer.from(`chunks of ${text}`)),
      fileCount: 1,
      folderCount: 0,
      sizeBytes: text.length,
    } as BuiltTree;
  }

  async publishTree(): Promise<never> {
    return undefined as never;
  }

  async setCurrent(): Promise<void> {}

  async readBlob(sha256: string): Promise<Buffer> {
    const bytes = this.blobs.get(sha256);
    if (bytes) return bytes;
    throw new CanopyError('NOT_FOUND', `There is no blob ${sha256}.`);
  }

  async writeBlob(bytes: Uint8Array): Promise<string> {
    const sha256 = hashOf(bytes);
    this.blobs.set(sha256, Buffer.from(bytes));
    return sha256;
  }

  async readManifest(sha256: string): Promise<never> {
    return (await this.readBlob(sha256)) as never;
  }

  async readChunkIndex(sha256: string): Promise<never> {
    return (await this.readBlob(sha256)) as never;
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
