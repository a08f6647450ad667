import type { HttpAnswer } from '../core/http-answer.ts';
import { discardBody, type HttpTransport } from './http-transport.ts';
import {
  SourceError,
  type Codebase,
  type FileSource,
  type OpenedFile,
  type OpenRequest,
} from './source.ts';

/**
 * An HTTP codebase. Resumes by `Range` with `If-Range` (RFC 9110 §13.1.5, §14.2) when the entity
 * tag is known; refuses before the body an answer that cannot be the file, a redirect among them,
 * for a source vouches only for its own address.
 */
export function httpSource(codebase: Codebase, transport: HttpTransport): FileSource {
  return {
    codebase,
    async open(request) {
      const answer = await ask(codebase, request, transport);
      try {
        return readAnswer(answer, request);
      } catch (error) {
        await discardBody(answer).catch(() => undefined);
        throw error;
      }
    },
  };
}

async function ask(
  codebase: Codebase,
  request: OpenRequest,
  transport: HttpTransport,
): Promise<HttpAnswer> {
  const path = request.path.split('/').map(encodeURIComponent).join('/');
  try {
    const headers = requestHeaders(request);
    return await transport(`${codebase.url}/${path}`, { headers, signal: request.signal });
  } catch (error) {
    request.signal.throwIfAborted();
    throw new SourceError('UNREACHABLE', `no connection: ${causeText(error)}`, error);
  }
}

function requestHeaders(request: OpenRequest): Record<string, string> {
  // Without it a proxy may compress, and a range of compressed bytes is no range of the file.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (isPart(request)) {
    headers['range'] = `bytes=${request.offset}-${request.endBytes ? request.endBytes - 1 : ''}`;
    if (request.etag !== undefined) headers['if-range'] = request.etag;
  }
  return headers;
}

function readAnswer(answer: HttpAnswer, request: OpenRequest): OpenedFile {
  refuseOtherThanFile(answer, request);
  const etag = strongTag(answer.headers.get('etag'));
  refuseOtherHash(etag, request.sha256);
  const offset = answer.status === 206 ? rangeStart(answer, request) : 0;
  const length = answer.headers.get('content-length');
  const end = answer.status === 206 ? endOf(request) : request.sizeBytes;
  const expected = end - offset;
  if (length !== null && Number(length) !== expected) {
    throw new SourceError('OTHER_CONTENT', `announces ${length} bytes instead of ${expected}`);
  }
  return { offset, etag, body: bodyOf(answer, request) };
}

function refuseOtherThanFile(answer: HttpAnswer, request: OpenRequest): void {
  const { status } = answer;
  if (status === 404 || status === 410) {
    throw new SourceError('MISSING', `has no file ${request.path} (HTTP ${status})`);
  }
  if (status >= 300 && status < 400) {
    throw new SourceError('REFUSED', `redirects (HTTP ${status}), which a codebase may not`);
  }
  if (status !== 200 && !(status === 206 && isPart(request))) {
    throw new SourceError('REFUSED', `answers HTTP ${status}`);
  }
  const encoding = answer.headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new SourceError('REFUSED', `sends the file encoded as ${encoding}`);
  }
}

/** The start of a partial answer, which must be exactly the range asked for. */
function rangeStart(answer: HttpAnswer, request: OpenRequest): number {
  const header = answer.headers.get('content-range') ?? '';
  const last = endOf(request) - 1;
  if (header !== `bytes ${request.offset}-${last}/${request.sizeBytes}`) {
    const asked = `${request.offset}-${last}/${request.sizeBytes}`;
    throw new SourceError('OTHER_CONTENT', `answers range "${header}" to bytes ${asked}`);
  }
  return request.offset;
}

const endOf = (request: OpenRequest): number => request.endBytes ?? request.sizeBytes;
const isPart = (request: OpenRequest): boolean =>
  request.offset > 0 || endOf(request) < request.sizeBytes;

/** Weak tags say nothing about bytes. */
function strongTag(header: string | null): string | undefined {
  return header?.startsWith('"') ? header : undefined;
}

/** Canopy's own tags are the SHA-256, so another version shows before its first byte. */
function refuseOtherHash(etag: string | undefined, sha256: string): void {
  const tagHash = etag && /^"(?:sha256-)?([0-9a-f]{64})"$/i.exec(etag)?.[1];
  if (tagHash && tagHash.toLowerCase() !== sha256) {
    throw new SourceError('OTHER_CONTENT', 'has other content under this name');
  }
}

async function* bodyOf(answer: HttpAnswer, request: OpenRequest): AsyncGenerator<Uint8Array> {
  if (!answer.body) return;
  try {
    for await (const bytes of answer.body) yield bytes;
  } catch (error) {
    request.signal.throwIfAborted();
    throw new SourceError('UNREACHABLE', `the connection broke: ${causeText(error)}`, error);
  }
}

/** The code says what failed; some errors have it in their cause only. */
function causeText(error: unknown): string {
  const { code, cause, message } = error as NodeJS.ErrnoException;
  return code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
}
