import type { MikroORM } from '@mikro-orm/postgresql';
import type { EnrollmentToken, EnrollmentTokenStore } from '../../../catalog/enrollment-tokens.ts';
import { EnrollmentTokenEntity } from '../entities/record-entities.ts';
import { plainRecord } from './plain-record.ts';

export function createEnrollmentTokenStore(orm: MikroORM): EnrollmentTokenStore {
  return {
    insert: (token) =>
      orm.em.fork().transactional(async (em) => {
        await em.nativeDelete(EnrollmentTokenEntity, { expiresAtMs: { $lte: token.createdAtMs } });
        await em.insert(EnrollmentTokenEntity, { ...token });
      }),
    get: async (id) =>
      plainRecord<EnrollmentToken>(await orm.em.fork().findOne(EnrollmentTokenEntity, { id })),
    use: async (id, publicKey, nowMs) => {
      const em = orm.em.fork();
      const used = await em.nativeUpdate(
        EnrollmentTokenEntity,
        { id, expiresAtMs: { $gt: nowMs }, $or: [{ usedBy: null }, { usedBy: publicKey }] },
        { usedBy: publicKey, usedAtMs: nowMs },
      );
      if (used === 0) return undefined;
      return plainRecord<EnrollmentToken>(await em.findOne(EnrollmentTokenEntity, { id }));
    },
    remove: async (id) => {
      await orm.em.fork().nativeDelete(EnrollmentTokenEntity, { id });
    },
    removeOf: async (packageServerId, exceptId) => {
      const others = exceptId === undefined ? {} : { id: { $ne: exceptId } };
      await orm.em.fork().nativeDelete(EnrollmentTokenEntity, { packageServerId, ...others });
    },
  };
}
