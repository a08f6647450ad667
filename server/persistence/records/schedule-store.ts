import type { MikroORM } from '@mikro-orm/postgresql';
import type { Guid } from '../../../core/guid.ts';
import { ScheduleStateEntity } from '../entities/record-entities.ts';
import { plainRecord } from './plain-record.ts';

/** What a schedule remembers between runs. */
export interface ScheduleState {
  readonly name: string;
  readonly lastJobId: Guid | undefined;
  readonly lastRunAtMs: number | undefined;
  readonly nextRunAtMs: number | undefined;
}

export interface ScheduleStore {
  list(): Promise<ScheduleState[]>;
  /** Inserts or replaces. */
  write(state: ScheduleState): Promise<void>;
}

export function createScheduleStore(orm: MikroORM): ScheduleStore {
  return {
    list: async () => {
      const states = await orm.em.fork().findAll(ScheduleStateEntity, { orderBy: { name: 'asc' } });
      return states.map((state) => plainRecord<ScheduleState>(state)!);
    },
    write: async (state) => {
      await orm.em.fork().upsert(ScheduleStateEntity, { ...state }, { onConflictFields: ['name'] });
    },
  };
}
