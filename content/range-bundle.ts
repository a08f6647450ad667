import { close, read } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { Clock } from '../core/clock.ts';
import { CanopyError, isCanopyError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { BundleSlots, type BundleSlotLimits } from './bundle-slots.ts';
import type { FileIndex } from './file-index.ts';
import { damaged, openContent, type StoredContent } from './object-reader.ts';
import {
  parseRangeList,
  RANGE_LIST_TYPE,
  type ContentRange,
  type RangeList,
  type RangeListLimits,
} from './range-list.ts';
import { readBody } from './read-body.ts';

/** The bytes of all ranges in the order asked for, nothing between them, as one zstd frame. */
export const RANGE_BUNDLE_TYPE = 'application/vnd.canopy.ranges+zstd';
/** Names the version whose bytes the frame was compressed against; absent: against nothing. */
export const BASE_VERSION_HEADER = 'X-Canopy-Base-Version';

export interface BundleLimits extends RangeListLimits, BundleSlotLimits {
  /** A reader that has not taken its answer by then is cut off. */
  readonly answerTimeoutMs: number;
}

/**
 * The limits of both kinds of server; docs/protocol.md names those of a request, and receivers keep
 * to them. An answer holds at most `rangeBytes` until its reader has it, and a compression under
 * way some 30 MiB.
 */
export const BUNDLE_LIMITS: BundleLimits = {
  requestBytes: 256 * 1024,
  ranges: 5_000,
  rangeBytes: 4 * 1024 * 1024,
  answers: 32,
  answersPerClient: 6,
  compressions: 2,
  retryAfterMs: 2_000,
  answerTimeoutMs: 5 * 60_000,
};

export interface RangeBundleServerOptions {
  /** Where a content lies, for example `store.paths.object`. */
  readonly objectPath: (sha256: string) => string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default {@link BUNDLE_LIMITS}. */
  readonly limits?: BundleLimits;
}

/** The version that a request is for, and who asks. */
export interface BundleTarget {
  readonly index: FileIndex;
  /** Another version of the same package, when it is here. */
  indexOf(internalVersion: number): Promise<FileIndex | undefined>;
  /** Whatever the limits count a client by, for example its address. */
  readonly client: string;
}

/** Level 3 is where zstd keeps up with a gigabit line. */
const LEVEL = { [constants.ZSTD_c_compressionLevel]: 3 };
/**
 * Versions of a program differ in addresses all over it. To find the short pieces between these
 * in a base, the match finder needs larger tables than its level has; its window holds base and
 * ranges together.
 */
const AGAINST_BASE = {
  ...LEVEL,
  [constants.ZSTD_c_windowLog]: 23,
  [constants.ZSTD_c_hashLog]: 20,
  [constants.ZSTD_c_chainLog]: 20,
};
const METHODS = 'OPTIONS, POST';

/** Does the request want to know of bundles, or want one? Only at the address of a version. */
export function asksForBundle({ method }: IncomingMessage): boolean {
  return method === 'POST' || method === 'OPTIONS';
}

/**
 * Answers many ranges of many files of one version by one compressed response, compressed against
 * bytes of an older version that the asker has: an update of thousands of small changes is one
 * request, and costs little more than what differs. What was read wrongly, the receiver sees by the
 * hashes of its chunks. Compressing happens outside the main thread.
 */
export class RangeBundleServer {
  private readonly options: RangeBundleServerOptions;
  private readonly limits: BundleLimits;
  private readonly slots: BundleSlots;

  constructor(options: RangeBundleServerOptions) {
    this.options = options;
    this.limits = options.limits ?? BUNDLE_LIMITS;
    this.slots = new BundleSlots(this.limits);
  }

  /**
   * Answers a request that {@link asksForBundle}. Throws before the head of the response:
   * `MALFORMED_REQUEST`, `REQUEST_TOO_LARGE`, `NOT_FOUND` for what the version does not have,
   * `RATE_LIMITED`, `BUSY`, `CONTENT_DAMAGED`. Resolves when the bytes are on their way.
   */
  async serve(
    request: IncomingMessage,
    response: ServerResponse,
    target: BundleTarget,
  ): Promise<void> {
    if (request.method === 'OPTIONS') return tellOffer(response);
    requireListType(request);
    const list = parseRangeList(await readBody(request, this.limits.requestBytes), this.limits);
    requireRanges(list.ranges, target.index);
    if (response.destroyed) return;
    this.slots.enter(target.client, response);
    const bundle = await this.slots.compress(() => this.make(list, target, response));
    if (!bundle || response.destroyed) return;
    response.writeHead(200, {
      'Content-Type': RANGE_BUNDLE_TYPE,
      'Content-Length': bundle.bytes.length,
      'Cache-Control': 'no-store',
      ...(bundle.baseVersion === undefined ? {} : { [BASE_VERSION_HEADER]: bundle.baseVersion }),
    });
    this.cutOffWhenLate(response);
    response.end(bundle.bytes);
  }

  /** `undefined`: the client is gone. */
  private async make(
    { ranges, base }: RangeList,
    target: BundleTarget,
    response: ServerResponse,
  ): Promise<{ readonly bytes: Buffer; readonly baseVersion: number | undefined } | undefined> {
    if (response.destroyed) return undefined;
    const plain = await this.readRanges(ranges, target.index);
    const dictionary = base && (await this.readBase(base, target));
    if (!dictionary)
      return { bytes: await compress(plain, { params: LEVEL }), baseVersion: undefined };
    const bytes = await compress(plain, { params: AGAINST_BASE, dictionary });
    return { bytes, baseVersion: base.internalVersion };
  }

  /** A base only helps: what is not here, or cannot be read, is left aside. */
  private async readBase(
    { internalVersion, ranges }: NonNullable<RangeList['base']>,
    target: BundleTarget,
  ): Promise<Buffer | undefined> {
    if (ranges.length === 0) return undefined;
    try {
      const index = await target.indexOf(internalVersion);
      return index && (await this.readRanges(ranges, index));
    } catch (error) {
      if (!isCanopyError(error)) throw error;
      if (error.code === 'CONTENT_DAMAGED') {
        this.options.logger.warn({ error }, 'A base of a range bundle could not be read.');
      }
      return undefined;
    }
  }

  private async readRanges(ranges: readonly ContentRange[], index: FileIndex): Promise<Buffer> {
    requireRanges(ranges, index);
    const bytes = Buffer.allocUnsafe(ranges.reduce((sum, range) => sum + range.lengthBytes, 0));
    let filled = 0;
    for (const group of byContent(ranges)) {
      const content = index.contentOf(group[0]!.sha256)!;
      const descriptor = openContent(this.options.objectPath(content.sha256), content);
      try {
        for (const { offsetBytes, lengthBytes } of group) {
          const into = bytes.subarray(filled, filled + lengthBytes);
          await readFully(descriptor, into, { offsetBytes, content });
          filled += lengthBytes;
        }
      } finally {
        await closeFile(descriptor);
      }
    }
    return bytes;
  }

  private cutOffWhenLate(response: ServerResponse): void {
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    this.options.clock.sleep(this.limits.answerTimeoutMs, closed.signal).then(
      () => response.destroy(),
      () => undefined,
    );
  }
}

const compress = promisify(zstdCompress);
const closeFile = promisify(close);
const readFile = promisify(read) as (
  descriptor: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: number,
) => Promise<{ bytesRead: number }>;

async function readFully(
  descriptor: number,
  bytes: Buffer,
  { offsetBytes, content }: { readonly offsetBytes: number; readonly content: StoredContent },
): Promise<void> {
  for (let filled = 0; filled < bytes.length;) {
    const wanted = bytes.length - filled;
    const position = offsetBytes + filled;
    const { bytesRead } = await readFile(descriptor, bytes, filled, wanted, position);
    if (bytesRead === 0) throw damaged(content, 'became shorter while it was read');
    filled += bytesRead;
  }
}

/** Neighbours of one content together, so that it is opened once for them. */
function byContent(ranges: readonly ContentRange[]): ContentRange[][] {
  const groups: ContentRange[][] = [];
  for (const range of ranges) {
    const last = groups.at(-1);
    if (last?.[0]!.sha256 === range.sha256) last.push(range);
    else groups.push([range]);
  }
  return groups;
}

function tellOffer(response: ServerResponse): void {
  response.writeHead(204, { Allow: METHODS, 'Accept-Post': RANGE_LIST_TYPE }).end();
}

function requireListType(request: IncomingMessage): void {
  const type = request.headers['content-type'] ?? 'none';
  if (type === RANGE_LIST_TYPE) return;
  throw new CanopyError('MALFORMED_REQUEST', `The Content-Type ${type} is not taken here.`, {
    path: ['Content-Type'],
    hint: `Send a range list as ${RANGE_LIST_TYPE}.`,
  });
}

function requireRanges(ranges: readonly ContentRange[], index: FileIndex): void {
  for (const { sha256, offsetBytes, lengthBytes } of ranges) {
    const content = index.contentOf(sha256);
    if (!content) {
      throw new CanopyError('NOT_FOUND', `This version has no content ${sha256}.`, {
        path: ['ranges'],
      });
    }
    if (offsetBytes + lengthBytes > content.sizeBytes) {
      const text = `The content ${sha256} has ${content.sizeBytes} bytes; its range of`;
      throw new CanopyError(
        'NOT_FOUND',
        `${text} ${lengthBytes} at ${offsetBytes} ends after it.`,
        {
          path: ['ranges'],
        },
      );
    }
  }
}
