import { createClient } from 'graphql-ws';
import type { SdkRuntime } from './runtime.ts';
import { clientError, fromGraphqlErrors, type SmpError } from './smp-error.ts';

export interface SubscribeSettings {
  readonly url: string;
  readonly runtime: SdkRuntime;
  /** Until the server acknowledged the connection, and between a ping and its pong. */
  readonly timeoutMs: number;
  readonly token: () => Promise<string | undefined>;
  readonly signal: AbortSignal | undefined;
}

/** A reader that is further behind is cut off; a resumed one then reads from the server's log. */
const BUFFERED_MESSAGES = 64;
const PING_INTERVAL_MS = 15_000;

/**
 * One subscription on one connection. Throws `INTERRUPTED` when the connection ends first; what
 * had arrived by then is still yielded.
 */
export async function* subscribeOnce<R>(
  settings: SubscribeSettings,
  query: string,
  variables: Record<string, unknown>,
): AsyncGenerator<R, void, undefined> {
  // What ends the subscription ends its connection at once, not when the reader has caught up.
  const inbox = new Inbox<R>(BUFFERED_MESSAGES, () => release(connection));
  const connection = connect(settings, inbox);
  const abort = (): void => inbox.end(settings.signal?.reason);
  settings.signal?.addEventListener('abort', abort, { once: true });
  if (settings.signal?.aborted) abort();
  try {
    connection.subscribe<R>(
      { query, variables },
      {
        next: (answer) => {
          if (answer.errors?.length) inbox.end(fromGraphqlErrors(answer.errors));
          else if (answer.data) inbox.put(answer.data);
        },
        error: (failure) => inbox.end(subscriptionError(failure, settings.url)),
        complete: () => inbox.end(undefined),
      },
    );
    yield* inbox.drain();
  } finally {
    settings.signal?.removeEventListener('abort', abort);
    inbox.end(undefined);
  }
}

/** Disposing waits for a connection under way, and rejects when that one failed. */
function release(connection: ReturnType<typeof createClient>): void {
  Promise.resolve(connection.dispose()).catch(() => undefined);
}

function connect<R>(settings: SubscribeSettings, inbox: Inbox<R>): ReturnType<typeof createClient> {
  const { url, runtime, timeoutMs } = settings;
  let pong = new AbortController();
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: runtime.webSocket,
    connectionParams: async () => {
      const token = await settings.token();
      return token ? { authorization: `Bearer ${token}` } : {};
    },
    // The library would repeat the subscription with its first variables, and so its messages.
    retryAttempts: 0,
    keepAlive: PING_INTERVAL_MS,
    connectionAckWaitTimeout: timeoutMs,
    on: {
      ping: (received) => {
        if (received) return;
        pong = new AbortController();
        runtime.sleep(timeoutMs, pong.signal).then(
          () => client.terminate(),
          () => undefined,
        );
      },
      pong: (received) => {
        if (received) pong.abort();
      },
      closed: (event) => {
        pong.abort();
        inbox.end(subscriptionError(event, url));
      },
      error: (failure) => inbox.end(subscriptionError(failure, url)),
    },
  });
  return client;
}

/** `failure`: GraphQL errors, a close event, or what a WebSocket reports as an error. */
function subscriptionError(failure: unknown, url: string): SmpError {
  if (Array.isArray(failure)) return fromGraphqlErrors(failure);
  const { code, reason } = (failure ?? {}) as { code?: unknown; reason?: unknown };
  const why = typeof reason === 'string' && reason !== '' ? `: ${reason.replace(/\.$/, '')}` : '';
  const fatal = typeof code === 'number' ? FATAL_CLOSES[code] : undefined;
  if (fatal) {
    const hint = 'Sign in again: canopy login';
    return fromGraphqlErrors([
      { message: `${url} refused the subscription${why}.`, extensions: { code: fatal, hint } },
    ]);
  }
  return clientError('INTERRUPTED', `The connection to ${url} ended${why}.`, { cause: failure });
}

/** Close codes of `graphql-transport-ws` that a repetition would meet again. */
const FATAL_CLOSES: { readonly [code: number]: string } = {
  4400: 'MALFORMED_REQUEST',
  4401: 'UNAUTHENTICATED',
  4403: 'FORBIDDEN',
  4406: 'MALFORMED_REQUEST',
  4409: 'CONFLICT',
};

/** What arrived and was not read yet, and how it ended. The first end counts. */
class Inbox<R> {
  private readonly messages: R[] = [];
  private ended = false;
  private failure: unknown;
  private wake: () => void = () => undefined;
  private readonly limit: number;
  private readonly onEnd: () => void;

  constructor(limit: number, onEnd: () => void) {
    this.limit = limit;
    this.onEnd = onEnd;
  }

  put(message: R): void {
    if (this.ended) return;
    this.messages.push(message);
    if (this.messages.length >= this.limit) {
      this.end(clientError('INTERRUPTED', 'The reader was too slow for the subscription.'));
    }
    this.wake();
  }

  end(failure: unknown): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    this.wake();
    this.onEnd();
  }

  async *drain(): AsyncGenerator<R, void, undefined> {
    for (;;) {
      const message = this.messages.shift();
      if (message !== undefined) yield message;
      else if (!this.ended) await new Promise<void>((resolve) => (this.wake = resolve));
      else if (this.failure === undefined) return;
      else throw this.failure;
    }
  }
}
