import { hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { Chunk } from '../content/chunk-index.ts';
import { sizeOrZero, writeAll } from './local-files.ts';

/** The largest chunk that is handled; a content with a larger one goes as a whole. */
export const MAX_CHUNK_BYTES = 256 * 1024;
const BUFFER_BYTES = 1024 * 1024;

/** Which chunks of a content are in its file; the chunks' own hashes said so. */
export interface ChunkState {
  readonly chunks: readonly Chunk[];
  /** One entry per chunk, 1 when it is here. */
  readonly here: Uint8Array;
}

/** Bytes of the chunks that are here. */
export function bytesHere({ chunks, here }: ChunkState): number {
  return chunks.reduce((sum, chunk, index) => sum + (here[index] ? chunk.lengthBytes : 0), 0);
}

export function isChunkOf(chunk: Chunk, bytes: Uint8Array): boolean {
  return hash('sha256', bytes, 'hex') === chunk.sha256;
}

/**
 * A content that grows chunk by chunk in a file with holes. No journal says what is in it: after
 * a kill or a power cut its bytes are compared with the hashes of the chunks again.
 */
export class ChunkedContent implements ChunkState {
  readonly chunks: readonly Chunk[];
  readonly here: Uint8Array;
  private readonly handle: FileHandle;

  private constructor(handle: FileHandle, state: ChunkState) {
    this.handle = handle;
    this.chunks = state.chunks;
    this.here = state.here;
  }

  /** Opens or makes the file at `path`; `here` from an earlier look saves another. */
  static async open(
    path: string,
    chunks: readonly Chunk[],
    here?: Uint8Array,
  ): Promise<ChunkedContent> {
    const sizeBytes = await sizeOrZero(path);
    const handle = await open(path, sizeBytes > 0 ? 'r+' : 'w+');
    const state = { chunks, here: here ?? new Uint8Array(chunks.length) };
    const content = new ChunkedContent(handle, state);
    if (here || sizeBytes === 0) return content;
    try {
      await content.lookAt(handle, sizeBytes);
      return content;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get isComplete(): boolean {
    return this.here.every((flag) => flag === 1);
  }

  /** Writes verified chunks that follow each other, the first being number `first`. */
  async write(first: number, count: number, bytes: Uint8Array): Promise<void> {
    const position = this.chunks[first]!.offsetBytes;
    await writeAll(this.handle, bytes, position);
    this.here.fill(1, first, first + count);
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async lookAt(handle: FileHandle, sizeBytes: number): Promise<void> {
    for (const run of runsUpTo(this.chunks, BUFFER_BYTES)) {
      const { offsetBytes } = this.chunks[run.first]!;
      if (offsetBytes >= sizeBytes) return;
      const buffer = await readFully(handle, offsetBytes, run.lengthBytes);
      for (let index = run.first; index < run.end; index += 1) {
        const chunk = this.chunks[index]!;
        const start = chunk.offsetBytes - offsetBytes;
        const bytes = buffer.subarray(start, start + chunk.lengthBytes);
        if (bytes.length === chunk.lengthBytes && isChunkOf(chunk, bytes)) this.here[index] = 1;
      }
    }
  }
}

/** Reads `length` bytes at `position`, fewer when the file ends before. */
export async function readFully(
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

interface Run {
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
  readonly lengthBytes: number;
}

function* runsUpTo(chunks: readonly Chunk[], maxBytes: number): Generator<Run> {
  let first = 0;
  let lengthBytes = 0;
  for (const [index, chunk] of chunks.entries()) {
    if (lengthBytes > 0 && lengthBytes + chunk.lengthBytes > maxBytes) {
      yield { first, end: index, lengthBytes };
      first = index;
      lengthBytes = 0;
    }
    lengthBytes += chunk.lengthBytes;
  }
  if (lengthBytes > 0) yield { first, end: chunks.length, lengthBytes };
}
