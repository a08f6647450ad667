import type { Command } from 'commander';
import { parseDurationMs } from '../parse-values.ts';
import type { Session } from '../session.ts';
import { followJobs, refuseFailedJobs, type WaitOptions } from './follow-jobs.ts';
import { JOB_VIEW, type JobRow } from './job-view.ts';

/** For commands that start jobs. */
export function addWaitFlags(command: Command): Command {
  return command
    .option('--wait', 'wait until the work is finished; fail when it failed')
    .option('--timeout <duration>', 'with --wait: no longer than this (90s, 10m)', parseDurationMs);
}

/** Prints the started jobs, or with `--wait` what became of them. */
export async function printJobs(
  session: Session<WaitOptions>,
  jobs: readonly JobRow[],
): Promise<void> {
  if (!session.options.wait) {
    session.printer.list(JOB_VIEW, jobs);
    if (jobs.length > 0) session.note('Follow them: canopy job watch <job>');
    return;
  }
  const finished = await followJobs(session, jobs);
  session.printer.list(JOB_VIEW, finished);
  refuseFailedJobs(finished);
}
