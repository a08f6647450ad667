import { Option, type Command } from 'commander';
import {
  accepted,
  CancelJobDocument,
  GetJobDocument,
  ListJobsDocument,
  type JobState,
} from '../../client-sdk/src/index.ts';
import { examples, type App } from '../app.ts';
import { CliError, EXIT } from '../exit-code.ts';
import { followJobs, refuseFailedJobs, type WaitOptions } from '../jobs/follow-jobs.ts';
import { JOB_VIEW, type JobRow } from '../jobs/job-view.ts';
import { parseCount, parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';

const STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;

interface ListOptions {
  readonly state?: (typeof STATES)[number];
  readonly limit: number;
}

export function jobCommand(app: App): Command {
  const noun = app.noun('job', 'long work on the server', 'jobs');
  examples(
    noun
      .command('list')
      .alias('ls')
      .summary('list jobs, newest first')
      .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
      .option('--limit <count>', 'at most so many', parseCount, 50)
      .action(app.action(list)),
    ['job list', 'job list --state failed -o wide'],
  );
  examples(
    noun
      .command('watch')
      .summary('follow jobs until they are finished')
      .argument('<job...>')
      .option('--timeout <duration>', 'no longer than this (90s, 10m)', parseDurationMs)
      .action(app.action(watch)),
    ['job watch 2b6f0c1e-7f0b-4c39-9d5e-0d7c1f1f4a11 --timeout 30m'],
  );
  examples(
    noun
      .command('cancel')
      .summary('cancel a job that is not finished')
      .argument('<job>')
      .action(app.action(cancel)),
    ['job cancel 2b6f0c1e-7f0b-4c39-9d5e-0d7c1f1f4a11'],
  );
  return noun;
}

async function list(session: Session<ListOptions>): Promise<void> {
  const { state, limit } = session.options;
  const states = state ? [state.toUpperCase() as JobState] : null;
  const client = await session.client();
  const { jobs } = await client.execute(ListJobsDocument, { states, first: limit });
  session.printer.list(JOB_VIEW, jobs);
}

async function watch(session: Session<WaitOptions>, ids: string[]): Promise<void> {
  const client = await session.client();
  const jobs: JobRow[] = [];
  for (const id of ids) {
    const { job } = await client.execute(GetJobDocument, { id });
    if (!job) {
      throw new CliError(
        EXIT.NOT_FOUND,
        `There is no job ${JSON.stringify(id)}.`,
        'See: canopy job list',
      );
    }
    jobs.push(job);
  }
  const finished = await followJobs(session, jobs);
  session.printer.list(JOB_VIEW, finished);
  refuseFailedJobs(finished);
}

async function cancel(session: Session, id: string): Promise<void> {
  await session.confirm(`Cancel the job ${id}?`);
  const client = await session.client();
  const payload = accepted((await client.execute(CancelJobDocument, { input: { id } })).cancelJob);
  session.printer.one(JOB_VIEW, payload.job!);
}
