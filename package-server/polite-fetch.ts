import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import type { Random } from '../core/random.ts';
import type { Fetch } from '../delivery/index.ts';

export interface PoliteFetchOptions {
  readonly packageServerId: Guid;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly random: Random;
}

/** A longer wait is for whoever asked to decide; the answer is theirs then. */
const LONGEST_WAIT_MS = 15_000;
const ATTEMPTS = 3;

/**
 * `fetch` for package files: says which package server asks (`X-SMA-ID`), by which the SMP knows its
 * turn, and comes back when a busy source said to (503 and 429 with `Retry-After`), so that being
 * sent away is no fault of the source. A refused request with a body is not repeated: whoever asks
 * for a range bundle has other ways to the same bytes.
 */
export function politeFetch({ packageServerId, fetch, clock, random }: PoliteFetchOptions): Fetch {
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('x-sma-id', packageServerId);
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(input, { ...init, headers });
      if (init.body) return response;
      const waitMs = retryAfterMs(response);
      if (waitMs === undefined || waitMs > LONGEST_WAIT_MS || attempt === ATTEMPTS) return response;
      await response.body?.cancel();
      await clock.sleep(waitMs * (1 + 0.25 * random.fraction()), init.signal ?? undefined);
    }
  };
}

/** `undefined` when this is no "come back later". */
function retryAfterMs({ status, headers }: Response): number | undefined {
  const seconds = headers.get('retry-after') ?? '';
  const isBusy = status === 503 || status === 429;
  return isBusy && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}
