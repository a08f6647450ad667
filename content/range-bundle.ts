import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { ERRORS, type ErrorCode } from '../core/errors.ts';
import { SHA256_HEX } from './tree.ts';

/** A part of a content: `[sha256, offset, length]`. */
export type BundledRange = readonly [sha256: string, offsetBytes: number, lengthBytes: number];

/** What the request of a bundle is: `{"ranges":[[sha256,offset,length],…]}`. */
export const RANGE_LIST_TYPE = 'application/vnd.canopy.range-list+json';
/** The bytes of all ranges in the order asked for, nothing between them, as one zstd stream. */
export const RANGE_BUNDLE_TYPE = 'application/vnd.canopy.ranges+zstd';
export const BUNDLE_LIMITS = { ranges: 10_000, requestBytes: 1024 * 1024 } as const;

const READ_BYTES = 256 * 1024;
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 3 } };

export interface BundleSource {
  /** Size of a content of the version that was asked for; `undefined`: it has no such content. */
  sizeOf(sha256: string): number | undefined;
  /** Where the content lies. */
  objectPath(sha256: string): string;
}

/** Is it the request of a bundle, for {@link serveRangeBundle}? */
export function asksForBundle(request: IncomingMessage): boolean {
  return request.method === 'POST' && request.headers['content-type'] === RANGE_LIST_TYPE;
}

/**
 * Answers many ranges of many files by one compressed response: an update of thousands of small
 * changes is one request. What was read wrongly, the receiver sees by the hashes of its chunks.
 * Resolves when the response is over; an error after its head breaks the connection.
 */
export async function serveRangeBundle(
  request: IncomingMessage,
  response: ServerResponse,
  source: BundleSource,
): Promise<void> {
  const ranges = await readRangeList(request);
  if (typeof ranges === 'string') return refuse(response, ranges);
  const isKnown = ranges.every(([sha256, offset, length]) => {
    const sizeBytes = source.sizeOf(sha256);
    return sizeBytes !== undefined && offset + length <= sizeBytes;
  });
  if (!isKnown) return refuse(response, 'NOT_FOUND');
  response.writeHead(200, { 'Content-Type': RANGE_BUNDLE_TYPE, 'Cache-Control': 'no-store' });
  const bytes = Readable.from(readRanges(ranges, source), { objectMode: false });
  try {
    await pipeline(bytes, createZstdCompress(COMPRESSION), response);
  } catch {
    // The client left, or a content cannot be read; a stream cut short says the same to it.
    response.destroy();
  }
}

async function readRangeList(
  request: IncomingMessage,
): Promise<readonly BundledRange[] | ErrorCode> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > BUNDLE_LIMITS.requestBytes) return 'REQUEST_TOO_LARGE';
    parts.push(part);
  }
  try {
    const list = JSON.parse(Buffer.concat(parts).toString()) as { ranges?: unknown } | null;
    const ranges = list?.ranges;
    if (!Array.isArray(ranges) || ranges.length > BUNDLE_LIMITS.ranges) return 'MALFORMED_REQUEST';
    return ranges.every(isRange) ? ranges : 'MALFORMED_REQUEST';
  } catch {
    return 'MALFORMED_REQUEST';
  }
}

function isRange(value: unknown): value is BundledRange {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [sha256, offset, length] = value as unknown[];
  const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && Number(count) >= 0;
  return (
    typeof sha256 === 'string' && SHA256_HEX.test(sha256) && isCount(offset) && isCount(length)
  );
}

async function* readRanges(
  ranges: readonly BundledRange[],
  source: BundleSource,
): AsyncGenerator<Buffer> {
  for (const [sha256, offset, length] of ranges) {
    const handle = await open(source.objectPath(sha256), 'r');
    try {
      for (let done = 0; done < length;) {
        // A fresh buffer each time: the compressor keeps the last one until it has used it.
        const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, length - done));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset + done);
        if (bytesRead === 0) throw new Error(`content ${sha256} is shorter than its size`);
        yield buffer.subarray(0, bytesRead);
        done += bytesRead;
      }
    } finally {
      await handle.close();
    }
  }
}

function refuse(response: ServerResponse, code: ErrorCode): void {
  const body = `${code}: ${ERRORS[code].meaning}\n`;
  response
    .writeHead(ERRORS[code].status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    })
    .end(body);
}
