import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './http-date.ts';

/** What identifies the representation that would be served. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Whole seconds; a strong validator: no other content was ever served under it here. */
  readonly lastModifiedMs: number;
}

export type Precondition = 'PROCEED' | 'NOT_MODIFIED' | 'FAILED';

/** Evaluates the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2. */
export function evaluatePreconditions(
  headers: IncomingHttpHeaders,
  validators: Validators,
  nowMs: number,
): Precondition {
  const ifMatch = headers['if-match'];
  const unmodifiedSince = parseDate(headers['if-unmodified-since'], nowMs);
  if (ifMatch !== undefined) {
    if (!listMatches(ifMatch, validators.etag, 'strong')) return 'FAILED';
  } else if (unmodifiedSince !== undefined && validators.lastModifiedMs > unmodifiedSince) {
    return 'FAILED';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) {
    return listMatches(ifNoneMatch, validators.etag, 'weak') ? 'NOT_MODIFIED' : 'PROCEED';
  }
  const modifiedSince = parseDate(headers['if-modified-since'], nowMs);
  const isOld = modifiedSince !== undefined && validators.lastModifiedMs <= modifiedSince;
  return isOld ? 'NOT_MODIFIED' : 'PROCEED';
}

/**
 * Whether a Range header counts (RFC 9110 §13.1.5): without If-Range always, with an entity tag
 * only for the very same strong one, with a date only when it is exactly the same.
 */
export function isRangeCurrent(
  ifRange: string | undefined,
  validators: Validators,
  nowMs: number,
): boolean {
  if (ifRange === undefined) return true;
  const text = ifRange.trim();
  if (/^(W\/)?"/.test(text)) return text === validators.etag;
  return parseHttpDate(text, nowMs) === validators.lastModifiedMs;
}

function parseDate(header: string | undefined, nowMs: number): number | undefined {
  return header === undefined ? undefined : parseHttpDate(header.trim(), nowMs);
}

/** A malformed list matches nothing. Strong comparison never matches a weak tag. */
function listMatches(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  const entry = /[\t ]*(?:(W\/)?("[\x21\x23-\x7e\x80-\xff]*"))?[\t ]*(?:,|$)/y;
  let isMatch = false;
  while (entry.lastIndex < header.length) {
    const match = entry.exec(header);
    if (!match) return false;
    const isComparable = comparison === 'weak' || match[1] === undefined;
    if (isComparable && match[2] === etag) isMatch = true;
  }
  return isMatch;
}
