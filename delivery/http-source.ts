import type { Fetch } from '../core/http-answer.ts';
import {
  SourceError,
  type Codebase,
  type FileSource,
  type OpenedFile,
  type OpenRequest,
} from './source.ts';

/**
 * An HTTP codebase. Resumes by `Range` with `If-Range` (RFC 9110 §13.1.5, §14.2) when the entity
 * tag is known; never follows a redirect, for a source vouches only for its own address; refuses
 * before the body an answer that cannot be the file.
 */
export function httpSource(codebase: Codebase, fetch: Fetch): FileSource {
  return {
    codebase,
    async open(request) {
      const response = await ask(codebase, request, fetch);
      try {
        return readAnswer(response, request);
      } catch (error) {
        await response.body?.cancel().catch(() => undefined);
        throw error;
      }
    },
  };
}

async function ask(codebase: Codebase, request: OpenRequest, fetch: Fetch): Promise<Response> {
  const path = request.path.split('/').map(encodeURIComponent).join('/');
  try {
    return await fetch(`${codebase.url}/${path}`, {
      headers: requestHeaders(request),
      redirect: 'manual',
      signal: request.signal,
    });
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

function readAnswer(response: Response, request: OpenRequest): OpenedFile {
  refuseOtherThanFile(response, request);
  const etag = strongTag(response.headers.get('etag'));
  refuseOtherHash(etag, request.sha256);
  const offset = response.status === 206 ? rangeStart(response, request) : 0;
  const length = response.headers.get('content-length');
  const end = response.status === 206 ? endOf(request) : request.sizeBytes;
  const expected = end - offset;
  if (length !== null && Number(length) !== expected) {
    throw new SourceError('OTHER_CONTENT', `announces ${length} bytes instead of ${expected}`);
  }
  return { offset, etag, body: bodyOf(response, request) };
}

function refuseOtherThanFile(response: Response, request: OpenRequest): void {
  const { status } = response;
  if (status === 404 || status === 410) {
    throw new SourceError('MISSING', `has no file ${request.path} (HTTP ${status})`);
  }
  if (status >= 300 && status < 400) {
    throw new SourceError('REFUSED', `redirects (HTTP ${status}), which a codebase may not`);
  }
  if (status !== 200 && !(status === 206 && isPart(request))) {
    throw new SourceError('REFUSED', `answers HTTP ${status}`);
  }
  const encoding = response.headers.get('content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') {
    throw new SourceError('REFUSED', `sends the file encoded as ${encoding}`);
  }
}

/** The start of a partial answer, which must be exactly the range asked for. */
function rangeStart(response: Response, request: OpenRequest): number {
  const header = response.headers.get('content-range') ?? '';
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

async function* bodyOf(response: Response, request: OpenRequest): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  try {
    for await (const bytes of response.body) yield bytes;
  } catch (error) {
    request.signal.throwIfAborted();
    throw new SourceError('UNREACHABLE', `the connection broke: ${causeText(error)}`, error);
  }
}

/** `fetch` says only "fetch failed"; what failed is in the cause. */
function causeText(error: unknown): string {
  const { cause, message } = error as {
    cause?: { message?: string; code?: string };
    message: string;
  };
  return cause?.code ?? cause?.message ?? message;
}
