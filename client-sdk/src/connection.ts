import { createClient, type Client } from 'graphql-ws';
import type { CallOptions } from './client.ts';
import type { TypedDocument, VariablesOf } from './document.ts';
import { Inbox } from './inbox.ts';
import type { SdkRuntime } from './runtime.ts';
import { clientError, fromGraphqlErrors, SmpError, type SmpProblem } from './smp-error.ts';

/**
 * One WebSocket to an SMP with any number of operations on it. It is opened at once and never
 * again: when it ends, whatever runs on it fails with the {@link SmpError} that ended it, and so
 * does whatever is asked afterwards.
 */
export interface SmpConnection {
  /** Until the SMP completes it. Ends by leaving the loop, or by `signal` (throws its reason). */
  subscribe<R, V>(
    document: TypedDocument<R, V>,
    variables: V,
    options?: CallOptions,
  ): AsyncIterable<R>;
  /**
   * One query or mutation, never repeated. Throws `DEADLINE` when the SMP does not answer within
   * the client's `timeoutMs`.
   */
  execute<R, V>(document: TypedDocument<R, V>, ...variables: VariablesOf<V>): Promise<R>;
  /** Resolves when it has ended, with what ended it. */
  readonly closed: Promise<SmpError>;
  /** Ends it now. */
  close(): void;
}

export interface ConnectionSettings {
  readonly url: string;
  readonly runtime: SdkRuntime;
  /** Until the server acknowledged the connection, and between a ping and its pong. */
  readonly timeoutMs: number;
  readonly token: () => Promise<string | undefined>;
  readonly signal: AbortSignal | undefined;
}

/** Made once: each has a stack, which costs more than the wait that it ends. */
const ANSWERED = new DOMException('Answered.', 'AbortError');
const PING_INTERVAL_MS = 15_000;

export function openConnection(settings: ConnectionSettings): SmpConnection {
  const connection = new Connection(settings);
  const { signal } = settings;
  const abort = (): void => connection.close();
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  void connection.closed.then(() => signal?.removeEventListener('abort', abort));
  return connection;
}

/**
 * One subscription on a connection of its own, which ends with it. Throws `INTERRUPTED` when the
 * connection ends first; what had arrived by then is still yielded.
 */
export async function* subscribeOnce<R, V>(
  settings: ConnectionSettings,
  document: TypedDocument<R, V>,
  variables: V,
): AsyncGenerator<R, void, undefined> {
  const connection = new Connection(settings);
  // What ends the subscription ends its connection at once, not when the reader has caught up.
  const inbox = new Inbox<R>(() => connection.close());
  yield* connection.read(inbox, { document, variables, signal: settings.signal });
}

interface Subscription<R, V> {
  readonly document: TypedDocument<R, V>;
  readonly variables: V;
  readonly signal: AbortSignal | undefined;
}

class Connection implements SmpConnection {
  readonly closed: Promise<SmpError>;
  private readonly settings: ConnectionSettings;
  private readonly client: Client;
  private readonly inboxes = new Set<Inbox<never>>();
  private readonly ending = Promise.withResolvers<SmpError>();
  private failure: SmpError | undefined;

  constructor(settings: ConnectionSettings) {
    this.settings = settings;
    this.closed = this.ending.promise;
    this.client = connect(settings, (failure) => this.end(failure));
  }

  subscribe<R, V>(document: TypedDocument<R, V>, variables: V, options: CallOptions = {}) {
    const { signal } = options;
    return this.read(new Inbox<R>(() => undefined), { document, variables, signal });
  }

  async execute<R, V>(document: TypedDocument<R, V>, ...variables: VariablesOf<V>): Promise<R> {
    const { runtime, timeoutMs, url } = this.settings;
    const inbox = new Inbox<R>(() => over.abort(ANSWERED));
    const over = new AbortController();
    runtime.sleep(timeoutMs, over.signal).then(
      () => {
        const seconds = timeoutMs / 1000;
        inbox.end(clientError('DEADLINE', `${url} did not answer within ${seconds} s.`));
      },
      () => undefined,
    );
    const call = { document, variables: variables[0] as V, signal: undefined };
    for await (const answer of this.read(inbox, call)) return answer;
    throw clientError('NOT_AN_SMP', `${url} completed an operation without an answer.`);
  }

  async *read<R, V>(
    inbox: Inbox<R>,
    { document, variables, signal }: Subscription<R, V>,
  ): AsyncGenerator<R, void, undefined> {
    const { url } = this.settings;
    const abort = (): void => inbox.end(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    if (this.failure) inbox.end(this.failure);
    let unsubscribe = (): void => undefined;
    this.inboxes.add(inbox as Inbox<never>);
    try {
      if (!inbox.hasEnded) {
        unsubscribe = this.client.subscribe<R>(
          { query: document.toString(), variables: variables as Record<string, unknown> },
          {
            next: (answer) => {
              if (answer.errors?.length) inbox.end(fromGraphqlErrors(answer.errors));
              else if (answer.data) inbox.put(answer.data);
            },
            error: (failure) => inbox.end(connectionError(failure, url)),
            complete: () => inbox.end(undefined),
          },
        );
      }
      yield* inbox.drain();
    } finally {
      signal?.removeEventListener('abort', abort);
      this.inboxes.delete(inbox as Inbox<never>);
      inbox.end(undefined);
      unsubscribe();
    }
  }

  close(): void {
    this.end(clientError('INTERRUPTED', `The connection to ${this.settings.url} was closed.`));
  }

  private end(failure: SmpError): void {
    if (this.failure) return;
    this.failure = failure;
    for (const inbox of this.inboxes) inbox.end(failure);
    // Disposing waits for a connection under way, and rejects when that one failed.
    Promise.resolve(this.client.dispose()).catch(() => undefined);
    this.ending.resolve(failure);
  }
}

function connect(settings: ConnectionSettings, onEnd: (failure: SmpError) => void): Client {
  const { url, runtime, timeoutMs } = settings;
  let pong = new AbortController();
  const end = (failure: unknown): void => onEnd(connectionError(failure, url));
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: runtime.webSocket,
    connectionParams: async () => {
      const token = await settings.token();
      return token ? { authorization: `Bearer ${token}` } : {};
    },
    lazy: false,
    onNonLazyError: end,
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
        end(event);
      },
      error: end,
    },
  });
  return client;
}

/** `failure`: GraphQL errors, a close event, or what a WebSocket reports as an error. */
function connectionError(failure: unknown, url: string): SmpError {
  if (Array.isArray(failure)) return fromGraphqlErrors(failure);
  const { code, reason, error } = (failure ?? {}) as CloseLike;
  // A WebSocket that reads why it was refused says so as the SMP would.
  if (error?.problems?.length) {
    const { retryAfterMs } = error;
    return new SmpError(error.problems as [SmpProblem], { retryAfterMs, cause: failure });
  }
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

interface CloseLike {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly error?: {
    readonly problems?: readonly SmpProblem[];
    readonly retryAfterMs?: number | undefined;
  };
}

/** Close codes of `graphql-transport-ws` that a repetition would meet again. */
const FATAL_CLOSES: { readonly [code: number]: string } = {
  4400: 'MALFORMED_REQUEST',
  4401: 'UNAUTHENTICATED',
  4403: 'FORBIDDEN',
  4406: 'MALFORMED_REQUEST',
  4409: 'CONFLICT',
};
