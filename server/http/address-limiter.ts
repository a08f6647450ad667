import { BurstyRateLimiter, RateLimiterMemory } from 'rate-limiter-flexible';
import { CanopyError } from '../../core/errors.ts';
import { limitKey } from './peer.ts';

const BURST_WINDOW_SECONDS = 10;

/** Lets a request of `clientAddress` pass or throws `RATE_LIMITED` with the time to wait. */
export type AddressLimiter = (clientAddress: string) => Promise<void>;

/**
 * At most `requestsPerSecond` from one client address, and the same number once more in any ten
 * seconds. `0` is no limit.
 */
export function addressLimiter(requestsPerSecond: number): AddressLimiter | undefined {
  if (requestsPerSecond === 0) return undefined;
  const limiter = new BurstyRateLimiter(
    new RateLimiterMemory({ points: requestsPerSecond, duration: 1 }),
    new RateLimiterMemory({
      keyPrefix: 'burst',
      points: requestsPerSecond,
      duration: BURST_WINDOW_SECONDS,
    }),
  );
  return async (clientAddress) => {
    try {
      await limiter.consume(limitKey(clientAddress));
    } catch (refusal) {
      throw rateLimited((refusal as { readonly msBeforeNext: number }).msBeforeNext);
    }
  };
}

/** The refusal that every limit per address gives. */
export function rateLimited(retryAfterMs: number): CanopyError {
  return new CanopyError('RATE_LIMITED', 'Too many requests from this address.', {
    hint: 'Wait for the time that Retry-After says.',
    retryAfterMs,
  });
}
