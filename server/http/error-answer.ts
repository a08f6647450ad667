import type { IncomingMessage, ServerResponse } from 'node:http';
import { CanopyError, ERRORS, isCanopyError } from '../../core/errors.ts';

/** What strangers are told of a defect. */
const DEFECT = new CanopyError('INTERNAL', 'The server could not answer.', {
  hint: 'The log has the reason under the request id.',
});

/** The error that may leave the server: one of ours as it is, anything else as `INTERNAL`. */
export function publicError(error: unknown): CanopyError {
  return isCanopyError(error) ? error : DEFECT;
}

/** How long to wait before the same request may succeed; `undefined` when it never will. */
export function retryAfterSeconds(error: CanopyError): number | undefined {
  if (ERRORS[error.code].retry !== 'safe') return undefined;
  return Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000));
}

/**
 * Answers an error: `{ "error": { code, message, requestId, problems } }`, or one line of text for
 * who asks for text. Once an answer has begun the connection is cut instead: half an answer must
 * not look whole.
 */
export function answerError(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  thrown: unknown,
  requestId: string,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const error = publicError(thrown);
  const text = prefersText(request.headers.accept);
  const body = text ? `${error.message}\n` : JSON.stringify({ error: describe(error, requestId) });
  const retryAfter = retryAfterSeconds(error);
  response.removeHeader('ETag');
  response.writeHead(ERRORS[error.code].status, {
    'Content-Type': text ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }),
    ...(error.code === 'UNAUTHENTICATED' ? { 'WWW-Authenticate': 'Bearer' } : {}),
    ...(request.complete ? {} : { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function describe(error: CanopyError, requestId: string) {
  const { code, message, problems } = error;
  return { code, message, requestId, problems };
}

function prefersText(accept: string | undefined): boolean {
  return accept !== undefined && /^text\/(?:html|plain)/.test(accept);
}
