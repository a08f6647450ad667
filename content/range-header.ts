/** What a Range header asks of a representation of known size. */
export type RangeAnswer =
  /** Serve everything: there is no range, or one that a server ignores. */
  | { readonly kind: 'WHOLE' }
  | { readonly kind: 'PART'; readonly start: number; readonly endInclusive: number }
  | { readonly kind: 'UNSATISFIABLE' };

const WHOLE: RangeAnswer = { kind: 'WHOLE' };
const UNSATISFIABLE: RangeAnswer = { kind: 'UNSATISFIABLE' };

/**
 * Reads a Range header (RFC 9110 §14.1.2, §14.2) against `sizeBytes`. Malformed headers and other
 * units are ignored. So are several ranges, however many: a server may answer them with
 * everything, and then no list of tiny ranges can cost it anything.
 */
export function readRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const set = /^bytes=(.*)$/i.exec(header ?? '')?.[1];
  if (set === undefined) return WHOLE;
  const specs = set
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '');
  const match = specs.length === 1 ? /^(\d*)-(\d*)$/.exec(specs[0]!) : null;
  if (!match) return WHOLE;
  const [, first, last] = match as unknown as [string, string, string];
  if (first === '') return last === '' ? WHOLE : suffix(Number(last), sizeBytes);
  const start = Number(first);
  const end = last === '' ? Infinity : Number(last);
  if (end < start) return WHOLE;
  if (start >= sizeBytes) return UNSATISFIABLE;
  return { kind: 'PART', start, endInclusive: Math.min(end, sizeBytes - 1) };
}

function suffix(length: number, sizeBytes: number): RangeAnswer {
  if (length === 0) return UNSATISFIABLE;
  // Content-Range cannot express a part of nothing.
  if (sizeBytes === 0) return WHOLE;
  return { kind: 'PART', start: Math.max(0, sizeBytes - length), endInclusive: sizeBytes - 1 };
}
