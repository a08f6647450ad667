import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import type { HttpAnswer } from '../core/http-answer.ts';
import type { Random } from '../core/random.ts';
import { discardBody, withHeaders, type HttpTransport } from '../delivery/index.ts';

export interface PoliteTransportOptions {
  readonly packageServerId: Guid;
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly random: Random;
}

/** A longer wait is for whoever asked to decide; the answer is theirs then. */
const LONGEST_WAIT_MS = 15_000;
const ATTEMPTS = 3;

/**
 * A transport to sources that says which package server asks (`X-SMA-ID`), by which the SMP knows
 * its turn, and comes back when a busy source said to (503 and 429 with `Retry-After`), so that
 * being sent away is no fault of the source. A refused request with a body is not repeated: whoever
 * asks for a range bundle has other ways to the same bytes.
 */
export function politeTransport(options: PoliteTransportOptions): HttpTransport {
  const { clock, random } = options;
  const transport = withHeaders(options.transport, () => ({
    'x-sma-id': options.packageServerId,
  }));
  return async (url, request) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await transport(url, request);
      if (request.body !== undefined) return answer;
      const waitMs = retryAfterMs(answer);
      if (waitMs === undefined || waitMs > LONGEST_WAIT_MS || attempt === ATTEMPTS) return answer;
      await discardBody(answer);
      await clock.sleep(waitMs * (1 + 0.25 * random.fraction()), request.signal);
    }
  };
}

/** `undefined` when this is no "come back later". */
function retryAfterMs({ status, headers }: HttpAnswer): number | undefined {
  const seconds = headers.get('retry-after') ?? '';
  const isBusy = status === 503 || status === 429;
  return isBusy && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}
