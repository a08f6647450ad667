import type { Jobs } from '../../catalog/jobs.ts';
import { planInterval } from './schedule-plans.ts';
import type { ScheduleDefinition } from './schedules.ts';

const UPKEEP_INTERVAL_MINUTES = 60;

/** What the server does for itself: forgetting what nobody can ask for any more. */
export function upkeepSchedules(jobs: Pick<Jobs, 'enqueue'>): ScheduleDefinition[] {
  return [
    {
      name: 'Content Sweep',
      description:
        'Removes snapshots past their grace time, and bytes that no snapshot needs, every hour.',
      plan: (_, facts) => planInterval(UPKEEP_INTERVAL_MINUTES, facts),
      run: async () => [await jobs.enqueue('CONTENT_SWEEP', undefined)],
    },
    {
      name: 'Change Log Compaction',
      description:
        'Drops changes older than 7 days beyond the newest 100,000 revisions, every hour.',
      plan: (_, facts) => planInterval(UPKEEP_INTERVAL_MINUTES, facts),
      run: async () => [await jobs.enqueue('LOG_COMPACTION', undefined)],
    },
  ];
}
