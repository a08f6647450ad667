import type { MikroORM } from '@mikro-orm/postgresql';
import type { Guid } from '../../../core/guid.ts';
import { SmpEntity } from '../entities/record-entities.ts';

const ONLY = 1;

/** This server, as the database knows it; the codebase view reads it too. */
export interface SmpRecord {
  readonly guid: Guid;
  readonly name: string;
  /** Of the node identity: SPKI DER, base64. */
  readonly publicKey: string;
  /** Base of its own codebases, `http://…` or `https://…`. */
  readonly publicUrl: string;
  /** Base of its UNC codebases; empty when it has none. */
  readonly uncRoot: string;
}

export interface SmpStore {
  /** `undefined` before the first start wrote it. */
  readSmp(): Promise<(SmpRecord & { readonly bootCounter: number }) | undefined>;
  /** Inserts or replaces everything but the boot counter, which starts at 0. */
  writeSmp(smp: SmpRecord): Promise<void>;
  /** Adds one and answers the result; the row must be there. */
  raiseBootCounter(): Promise<number>;
}

export function createSmpStore(orm: MikroORM): SmpStore {
  return {
    readSmp: async () => {
      const row = await orm.em.fork().findOne(SmpEntity, { id: ONLY });
      if (!row) return undefined;
      const { guid, name, publicKey, publicUrl, uncRoot, bootCounter } = row;
      return { guid, name, publicKey, publicUrl, uncRoot, bootCounter };
    },
    writeSmp: async (smp) => {
      await orm.em
        .fork()
        .upsert(
          SmpEntity,
          { id: ONLY, ...smp, bootCounter: 0 },
          { onConflictFields: ['id'], onConflictExcludeFields: ['bootCounter'] },
        );
    },
    raiseBootCounter: async () => {
      const [row] = await orm.em
        .fork()
        .execute<{ boot_counter: string }[]>(
          'update smp set boot_counter = boot_counter + 1 returning boot_counter',
        );
      if (!row) throw new Error('the smp row must be written before its boot counter is raised');
      return Number(row.boot_counter);
    },
  };
}
