import { CanopyError } from '../core/errors.ts';
import { SHA256_HEX } from './tree.ts';

/** A part of a content. */
export interface ContentRange {
  readonly sha256: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** What is asked of a version by one request. */
export interface RangeList {
  readonly ranges: readonly ContentRange[];
  /** Bytes of another version of the package that the asker has. */
  readonly base?: RangeListBase | undefined;
}

export interface RangeListBase {
  readonly internalVersion: number;
  readonly ranges: readonly ContentRange[];
}

/** The media type of a {@link RangeList} in its JSON form, {@link encodeRangeList}. */
export const RANGE_LIST_TYPE = 'application/vnd.canopy.range-list+json';

/** What one list may ask for, whichever server is asked; part of the protocol. */
export interface RangeListLimits {
  readonly requestBytes: number;
  /** Of the version, and the same number of its base. */
  readonly ranges: number;
  /** Sum of the lengths, of the version and of its base each. */
  readonly rangeBytes: number;
}

/**
 * The list as JSON: `{"ranges":[["<sha256>",offset,length,offset,length,…],…]}` with, for a base,
 * `"base":{"version":<internalVersion>,"ranges":[…]}`. Neighbouring ranges of one content share
 * its hash.
 */
export function encodeRangeList({ ranges, base }: RangeList): string {
  if (!base) return JSON.stringify({ ranges: grouped(ranges) });
  const { internalVersion: version } = base;
  return JSON.stringify({
    ranges: grouped(ranges),
    base: { version, ranges: grouped(base.ranges) },
  });
}

function grouped(ranges: readonly ContentRange[]): (string | number)[][] {
  const groups: (string | number)[][] = [];
  for (const { sha256, offsetBytes, lengthBytes } of ranges) {
    const last = groups.at(-1);
    if (last?.[0] === sha256) last.push(offsetBytes, lengthBytes);
    else groups.push([sha256, offsetBytes, lengthBytes]);
  }
  return groups;
}

/**
 * Reads a list, trusting nothing in it. Throws `MALFORMED_REQUEST` with the place that is wrong,
 * and `REQUEST_TOO_LARGE` with the limit that it exceeds.
 */
export function parseRangeList(body: Uint8Array, limits: RangeListLimits): RangeList {
  const { ranges, base } = parseJson(body);
  const wanted = readRanges(ranges, ['ranges'], limits);
  if (wanted.length === 0) throw malformed(['ranges'], 'is empty');
  if (base === undefined) return { ranges: wanted };
  if (typeof base !== 'object' || base === null) throw malformed(['base'], 'is not an object');
  const { version, ranges: baseRanges } = base as { version?: unknown; ranges?: unknown };
  if (!isCount(version)) throw malformed(['base', 'version'], 'is not an internalVersion');
  const found = readRanges(baseRanges, ['base', 'ranges'], limits);
  return { ranges: wanted, base: { internalVersion: version, ranges: found } };
}

function parseJson(body: Uint8Array): { readonly ranges?: unknown; readonly base?: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw malformed(['body'], 'is not a JSON object');
}

type Path = readonly string[];

function readRanges(value: unknown, path: Path, limits: RangeListLimits): ContentRange[] {
  if (!Array.isArray(value)) throw malformed(path, 'is not a list');
  const ranges: ContentRange[] = [];
  let rangeBytes = 0;
  for (const [at, group] of (value as unknown[]).entries()) {
    for (const range of readGroup(group, [...path, String(at)])) {
      ranges.push(range);
      rangeBytes += range.lengthBytes;
      if (ranges.length > limits.ranges) throw tooLarge(path, `${limits.ranges} ranges`);
      if (rangeBytes > limits.rangeBytes) throw tooLarge(path, `${limits.rangeBytes} bytes`);
    }
  }
  return ranges;
}

function* readGroup(group: unknown, path: Path): Generator<ContentRange> {
  if (!Array.isArray(group) || group.length < 3 || group.length % 2 === 0) {
    throw malformed(path, 'is not a hash followed by pairs of offset and length');
  }
  const [sha256, ...numbers] = group as unknown[];
  if (typeof sha256 !== 'string' || !SHA256_HEX.test(sha256)) {
    throw malformed([...path, '0'], 'is not a SHA-256 in lower-case hexadecimal digits');
  }
  for (let at = 0; at < numbers.length; at += 2) {
    const [offsetBytes, lengthBytes] = numbers.slice(at, at + 2);
    if (!isCount(offsetBytes)) throw malformed([...path, String(at + 1)], 'is not an offset');
    if (!isCount(lengthBytes) || lengthBytes === 0) {
      throw malformed([...path, String(at + 2)], 'is not a length');
    }
    yield { sha256, offsetBytes, lengthBytes };
  }
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

function malformed(path: Path, what: string): CanopyError {
  return new CanopyError('MALFORMED_REQUEST', `The range list's ${path.join('.')} ${what}.`, {
    path,
    hint: 'Send {"ranges":[["<sha256>",offset,length,…],…]}.',
  });
}

function tooLarge(path: Path, limit: string): CanopyError {
  return new CanopyError('REQUEST_TOO_LARGE', `${path.join('.')} asks for more than ${limit}.`, {
    path,
    hint: 'Split the request.',
  });
}
