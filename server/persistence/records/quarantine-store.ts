import type { MikroORM } from '@mikro-orm/postgresql';
import { QuarantineEntity } from '../entities/record-entities.ts';

const DEFAULT_CAPACITY = 1_000;
const MAX_BODY_CHARACTERS = 65_536;

/** A message from outside that was not understood or not believed, kept for the administrator. */
export interface QuarantinedMessage {
  readonly receivedAtMs: number;
  readonly remoteAddress: string;
  /** The door it came by, for example `PostEvent`. */
  readonly door: string;
  readonly reason: string;
  readonly body: string;
}

export interface QuarantineStore {
  /**
   * Keeps a message and drops the oldest beyond the capacity. The body is cut at 65,536
   * characters; what PostgreSQL cannot hold (U+0000, half surrogate pairs) becomes U+FFFD.
   */
  insert(message: QuarantinedMessage): Promise<void>;
  /** Newest first. */
  list(limit: number): Promise<QuarantinedMessage[]>;
}

export function createQuarantineStore(
  orm: MikroORM,
  capacity: number = DEFAULT_CAPACITY,
): QuarantineStore {
  return {
    insert: (message) =>
      orm.em.fork().transactional(async (em) => {
        await em.insert(QuarantineEntity, {
          receivedAtMs: message.receivedAtMs,
          remoteAddress: storable(message.remoteAddress),
          door: storable(message.door),
          reason: storable(message.reason),
          body: storable(message.body.slice(0, MAX_BODY_CHARACTERS)),
        });
        await em.execute(
          `delete from quarantine where id <=
            (select id from quarantine order by id desc offset ? limit 1)`,
          [capacity],
        );
      }),
    list: async (limit) => {
      const found = await orm.em.fork().findAll(QuarantineEntity, {
        orderBy: { id: 'desc' },
        limit,
      });
      return found.map(({ receivedAtMs, remoteAddress, door, reason, body }) => ({
        receivedAtMs,
        remoteAddress,
        door,
        reason,
        body,
      }));
    },
  };
}

function storable(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').toWellFormed();
}
