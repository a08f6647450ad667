import type { SmpClient } from './client.ts';
import type { TypedDocument } from './document.ts';
import { backoffMs } from './runtime.ts';
import { clientError, isSmpError, type SmpError } from './smp-error.ts';

export interface ResumableOptions<R, V> {
  readonly document: TypedDocument<R, V>;
  /** The variables to continue after `cursor`; `undefined` at the first time without `after`. */
  readonly variables: (cursor: string | undefined) => V;
  /** Where a message ends. Subscriptions that begin with the present state need none. */
  readonly cursorOf?: (message: R) => string;
  /** Continue after this cursor instead of at the present. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait. */
  readonly onInterrupted?: (error: SmpError, waitMs: number) => void;
}

const RECONNECT_BOUNDS = { firstMs: 500, maximumMs: 30_000 };

const TRANSIENT = new Set([
  'INTERRUPTED',
  'UNREACHABLE',
  'DEADLINE',
  'BUSY',
  'RATE_LIMITED',
  'NOT_READY',
  'TIMEOUT',
]);

/**
 * A subscription that outlives its connections: each new one continues after the last message
 * that was handed over, so that nothing is lost or repeated. Waits between attempts with full
 * jitter, at most 30 s. Ends by leaving the loop or by `signal` (throws its reason).
 *
 * Throws what cannot be resumed: a refusal (`CURSOR_TOO_OLD`, `EPOCH_CHANGED`, `FORBIDDEN` …), and
 * whatever stops the very first connection.
 */
export async function* resumable<R, V>(
  client: SmpClient,
  options: ResumableOptions<R, V>,
): AsyncGenerator<R, void, undefined> {
  const { document, variables, cursorOf, signal, onInterrupted } = options;
  let cursor = options.after;
  let everConnected = false;
  for (let attempt = 0; ; attempt++) {
    let interruption: SmpError;
    try {
      for await (const message of client.subscribe(document, variables(cursor), { signal })) {
        everConnected = true;
        attempt = 0;
        if (cursorOf) cursor = cursorOf(message);
        yield message;
      }
      interruption = clientError('INTERRUPTED', `${client.url} ended the subscription.`);
    } catch (error) {
      if (!isSmpError(error)) throw error;
      interruption = error;
    }
    if (!everConnected || !TRANSIENT.has(interruption.code)) throw interruption;
    const waitMs =
      interruption.retryAfterMs ?? backoffMs(client.runtime, attempt, RECONNECT_BOUNDS);
    onInterrupted?.(interruption, waitMs);
    await client.runtime.sleep(waitMs, signal);
  }
}
