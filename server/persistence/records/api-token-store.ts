import type { MikroORM } from '@mikro-orm/postgresql';
import type { Guid } from '../../../core/guid.ts';
import { ApiTokenEntity } from '../entities/record-entities.ts';
import { explainConflict } from '../sql-errors.ts';
import { plainRecord } from './plain-record.ts';

export type ApiTokenRole = 'VIEWER' | 'OPERATOR' | 'ADMIN';

/** A bearer token as it is kept: never the secret, only its hash. */
export interface ApiToken {
  readonly id: Guid;
  readonly name: string;
  readonly role: ApiTokenRole;
  /** SHA-256 of the secret, hex. */
  readonly hash: string;
  readonly createdAtMs: number;
  /** `undefined`: does not expire. */
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}

export interface ApiTokenStore {
  /** Throws `CONFLICT` when the hash is already there. */
  insert(token: ApiToken): Promise<void>;
  /** Expired and revoked ones too: the caller says why it refuses. */
  findByHash(hash: string): Promise<ApiToken | undefined>;
  /** Newest first. */
  list(): Promise<ApiToken[]>;
  /** The first revocation stands. `undefined` when there is no such token. */
  revoke(id: Guid, atMs: number): Promise<ApiToken | undefined>;
  /** Notes a use without waiting for the disk; a crash may lose it. */
  touch(id: Guid, atMs: number): Promise<void>;
}

export function createApiTokenStore(orm: MikroORM): ApiTokenStore {
  const find = async (where: { id: Guid } | { hash: string }): Promise<ApiToken | undefined> =>
    plainRecord<ApiToken>(await orm.em.fork().findOne(ApiTokenEntity, where));
  return {
    insert: async (token) => {
      await orm.em
        .fork()
        .insert(ApiTokenEntity, { ...token })
        .catch((error: unknown) => {
          throw explainConflict(error);
        });
    },
    findByHash: (hash) => find({ hash }),
    list: async () => {
      const tokens = await orm.em.fork().findAll(ApiTokenEntity, {
        orderBy: { createdAtMs: 'desc', id: 'desc' },
      });
      return tokens.map((token) => plainRecord<ApiToken>(token)!);
    },
    revoke: async (id, atMs) => {
      const em = orm.em.fork();
      await em.nativeUpdate(ApiTokenEntity, { id, revokedAtMs: null }, { revokedAtMs: atMs });
      return find({ id });
    },
    touch: (id, atMs) =>
      orm.em.fork().transactional(async (em) => {
        await em.execute('set local synchronous_commit = off');
        await em.nativeUpdate(ApiTokenEntity, { id }, { lastUsedAtMs: atMs });
      }),
  };
}
