import type { Duplex } from 'node:stream';
import { ERRORS, type CanopyError } from '../../core/errors.ts';
import { retryAfterSeconds } from './error-answer.ts';

const REASONS: { readonly [status: number]: string } = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  503: 'Service Unavailable',
};

/** What is wrong with bytes that never became a request, by Node's error code. */
export function statusOfClientError(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

/** Answers on a bare socket and closes it. */
export function answerRaw(
  socket: Duplex,
  status: number,
  error: CanopyError,
  headers: readonly string[] = [],
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ error: { code: error.code, message: error.message } });
  const retryAfter = retryAfterSeconds(error);
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    ...headers,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

/** As {@link answerRaw} with the status of the error's own code. */
export function refuseUpgrade(
  socket: Duplex,
  error: CanopyError,
  headers: readonly string[] = [],
): void {
  answerRaw(socket, ERRORS[error.code].status, error, headers);
}
