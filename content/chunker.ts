import { hash } from 'node:crypto';

/**
 * Content-defined chunking by a gear hash with FastCDC's normalisation (Xia et al., USENIX ATC
 * 2016): cuts depend on the 32 bytes before them, so an insertion moves the cuts near it and no
 * others. Until `normalBytes` a cut needs `strictBits` zero bits in the hash, afterwards
 * `relaxedBits`; with these values chunks average about 16 KiB.
 */
export const CHUNKING = {
  algorithm: 'gear-fastcdc-1',
  minBytes: 4 * 1024,
  normalBytes: 12 * 1024,
  maxBytes: 64 * 1024,
  strictBits: 16,
  relaxedBits: 12,
} as const;

/** The gear hash shifts a byte out after 32 steps, so this is all that it remembers. */
const WINDOW_BYTES = 32;
const STRICT_MASK = -1 << (32 - CHUNKING.strictBits);
const RELAXED_MASK = -1 << (32 - CHUNKING.relaxedBits);

/** 256 numbers that every implementation can derive: the first 4 bytes of a SHA-256 each. */
const GEAR = Int32Array.from({ length: 256 }, (_, byte) =>
  hash('sha256', `canopy gear ${byte}`, 'buffer').readInt32BE(0),
);

/**
 * Where the chunk that begins at `start` ends. `end` is the end of the available bytes; the answer
 * equals that for the whole content when `maxBytes` are available or `end` is the content's end.
 */
export function findCut(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + CHUNKING.maxBytes);
  const first = start + CHUNKING.minBytes;
  if (limit <= first) return limit;
  const normal = Math.min(limit, start + CHUNKING.normalBytes);
  let gear = 0;
  let position = first - WINDOW_BYTES;
  for (; position < first; position += 1) gear = ((gear << 1) + GEAR[bytes[position]!]!) | 0;
  for (; position < normal; position += 1) {
    if ((gear & STRICT_MASK) === 0) return position;
    gear = ((gear << 1) + GEAR[bytes[position]!]!) | 0;
  }
  for (; position < limit; position += 1) {
    if ((gear & RELAXED_MASK) === 0) return position;
    gear = ((gear << 1) + GEAR[bytes[position]!]!) | 0;
  }
  return limit;
}
