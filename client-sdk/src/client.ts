import { openConnection, subscribeOnce, type SmpConnection } from './connection.ts';
import { isMutation, type TypedDocument, type VariablesOf } from './document.ts';
import { backoffMs, platformRuntime, type SdkRuntime } from './runtime.ts';
import { clientError, fromGraphqlErrors, isSmpError, type SmpError } from './smp-error.ts';

export interface SmpClientOptions {
  /** Where the SMP is reached, without `/graphql`: `https://smp1.example`. */
  readonly url: string;
  /** A bearer token, or where to get it before each request (rotation). */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
  /** For one attempt, until the answer was read. Default 30,000. */
  readonly timeoutMs?: number;
  /** Repetitions after the first attempt, when repeating is safe. Default 2. */
  readonly retries?: number;
  readonly runtime?: Partial<SdkRuntime>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A typed door to one SMP. Every failure is an {@link SmpError}, but for the caller's own abort. */
export interface SmpClient {
  /** As in the options, without a trailing slash. */
  readonly url: string;
  /**
   * Runs a query or mutation. Queries are repeated when nothing or only "not now" came back;
   * mutations only when the SMP certainly did nothing.
   */
  execute<R, V>(document: TypedDocument<R, V>, ...variables: VariablesOf<V>): Promise<R>;
  /** The same client, ended by `signal`. */
  withSignal(signal: AbortSignal): SmpClient;
  /**
   * One subscription on a connection of its own, until the SMP completes it. Not resumed: see
   * `resumable`. Ends by leaving the loop, or by `signal`.
   */
  subscribe<R, V>(
    document: TypedDocument<R, V>,
    variables: V,
    options?: CallOptions,
  ): AsyncIterable<R>;
  /** Several operations on one connection: see {@link SmpConnection}. `signal` ends it. */
  openConnection(options?: CallOptions): SmpConnection;
  readonly runtime: SdkRuntime;
}

const RETRY_BOUNDS = { firstMs: 250, maximumMs: 5_000 };

/** The SMP says with these that it did nothing: any request may be sent again. */
const NOT_DONE = new Set(['BUSY', 'RATE_LIMITED', 'NOT_READY']);
/** Nobody was connected, so nothing was done. */
const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** A longer wait is the caller's decision. */
const LONGEST_WAIT_MS = 15_000;

/** Throws `TypeError` when `url` is not an HTTP address. */
export function createSmpClient(options: SmpClientOptions, signal?: AbortSignal): SmpClient {
  const url = baseUrl(options.url);
  const runtime = withDefaults(options.runtime);
  const settings: Settings = {
    url,
    runtime,
    timeoutMs: options.timeoutMs ?? 30_000,
    token: async () => (typeof options.token === 'function' ? options.token() : options.token),
    signal,
  };
  return {
    url,
    runtime,
    execute: (document, ...variables) =>
      retrying(settings, options.retries ?? 2, document, variables[0]),
    withSignal: (inner) => createSmpClient(options, inner),
    subscribe: (document, variables, call) =>
      subscribeOnce({ ...settings, signal: call?.signal ?? signal }, document, variables),
    openConnection: (call) => openConnection({ ...settings, signal: call?.signal ?? signal }),
  };
}

interface Settings {
  readonly url: string;
  readonly runtime: SdkRuntime;
  readonly timeoutMs: number;
  readonly token: () => Promise<string | undefined>;
  readonly signal: AbortSignal | undefined;
}

async function retrying<R, V>(
  settings: Settings,
  retries: number,
  document: TypedDocument<R, V>,
  variables: V | undefined,
): Promise<R> {
  const mutation = isMutation(document as TypedDocument<unknown, never>);
  for (let attempt = 0; ; attempt++) {
    try {
      return await attemptOnce<R>(settings, document.toString(), variables);
    } catch (error) {
      if (!isSmpError(error) || attempt >= retries || !mayRepeat(error, mutation)) throw error;
      const waitMs = error.retryAfterMs ?? backoffMs(settings.runtime, attempt, RETRY_BOUNDS);
      if (waitMs > LONGEST_WAIT_MS) throw error;
      await settings.runtime.sleep(waitMs, settings.signal);
    }
  }
}

function mayRepeat(error: SmpError, mutation: boolean): boolean {
  if (NOT_DONE.has(error.code)) return true;
  if (error.code !== 'UNREACHABLE') return false;
  return !mutation || NEVER_CONNECTED.has(networkCode(error.cause) ?? '');
}

async function attemptOnce<R>(settings: Settings, query: string, variables: unknown): Promise<R> {
  const deadline = AbortSignal.timeout(settings.timeoutMs);
  const signal = settings.signal ? AbortSignal.any([deadline, settings.signal]) : deadline;
  const token = await settings.token();
  try {
    const response = await settings.runtime.fetch(`${settings.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
      redirect: 'error',
      signal,
    });
    return readAnswer<R>(response, await response.text(), settings.url);
  } catch (error) {
    if (isSmpError(error)) throw error;
    if (settings.signal?.aborted) throw settings.signal.reason;
    if (deadline.aborted) {
      const seconds = settings.timeoutMs / 1000;
      throw clientError('DEADLINE', `${settings.url} did not answer within ${seconds} s.`);
    }
    throw clientError('UNREACHABLE', `${settings.url} cannot be reached (${causeText(error)}).`, {
      hint: 'Check the address and that the server runs: canopy doctor',
      cause: error,
    });
  }
}

interface Answer<R> {
  readonly data?: R | null;
  readonly errors?: Parameters<typeof fromGraphqlErrors>[0];
  readonly error?: { readonly code: string; readonly message: string };
}

function readAnswer<R>(response: Response, text: string, url: string): R {
  const answer = parseAnswer<R>(text);
  const retryAfterMs = retryAfter(response.headers.get('retry-after'));
  if (answer?.errors?.length) throw fromGraphqlErrors(answer.errors, retryAfterMs);
  if (answer?.error?.code) {
    throw fromGraphqlErrors(
      [{ message: answer.error.message, extensions: { code: answer.error.code } }],
      retryAfterMs,
    );
  }
  if (answer?.data) return answer.data;
  throw clientError('NOT_AN_SMP', `${url} answered ${response.status}, but not as an SMP does.`, {
    hint: 'The address is that of the SMP itself, without a path: http://smp1.example:8080',
  });
}

function parseAnswer<R>(text: string): Answer<R> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Answer<R>) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds only: the SMP never sends the date form. */
function retryAfter(header: string | null): number | undefined {
  return header && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

function networkCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at && depth < 4; depth++) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: unknown[] };
    if (typeof code === 'string') return code;
    at = cause ?? errors?.[0];
  }
  return undefined;
}

function causeText(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string }; message?: string };
  return networkCode(error) ?? cause?.message ?? message ?? 'unknown cause';
}

function baseUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError(`not an HTTP address: ${JSON.stringify(url)}`);
  }
  return `${parsed.origin}${parsed.pathname}`.replace(/\/(graphql\/?)?$/, '');
}

function withDefaults(given: Partial<SdkRuntime> = {}): SdkRuntime {
  return {
    fetch: given.fetch ?? platformRuntime.fetch,
    webSocket: given.webSocket ?? platformRuntime.webSocket,
    sleep: given.sleep ?? ((delayMs, signal) => platformRuntime.sleep(delayMs, signal)),
    fraction: given.fraction ?? platformRuntime.fraction,
  };
}
