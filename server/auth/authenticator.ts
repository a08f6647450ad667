import { timingSafeEqual } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Person } from '../../catalog/authority.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { limitKey } from '../http/peer.ts';
import { rateLimited } from '../http/address-limiter.ts';
import { LIMITS } from '../limits.ts';
import type { ApiToken, ApiTokenStore } from '../persistence/records/api-token-store.ts';
import { hashToken, isTokenText } from './token-text.ts';

/** So long a token is believed without asking the store, where another process may revoke it. */
const CACHE_MS = 5_000;
const MAX_CACHED = 1_000;
/** The last use is noted this often at most. */
const TOUCH_INTERVAL_MS = 60_000;

export interface AuthenticatorOptions {
  readonly store: ApiTokenStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default `LIMITS.agents.failedTokensPerMinute`. */
  readonly failedTokensPerMinute?: number;
}

interface CachedToken {
  readonly token: ApiToken;
  readonly readAtMs: number;
}

/** Turns `Authorization: Bearer …` into who it stands for. */
export class Authenticator {
  private readonly options: AuthenticatorOptions;
  private readonly failures: RateLimiterMemory;
  private readonly cache = new Map<string, CachedToken>();
  private readonly touchedAtMs = new Map<string, number>();

  constructor(options: AuthenticatorOptions) {
    this.options = options;
    const points = options.failedTokensPerMinute ?? LIMITS.agents.failedTokensPerMinute;
    this.failures = new RateLimiterMemory({ points, duration: 60 });
  }

  /**
   * `undefined` without a header. Throws `UNAUTHENTICATED` for a token that is wrong, expired or
   * revoked, and `RATE_LIMITED` once an address has sent too many of those; a token that was good
   * within the last seconds still passes then, for the address may be a router's.
   */
  async authenticate(
    authorization: string | undefined,
    clientAddress: string,
  ): Promise<Person | undefined> {
    if (authorization === undefined || authorization === '') return undefined;
    const text = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const token = text === undefined ? undefined : await this.find(text, limitKey(clientAddress));
    const fault = faultOf(token, this.options.clock.nowMs());
    if (!token || fault) {
      await this.failures.penalty(limitKey(clientAddress));
      throw new CanopyError(
        'UNAUTHENTICATED',
        fault ?? 'The Authorization header is not a token.',
        {
          path: ['Authorization'],
          hint: 'Send "Authorization: Bearer <token>" with a token that createApiToken answered.',
        },
      );
    }
    this.touch(token);
    return { name: token.name, role: token.role };
  }

  /** A token that was revoked in this process ends at once. */
  forget(id: string): void {
    for (const [hash, { token }] of this.cache) if (token.id === id) this.cache.delete(hash);
  }

  private async find(text: string, key: string): Promise<ApiToken | undefined> {
    const hash = hashToken(text);
    const nowMs = this.options.clock.monotonicMs();
    const cached = this.cache.get(hash);
    if (cached && nowMs - cached.readAtMs < CACHE_MS) return cached.token;
    await this.refuseGuessers(key);
    const token = isTokenText(text) ? await this.options.store.findByHash(hash) : undefined;
    if (!token || !timingSafeEqual(Buffer.from(token.hash), Buffer.from(hash))) return undefined;
    if (this.cache.size >= MAX_CACHED) this.cache.delete(this.cache.keys().next().value!);
    this.cache.set(hash, { token, readAtMs: nowMs });
    return token;
  }

  private async refuseGuessers(key: string): Promise<void> {
    const failed = await this.failures.get(key);
    if (failed && failed.remainingPoints <= 0) throw rateLimited(failed.msBeforeNext);
  }

  /** Not awaited: signing in must not wait for a note about itself. */
  private touch({ id }: ApiToken): void {
    const { clock, store, logger } = this.options;
    const nowMs = clock.monotonicMs();
    const lastMs = this.touchedAtMs.get(id);
    if (lastMs !== undefined && nowMs - lastMs < TOUCH_INTERVAL_MS) return;
    if (this.touchedAtMs.size >= MAX_CACHED) this.touchedAtMs.clear();
    this.touchedAtMs.set(id, nowMs);
    store.touch(id, clock.nowMs()).catch((error: unknown) => {
      logger.warn({ tokenId: id, error }, 'The last use of a token could not be noted.');
    });
  }
}

function faultOf(token: ApiToken | undefined, nowMs: number): string | undefined {
  if (!token) return 'The token is not known here.';
  if (token.revokedAtMs !== undefined) return `The token "${token.name}" was revoked.`;
  if (token.expiresAtMs !== undefined && token.expiresAtMs <= nowMs) {
    return `The token "${token.name}" has expired.`;
  }
  return undefined;
}
