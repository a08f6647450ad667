/**
 * Program: queues jobs and runs them until it is killed. Prints `queued`, then the subject of each
 * run when it begins. Arguments: data directory, number of jobs, database URL (optional).
 */
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { JobService } from '../../server/jobs/job-service.ts';
import { openDatabase } from '../../server/persistence/open-database.ts';
import { databaseOptions } from '../support/database.ts';

const [dataDirectory, count, databaseUrl] = process.argv.slice(2);
const {
  jobs: store,
  connection,
  embedded,
} = await openDatabase({
  ...databaseOptions(dataDirectory!),
  databaseUrl,
});
const service = new JobService({
  store,
  connection,
  embedded,
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
});
service.registerHandler(
  'DISTRIBUTION_POINT_UPDATE',
  async ({ job }) => {
    process.stdout.write(`${job.subjectId}\n`);
    return 'Done by the first process.';
  },
  2,
);
for (let i = 0; i < Number(count); i++) {
  await service.enqueue('DISTRIBUTION_POINT_UPDATE', systemRandom.guid());
}
process.stdout.write('queued\n');
await service.start();
