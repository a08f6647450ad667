import * as http from 'node:http';
import * as https from 'node:https';
import type { Fetch, HttpAnswer } from '../core/http-answer.ts';

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

/** What waits for the next request of its source longer than this is closed. */
const IDLE_MS = 10_000;

/**
 * The transport over `node:http`, whose bodies cost half of those of `fetch`. Keeps connections for
 * further requests; one that idles does not keep the process alive.
 */
export function createHttpTransport(): HttpTransport {
  const options = { keepAlive: true, timeout: IDLE_MS };
  const agents = { http: new http.Agent(options), https: new https.Agent(options) };
  return async (url, request) => {
    const { protocol } = new URL(url);
    const open = (): http.ClientRequest =>
      protocol === 'https:'
        ? https.request(url, { ...partsOf(request), agent: agents.https })
        : http.request(url, { ...partsOf(request), agent: agents.http });
    const first = open();
    try {
      return asAnswer(url, await answerOf(first, request));
    } catch (error) {
      // The source closed the idle connection while the request was on its way.
      if (!first.reusedSocket || request.signal.aborted || !isClosed(error)) throw error;
      return asAnswer(url, await answerOf(open(), request));
    }
  };
}

function partsOf({ method = 'GET', headers, body, signal }: HttpRequest): http.RequestOptions {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return { method, headers: { ...headers, ...length }, signal };
}

function answerOf(asked: http.ClientRequest, { body }: HttpRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Stays to its end: a connection that breaks during the body tells the request as well.
    asked.on('error', reject);
    asked.once('response', resolve);
    asked.end(body);
  });
}

function isClosed(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function asAnswer(url: string, message: http.IncomingMessage): HttpAnswer {
  return {
    url,
    status: message.statusCode!,
    statusText: message.statusMessage ?? '',
    headers: {
      get: (name) => {
        const value = message.headers[name.toLowerCase()];
        return value === undefined ? null : String(value);
      },
    },
    body: bodyOf(message),
  };
}

function bodyOf(message: http.IncomingMessage): AsyncIterable<Uint8Array> {
  const end = (): void => {
    // A body that has all arrived leaves its connection to the next request.
    if (message.complete) message.resume();
    else message.destroy();
  };
  return {
    [Symbol.asyncIterator]: () => {
      const blocks = message.iterator({ destroyOnReturn: false });
      return {
        next: () => blocks.next() as Promise<IteratorResult<Uint8Array>>,
        return: async () => {
          end();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
