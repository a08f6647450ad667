import type { Fetch, HttpAnswer } from '../core/http-answer.ts';
import { HttpBody } from './http-body.ts';
import { HttpConnection } from './http-connection.ts';
import { parseAnswerHead, type AnswerHead } from './http-head.ts';

/** One question to a source. */
export interface HttpRequest {
  /** Default `GET`. Whatever it is, asking twice must do no harm: see {@link HttpTransport}. */
  readonly method?: 'GET' | 'POST' | 'OPTIONS';
  /** Names in any case, none of them twice. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request and the body of its answer. */
  readonly signal: AbortSignal;
}

/**
 * How sources are spoken to. Resolves with the head of the answer, whatever its status; follows no
 * redirect; may ask again over a new connection when an idle one turns out to be closed. Rejects
 * when there is no answer, after an abort with any error.
 *
 * The body holds the bytes as they were sent, no encoding undone; a block is valid until the next one
 * is asked for. It throws when the connection breaks and when the signal is aborted, and must be
 * read or ended, see {@link discardBody}.
 */
export type HttpTransport = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

/** A transport that adds to each request what `headersFor` says of its address. */
export function withHeaders(
  transport: HttpTransport,
  headersFor: (url: string) => Readonly<Record<string, string>>,
): HttpTransport {
  return (url, request) =>
    transport(url, { ...request, headers: { ...request.headers, ...headersFor(url) } });
}

/** A transport over `fetch`, which undoes encodings that the request did not refuse. */
export function fetchTransport(fetch: Fetch): HttpTransport {
  return (url, request) => fetch(url, { ...request, redirect: 'manual' });
}

/** Ends a body that nobody wants to read. */
export async function discardBody({ body }: HttpAnswer): Promise<void> {
  await body?.[Symbol.asyncIterator]().return?.();
}

const MAX_HEAD_BYTES = 16 * 1024;

/**
 * The transport over plain sockets, HTTP/1.1. They cost half the CPU of `node:http`, which
 * takes new memory for every read. Keeps connections for further requests; one that idles does not
 * keep the process alive.
 */
export function createHttpTransport(): HttpTransport {
  const idle = new IdleConnections();
  return async (url, request) => {
    const target = new URL(url);
    request.signal.throwIfAborted();
    const question = { target, request, idle };
    const kept = idle.take(target);
    if (kept) {
      try {
        return await ask(kept, question);
      } catch (error) {
        // The source closed the idle connection while the request was on its way.
        if (request.signal.aborted || !isClosed(error)) throw error;
      }
    }
    return await ask(new HttpConnection(target), question);
  };
}

/** Connections that wait for their next request. */
class IdleConnections {
  private readonly byOrigin = new Map<string, HttpConnection[]>();

  /** The one used last, which is the least likely to be closed by now. */
  take({ origin }: URL): HttpConnection | undefined {
    const connection = this.byOrigin.get(origin)?.pop();
    connection?.wake();
    return connection;
  }

  add({ origin }: URL, connection: HttpConnection): void {
    const waiting = this.byOrigin.get(origin) ?? [];
    this.byOrigin.set(origin, waiting);
    waiting.push(connection);
    connection.rest(() => {
      const place = waiting.indexOf(connection);
      if (place >= 0) waiting.splice(place, 1);
      if (waiting.length === 0 && this.byOrigin.get(origin) === waiting) {
        this.byOrigin.delete(origin);
      }
    });
  }
}

interface Question {
  readonly target: URL;
  readonly request: HttpRequest;
  readonly idle: IdleConnections;
}

async function ask(connection: HttpConnection, question: Question): Promise<HttpAnswer> {
  const { target, request, idle } = question;
  const { signal } = request;
  const onAbort = (): void => connection.destroy(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const over = (isReusable: boolean): void => {
    signal.removeEventListener('abort', onAbort);
    if (isReusable && !connection.isClosed) idle.add(target, connection);
    else connection.destroy();
  };
  try {
    sendRequest(connection, target, request);
    const head = await readHead(connection);
    const { status, statusText } = head;
    const body = new HttpBody(connection, head.body, (isComplete) =>
      over(isComplete && head.keepsAlive),
    );
    const headers = { get: (name: string) => head.headers.get(name.toLowerCase()) ?? null };
    return { url: target.href, status, statusText, headers, body };
  } catch (error) {
    over(false);
    throw error;
  }
}

function sendRequest(
  connection: HttpConnection,
  target: URL,
  { method = 'GET', headers, body }: HttpRequest,
): void {
  const all: Record<string, string> = { host: target.host, ...headers };
  if (body !== undefined) all['content-length'] = String(Buffer.byteLength(body));
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  if (lines.some((line) => /[\r\n\0]/.test(line))) throw new Error('a header with a line break');
  const first = `${method} ${target.pathname}${target.search} HTTP/1.1`;
  connection.write([first, ...lines, '', ''].join('\r\n'));
  if (body !== undefined) connection.write(Buffer.from(body));
}

/** The final one; interim heads (RFC 9110 §15.2) are passed over. */
async function readHead(connection: HttpConnection): Promise<AnswerHead> {
  for (;;) {
    const head = parseAnswerHead(await connection.readThrough('\r\n\r\n', MAX_HEAD_BYTES));
    if (head.status === 101) throw new Error('changes the protocol, which nobody asked for');
    if (head.status >= 200) return head;
  }
}

function isClosed(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
