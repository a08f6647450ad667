import { requireRole, type Principal, type Role } from '../../catalog/authority.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid, type Guid } from '../../core/guid.ts';
import type { Random } from '../../core/random.ts';
import type { ApiToken, ApiTokenStore } from '../persistence/records/api-token-store.ts';
import { hashToken, newTokenText } from './token-text.ts';

export interface NewApiToken {
  /** Who or what it is for: 1 to 100 characters. */
  readonly name: string;
  readonly role: Role;
  /** `undefined`: until it is revoked. */
  readonly expiresAtMs: number | undefined;
}

/** A token as people may see it: nothing in it helps to sign in. */
export type ApiTokenRecord = Omit<ApiToken, 'hash'>;

/** The bearer tokens of this server. Roles are checked by {@link authorizedApiTokens}. */
export interface ApiTokens {
  /** Newest first, those that ended too. */
  list(): Promise<ApiTokenRecord[]>;
  /** The secret is answered this once. Throws `INVALID_INPUT`. */
  create(input: NewApiToken): Promise<{ readonly token: ApiTokenRecord; readonly secret: string }>;
  /** Ends a token at once. `undefined` when there is none with this id. */
  revoke(id: string): Promise<ApiTokenRecord | undefined>;
}

export interface ApiTokensOptions {
  readonly store: ApiTokenStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of every revocation, so that what remembers tokens forgets this one. */
  readonly onRevoked?: (token: ApiTokenRecord) => void;
}

const MAX_NAME_LENGTH = 100;

export function createApiTokens({ store, clock, random, onRevoked }: ApiTokensOptions): ApiTokens {
  return {
    list: async () => (await store.list()).map(withoutHash),
    create: async (input) => {
      const nowMs = clock.nowMs();
      refuseBadInput(input, nowMs);
      const secret = newTokenText(random);
      const token: ApiToken = {
        id: random.guid(),
        name: input.name.trim(),
        role: input.role,
        hash: hashToken(secret),
        createdAtMs: nowMs,
        expiresAtMs: input.expiresAtMs,
        revokedAtMs: undefined,
        lastUsedAtMs: undefined,
      };
      await store.insert(token);
      return { token: withoutHash(token), secret };
    },
    revoke: async (text) => {
      const id: Guid | undefined = parseGuid(text);
      const revoked = id && (await store.revoke(id, clock.nowMs()));
      if (!revoked) return undefined;
      const token = withoutHash(revoked);
      onRevoked?.(token);
      return token;
    },
  };
}

/** The same as one principal may use it: administrators only. */
export function authorizedApiTokens(
  tokens: ApiTokens,
  principal: Principal | undefined,
): ApiTokens {
  return {
    list: async () => {
      requireRole(principal, 'ADMIN');
      return tokens.list();
    },
    create: async (input) => {
      requireRole(principal, 'ADMIN');
      return tokens.create(input);
    },
    revoke: async (id) => {
      requireRole(principal, 'ADMIN');
      return tokens.revoke(id);
    },
  };
}

function refuseBadInput({ name, expiresAtMs }: NewApiToken, nowMs: number): void {
  const length = name.trim().length;
  // eslint-disable-next-line no-control-regex
  if (length === 0 || length > MAX_NAME_LENGTH || /[\u0000-\u001f\u007f]/.test(name)) {
    throw new CanopyError(
      'INVALID_INPUT',
      'The name of a token has 1 to 100 printable characters.',
      {
        path: ['name'],
        hint: 'Say who or what the token is for.',
      },
    );
  }
  if (expiresAtMs !== undefined && !(expiresAtMs > nowMs)) {
    throw new CanopyError('INVALID_INPUT', 'The token would have expired already.', {
      path: ['expiresAt'],
      hint: 'Give a time in the future, or none.',
    });
  }
}

function withoutHash({ hash: _, ...record }: ApiToken): ApiTokenRecord {
  return record;
}
