import { canonicalJson, type Json } from '../core/canonical-json.ts';
import { CanopyError } from '../core/errors.ts';
import { CHUNKING } from './chunker.ts';
import type { Manifest } from './manifest.ts';

/** One piece of a file's content, in order. */
export interface Chunk {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** Hex, lower case. */
  readonly sha256: string;
}

/** How the contents of a tree fall into chunks. */
export interface ChunkIndex {
  /** Names the algorithm and its parameters; equal texts mean comparable cuts. */
  readonly parameters: string;
  /** The chunks of one file's content. A content that is not in the index is one chunk. */
  chunksOf(content: { readonly sha256: string; readonly sizeBytes: number }): readonly Chunk[];
  /** As stored: {@link PackedChunks}, or `undefined` for a content of one chunk. */
  packedOf(sha256: string): PackedChunks | undefined;
}

/** Chunks of one content in order, each 4 bytes of length (big-endian) and 32 bytes of SHA-256. */
export type PackedChunks = Uint8Array;

export const PACKED_CHUNK_BYTES = 36;
const FORMAT = 'canopy-chunk-index-1';
const MAX_HEADER_BYTES = 4096;
const RECORD_HEAD_BYTES = 36;

/**
 * The index as a blob. First a line of canonical JSON, `{"chunking":{…},"contents":n,"format":…}`,
 * then per content of two chunks or more, sorted by hash: its SHA-256 (32 bytes), the number of its
 * chunks (4 bytes, big-endian) and its {@link PackedChunks}.
 */
export function encodeChunkIndex(contents: ReadonlyMap<string, PackedChunks>): Buffer {
  const hashes = [...contents.keys()].sort();
  const header = { chunking: CHUNKING, contents: hashes.length, format: FORMAT };
  const parts: Uint8Array[] = [Buffer.from(`${canonicalJson(header)}\n`)];
  for (const sha256 of hashes) {
    const packed = contents.get(sha256)!;
    const head = Buffer.alloc(RECORD_HEAD_BYTES);
    head.write(sha256, 'hex');
    head.writeUInt32BE(packed.length / PACKED_CHUNK_BYTES, 32);
    parts.push(head, packed);
  }
  return Buffer.concat(parts);
}

/**
 * Reads an index blob for the tree of `manifest`, trusting nothing in it: throws
 * `MALFORMED_REQUEST` unless every content is one of the tree and its chunks add up to its size.
 * The chunk hashes are claims until the assembled file matches the file's own hash.
 */
export function parseChunkIndex(bytes: Uint8Array, manifest: Manifest): ChunkIndex {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { parameters, count, start } = readHeader(buffer);
  const sizes = new Map(manifest.files.map((file) => [file.sha256, file.sizeBytes]));
  const contents = new Map<string, PackedChunks>();
  let offset = start;
  let previous = '';
  for (let index = 0; index < count; index += 1) {
    const record = readRecord(buffer, offset);
    if (record.sha256 <= previous) throw malformed('its contents are not sorted');
    if (sizes.get(record.sha256) !== sumLengths(record.packed)) {
      throw malformed(`the chunks of ${record.sha256} do not add up to a file of the tree`);
    }
    contents.set(record.sha256, record.packed);
    previous = record.sha256;
    offset += RECORD_HEAD_BYTES + record.packed.length;
  }
  if (offset !== buffer.length) throw malformed('it has bytes after its end');
  return {
    parameters,
    chunksOf: ({ sha256, sizeBytes }) => {
      const packed = contents.get(sha256);
      if (packed) return unpackChunks(packed);
      return sizeBytes === 0 ? [] : [{ offsetBytes: 0, lengthBytes: sizeBytes, sha256 }];
    },
    packedOf: (sha256) => contents.get(sha256),
  };
}

/** The parameters of the indexes that this version writes. */
export const CHUNK_PARAMETERS = canonicalJson(CHUNKING);

function unpackChunks(packed: PackedChunks): Chunk[] {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const chunks: Chunk[] = [];
  let offsetBytes = 0;
  for (let at = 0; at < buffer.length; at += PACKED_CHUNK_BYTES) {
    const lengthBytes = buffer.readUInt32BE(at);
    const sha256 = buffer.toString('hex', at + 4, at + PACKED_CHUNK_BYTES);
    chunks.push({ offsetBytes, lengthBytes, sha256 });
    offsetBytes += lengthBytes;
  }
  return chunks;
}

function readHeader(buffer: Buffer): { parameters: string; count: number; start: number } {
  const end = buffer.subarray(0, MAX_HEADER_BYTES).indexOf('\n');
  if (end < 0) throw malformed('it has no header');
  const header = parseHeader(buffer.toString('utf8', 0, end));
  if (header.format !== FORMAT) throw malformed(`its format is not ${FORMAT}`);
  if (!Number.isSafeInteger(header.contents) || (header.contents as number) < 0) {
    throw malformed('its header has no count of contents');
  }
  if (typeof header.parameters !== 'string') {
    throw malformed('its header does not name the chunking');
  }
  return { parameters: header.parameters, count: header.contents as number, start: end + 1 };
}

function parseHeader(line: string): { parameters?: string; contents?: unknown; format?: unknown } {
  try {
    const header = JSON.parse(line) as { [key: string]: Json | undefined } | null;
    const chunking = header?.['chunking'];
    const parameters = chunking === undefined ? undefined : canonicalJson(chunking);
    return {
      contents: header?.['contents'],
      format: header?.['format'],
      ...(parameters === undefined ? {} : { parameters }),
    };
  } catch {
    throw malformed('its header is not JSON');
  }
}

function readRecord(buffer: Buffer, offset: number): { sha256: string; packed: PackedChunks } {
  const body = offset + RECORD_HEAD_BYTES;
  if (body > buffer.length) throw malformed('it ends too early');
  const sha256 = buffer.toString('hex', offset, offset + 32);
  const end = body + buffer.readUInt32BE(offset + 32) * PACKED_CHUNK_BYTES;
  if (end > buffer.length) throw malformed('it ends too early');
  return { sha256, packed: buffer.subarray(body, end) };
}

function sumLengths(packed: PackedChunks): number {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  let sum = 0;
  for (let at = 0; at < buffer.length; at += PACKED_CHUNK_BYTES) {
    const lengthBytes = buffer.readUInt32BE(at);
    if (lengthBytes === 0) throw malformed('it has an empty chunk');
    sum += lengthBytes;
  }
  return sum;
}

function malformed(reason: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The chunk index cannot be read: ${reason}.`, {
    hint: 'Transfer whole files instead, or fetch the index again.',
  });
}
