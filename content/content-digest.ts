import { createHash, hash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { PACKED_CHUNK_BYTES, type PackedChunks } from './chunk-index.ts';
import { CHUNKING, findCut } from './chunker.ts';

const READ_BYTES = 1024 * 1024;

/** One buffer per thread: reading is synchronous, so no two digests are ever under way in one. */
const buffer = Buffer.allocUnsafeSlow(READ_BYTES + CHUNKING.maxBytes);

export interface ContentDigest {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** `undefined` when the content is one chunk, whose hash is then `sha256`. */
  readonly chunks: PackedChunks | undefined;
}

export interface DigestOptions {
  /** A descriptor that receives a copy; the digest is of the bytes as they were written there. */
  readonly copyTo?: number;
  /** Called after each block; may throw to stop. */
  readonly onBytes?: (count: number) => void;
}

/** Reads an open file from its position to its end, once: hash, chunks and optionally a copy. */
export function digestFile(descriptor: number, options: DigestOptions = {}): ContentDigest {
  const whole = createHash('sha256');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let held = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, held, buffer.length - held, null);
    const fresh = buffer.subarray(held, held + count);
    whole.update(fresh);
    if (options.copyTo !== undefined) writeAll(options.copyTo, fresh);
    sizeBytes += count;
    held += count;
    if (count > 0) options.onBytes?.(count);
    const atEnd = count === 0;
    let start = 0;
    while (held - start >= CHUNKING.maxBytes || (atEnd && held > start)) {
      const cut = findCut(buffer, start, held);
      const isOnlyChunk = atEnd && chunks.length === 0 && cut === held;
      if (!isOnlyChunk) chunks.push(packChunk(buffer.subarray(start, cut)));
      start = cut;
    }
    buffer.copyWithin(0, start, held);
    held -= start;
    if (atEnd) break;
  }
  return {
    sha256: whole.digest('hex'),
    sizeBytes,
    chunks: chunks.length === 0 ? undefined : new Uint8Array(Buffer.concat(chunks)),
  };
}

function packChunk(bytes: Uint8Array): Buffer {
  const packed = Buffer.allocUnsafe(PACKED_CHUNK_BYTES);
  packed.writeUInt32BE(bytes.length, 0);
  packed.set(hash('sha256', bytes, 'buffer'), 4);
  return packed;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(descriptor, bytes, written);
}
