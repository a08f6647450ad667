import type { Jobs } from '../../catalog/jobs.ts';
import { planDaily, planInterval } from './schedule-plans.ts';
import type { ScheduleDefinition } from './schedules.ts';

/** The schedules of replication. Both are off by default: every change is pushed as it is committed. */
export function hierarchySchedules(jobs: Pick<Jobs, 'enqueue'>): ScheduleDefinition[] {
  return [
    {
      name: 'NS.Hierarchy Differential Replication Schedule',
      description: 'Brings every child what is new. Changes are pushed as well without it.',
      plan: (settings, facts) =>
        planInterval(settings.differentialReplicationIntervalMinutes, facts),
      run: async () => [await jobs.enqueue('DIFFERENTIAL_REPLICATION', undefined)],
    },
    {
      name: 'NS.Hierarchy Complete Replication Schedule',
      description: 'Has every child compare everything, every day at the set time.',
      plan: (settings, facts) => planDaily(settings.completeReplicationTime, facts),
      run: async () => [await jobs.enqueue('COMPLETE_REPLICATION', undefined)],
    },
  ];
}
