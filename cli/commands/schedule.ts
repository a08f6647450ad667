import type { Command } from 'commander';
import {
  accepted,
  ListSchedulesDocument,
  RunScheduleDocument,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import type { WaitOptions } from '../jobs/follow-jobs.ts';
import { addWaitFlags, printJobs } from '../jobs/wait-flags.ts';
import { SCHEDULE_VIEW } from './views.ts';

export function scheduleCommand(app: App): Command {
  const noun = app.noun('schedule', 'recurring work, under its legacy names', 'schedules');
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list schedules and when they run next')
      .action(
        app.action(async (session) => {
          const client = await session.client();
          session.printer.list(
            SCHEDULE_VIEW,
            (await client.execute(ListSchedulesDocument)).schedules,
          );
        }),
      ),
    ['schedule list'],
  );
  examples(
    addWaitFlags(noun.command('run').summary('run a schedule now').argument('<schedule>')).action(
      app.action<WaitOptions, [string]>(async (session, name) => {
        const client = await session.client();
        const answer = await client.execute(RunScheduleDocument, { input: { name } });
        await printJobs(session, accepted(answer.runSchedule).jobs ?? []);
      }),
    ),
    ['schedule run "NS.Package Refresh" --wait'],
  );
  return noun;
}
