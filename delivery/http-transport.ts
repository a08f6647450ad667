import * as http from 'node:http';
import * as https from 'node:https';

/** One question to a source. */
export interface HttpRequest {
  /** Default `GET`. Whatever it is, asking twice must do no harm: see {@link HttpTransport}. */
  readonly method?: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request and the body of its answer. */
  readonly signal: AbortSignal;
}

/** The head of an answer, and its body on the way; a WHATWG `Response` is one. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /**
   * The bytes as they were sent, no encoding undone; a block is valid until the next one is asked
   * for. Throws when the connection breaks and when the signal is aborted. Must be read or ended, see {@link discardBody}.
   */
  readonly body: AsyncIterable<Uint8Array> | null;
}

/**
 * How sources are spoken to. Resolves with the head of the answer, whatever its status; follows no
 * redirect; may ask again over a new connection when an idle one turns out to be closed. Rejects
 * when there is no answer, after an abort with any error.
 */
export type HttpTransport = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

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
      return asAnswer(await answerOf(first, request));
    } catch (error) {
      // The source closed the idle connection while the request was on its way.
      if (!first.reusedSocket || request.signal.aborted || !isClosed(error)) throw error;
      return asAnswer(await answerOf(open(), request));
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

function asAnswer(message: http.IncomingMessage): HttpAnswer {
  return {
    status: message.statusCode!,
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
