import { CanopyError } from '../core/errors.ts';

export type SourceKind = 'HTTPS' | 'HTTP' | 'UNC';

/** A place that holds one version of a package: file `a/b` is at `url` + `/a/b`. */
export interface Codebase {
  /** `http://ps1.example/Altiris/PackageShare/{GUID}/{version}`, `\\ps1\share\{GUID}\v{version}`. */
  readonly url: string;
  readonly kind: SourceKind;
}

/** A request for one file, or a part of it. */
export interface OpenRequest {
  /** Relative, `/` between segments, as in the manifest. */
  readonly path: string;
  readonly sizeBytes: number;
  /** What the whole file must hash to (hex). A source may refuse early by it; it proves nothing. */
  readonly sha256: string;
  readonly offset: number;
  /** Exclusive; default: the end of the file. */
  readonly endBytes?: number;
  /** Strong entity tag that the bytes before `offset` came under; `undefined`: not known. */
  readonly etag: string | undefined;
  readonly signal: AbortSignal;
}

export interface OpenedFile {
  /** Where `body` starts: the offset asked for, or 0 when the source sends the whole file. */
  readonly offset: number;
  /** The strong entity tag of what is sent, when the source names one. */
  readonly etag: string | undefined;
  /**
   * Ends when the source says so, whatever was asked for; nothing is promised about its length or
   * content. A block is valid until the next one is asked for. Throws at once when the signal of
   * the request is aborted.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** One codebase, ready to be read. What it throws as its own fault is a {@link SourceError}. */
export interface FileSource {
  readonly codebase: Codebase;
  open(request: OpenRequest): Promise<OpenedFile>;
}

/**
 * `UNREACHABLE` no connection, or it broke; `REFUSED` an answer other than the file; `MISSING` it
 * says there is no such file; `OTHER_CONTENT` it announces another size, range or version;
 * `SHORT`, `TOO_LONG` against the announced size; `STALLED` too few bytes in the time allowed;
 * `WRONG_HASH` everything arrived and is not the file.
 */
export type SourceFault =
  | 'UNREACHABLE'
  | 'REFUSED'
  | 'MISSING'
  | 'OTHER_CONTENT'
  | 'SHORT'
  | 'TOO_LONG'
  | 'STALLED'
  | 'WRONG_HASH';

/** A source's fault: counted against it, and the next source is tried. */
export class SourceError extends Error {
  readonly fault: SourceFault;

  constructor(fault: SourceFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SourceError';
    this.fault = fault;
  }
}

/** Survives Jest realms and duplicated modules, which `instanceof` does not. */
export function isSourceError(error: unknown): error is SourceError {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { name?: unknown }).name === 'SourceError'
  );
}

/**
 * Reads a codebase URL in any of its spellings: `http(s)://…`, `\\server\share\…` or
 * `FILE://server/share/…` (the form of KB 180568). `undefined` for any other, and for one with a
 * user, query or fragment: no file name can be added to it.
 */
export function readCodebase(url: string): Codebase | undefined {
  if (url.startsWith('\\\\')) return { url: trimEnd(url, '\\'), kind: 'UNC' };
  if (/^file:\/\/[^/]/i.test(url)) {
    const unc = url.slice('file:'.length).replaceAll('/', '\\');
    return { url: trimEnd(unc, '\\'), kind: 'UNC' };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || parsed.username || parsed.password || parsed.search || parsed.hash) {
    return undefined;
  }
  if (parsed.protocol === 'https:') return { url: trimEnd(url, '/'), kind: 'HTTPS' };
  if (parsed.protocol === 'http:') return { url: trimEnd(url, '/'), kind: 'HTTP' };
  return undefined;
}

/** As {@link readCodebase}, for one that somebody chose; throws `INVALID_INPUT`. */
export function parseCodebase(url: string): Codebase {
  const codebase = readCodebase(url);
  if (codebase) return codebase;
  throw new CanopyError('INVALID_INPUT', `not a codebase URL: ${JSON.stringify(url)}`, {
    path: ['codebase'],
    hint: 'Use http://, https:// or \\\\server\\share\\folder, without user, query or fragment.',
  });
}

/** The server behind a codebase, for measurements that all its packages share. */
export function serverOf(codebase: Codebase): string {
  if (codebase.kind !== 'UNC') return new URL(codebase.url).origin;
  return codebase.url.split('\\').slice(0, 4).join('\\').toLowerCase();
}

function trimEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
