// Chunks cover the content, obey their bounds, and an insertion changes only those near it.
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodeChunkIndex, parseChunkIndex } from '../../../content/chunk-index.ts';
import { CHUNKING, findCut } from '../../../content/chunker.ts';
import { digestFile } from '../../../content/content-digest.ts';
import { sha256Hex } from '../../../content/tree.ts';
import { createTestFolder, type TestFolder } from './helpers.ts';

let folder: TestFolder;
beforeAll(() => {
  folder = createTestFolder();
});
afterAll(() => folder.remove());

/** Bytes without structure, the same for the same seed. */
function noise(seed: number, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(`${seed}`).digest();
}

function chunksOf(bytes: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let start = 0; start < bytes.length;) {
    const cut = findCut(bytes, start, bytes.length);
    chunks.push(bytes.subarray(start, cut));
    start = cut;
  }
  return chunks;
}

test('the cuts are the same in every release', () => {
  const lengths = chunksOf(noise(1, 100_000)).map((chunk) => chunk.length);
  expect(lengths).toEqual([14_755, 16_863, 18_211, 19_481, 13_458, 13_669, 3_563]);
});

test('chunks put together are the content, and stay within their bounds', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(200_000), fc.boolean(), (seed, length, isFlat) => {
      const bytes = isFlat ? Buffer.alloc(length, seed % 256) : noise(seed, length);
      const chunks = chunksOf(bytes);
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(CHUNKING.maxBytes);
      for (const chunk of chunks.slice(0, -1)) {
        expect(chunk.length).toBeGreaterThanOrEqual(CHUNKING.minBytes);
      }
    }),
    { numRuns: 50 },
  );
});

test('chunks average about 16 KiB', () => {
  const average = (4 << 20) / chunksOf(noise(2, 4 << 20)).length;
  expect(average).toBeGreaterThan(14 * 1024);
  expect(average).toBeLessThan(18 * 1024);
});

test('an insertion leaves all but a few chunks as they were', () => {
  const bytes = noise(3, 1 << 20);
  const before = new Set(chunksOf(bytes).map(sha256Hex));
  fc.assert(
    fc.property(
      fc.nat(bytes.length),
      fc.uint8Array({ minLength: 1, maxLength: 5000 }),
      (at, extra) => {
        const changed = Buffer.concat([bytes.subarray(0, at), extra, bytes.subarray(at)]);
        const fresh = chunksOf(changed).filter((chunk) => !before.has(sha256Hex(chunk)));
        const freshBytes = fresh.reduce((sum, chunk) => sum + chunk.length, 0);
        expect(freshBytes).toBeLessThan(4 * CHUNKING.maxBytes);
      },
    ),
    { numRuns: 30 },
  );
});

test('reading a file in blocks finds the cuts of the whole, and the copy is the file', () => {
  const bytes = noise(4, 3 * 1024 * 1024 + 12_345);
  const path = join(folder.path, 'content');
  writeFileSync(path, bytes);
  const source = openSync(path, 'r');
  const digest = digestFile(source);
  closeSync(source);
  expect(digest).toMatchObject({ sha256: sha256Hex(bytes), sizeBytes: bytes.length });
  const manifest = {
    files: [{ path: 'content', sizeBytes: bytes.length, sha256: digest.sha256, modifiedAtMs: 0 }],
    emptyFolders: [],
  };
  const blob = encodeChunkIndex(new Map([[digest.sha256, digest.chunks!]]));
  const index = parseChunkIndex(blob, manifest);
  const expected = chunksOf(bytes).map((chunk) => [chunk.length, sha256Hex(chunk)]);
  const found = index.chunksOf(manifest.files[0]!);
  expect(found.map((chunk) => [chunk.lengthBytes, chunk.sha256])).toEqual(expected);
  expect(found.at(-1)!.offsetBytes + found.at(-1)!.lengthBytes).toBe(bytes.length);
  expect(JSON.parse(index.parameters)).toEqual(CHUNKING);

  const text = blob.toString('latin1');
  const broken = [
    blob.subarray(0, blob.length - 1),
    Buffer.concat([blob, Buffer.alloc(1)]),
    Buffer.from(text.replace('"contents":1', '"contents":2'), 'latin1'),
    Buffer.from(text.replace('canopy-chunk-index-1', 'canopy-chunk-index-9'), 'latin1'),
    Buffer.from(text.replace('"minBytes":4096', '"minBytes":1e999'), 'latin1'),
    Buffer.alloc(10),
  ];
  for (const bad of broken) {
    expect(() => parseChunkIndex(bad, manifest)).toThrow(
      expect.objectContaining({ code: 'MALFORMED_REQUEST' }),
    );
  }
  const other = [{ ...manifest.files[0]!, sizeBytes: bytes.length - 1 }];
  expect(() => parseChunkIndex(blob, { ...manifest, files: other })).toThrow(/do not add up/);
});

test('a content that is not in the index is one chunk', () => {
  const index = parseChunkIndex(encodeChunkIndex(new Map()), { files: [], emptyFolders: [] });
  const sha256 = sha256Hex('x');
  expect(index.chunksOf({ sha256, sizeBytes: 1 })).toEqual([
    { offsetBytes: 0, lengthBytes: 1, sha256 },
  ]);
  expect(index.chunksOf({ sha256: sha256Hex(''), sizeBytes: 0 })).toEqual([]);
});
