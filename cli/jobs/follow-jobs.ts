import {
  JobUpdatedDocument,
  resumable,
  type JobUpdatedSubscription,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { CliError, EXIT } from '../exit-code.ts';
import type { Session } from '../session.ts';
import { createProgress } from '../output/progress.ts';
import { isFinished, percent, progressText, type JobRow } from './job-view.ts';

export interface WaitOptions {
  readonly wait?: boolean;
  /** `--timeout`, milliseconds; without it there is no end. */
  readonly timeout?: number;
}

/**
 * Waits until every job is finished and answers them as they ended. They are followed one after
 * the other, over one connection at a time, however many there are. Throws a time-out that says
 * how to go on waiting.
 */
export async function followJobs(
  session: Session<WaitOptions>,
  jobs: readonly JobRow[],
): Promise<JobRow[]> {
  const client = await session.client();
  const { timeout: timeoutMs } = session.options;
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signal = deadline ? AbortSignal.any([session.io.signal, deadline]) : session.io.signal;
  const progress = createProgress(session);
  const finished: JobRow[] = [];
  try {
    for (const [index, job] of jobs.entries()) {
      const position = jobs.length > 1 ? `${index + 1}/${jobs.length} ` : '';
      const onState = (state: JobRow): void =>
        progress.show({
          percent: percent(state),
          text: position + describe(state),
          stepDone: isFinished(state),
        });
      finished.push(await followJob({ client, signal, onState }, job));
    }
  } catch (error) {
    if (!deadline?.aborted) throw error;
    const open = jobs.slice(finished.length);
    throw new CliError(
      EXIT.TIMED_OUT,
      `${open.length} of ${jobs.length} jobs did not finish in time; they go on.`,
      `Wait again: canopy job watch ${open
        .map((job) => job.guid)
        .slice(0, 3)
        .join(' ')}`,
    );
  } finally {
    progress.end();
  }
  return finished;
}

function describe(job: JobRow): string {
  const parts = [job.package?.name ?? job.kind, job.state, progressText(job), job.message];
  return parts.filter(Boolean).join(' · ');
}

interface Following {
  readonly client: SmpClient;
  readonly signal: AbortSignal;
  readonly onState: (job: JobRow) => void;
}

async function followJob({ client, signal, onState }: Following, job: JobRow): Promise<JobRow> {
  onState(job);
  if (isFinished(job)) return job;
  const states = resumable(client, {
    document: JobUpdatedDocument,
    variables: () => ({ id: job.guid }),
    signal,
  });
  for await (const state of states) {
    const { jobUpdated } = state as JobUpdatedSubscription;
    onState(jobUpdated);
    if (isFinished(jobUpdated)) return jobUpdated;
  }
  throw new Error('a resumable subscription ended without an error');
}

/** Throws unless every job succeeded; some is another exit code than none. */
export function refuseFailedJobs(jobs: readonly JobRow[]): void {
  const failed = jobs.filter((job) => job.state !== 'SUCCEEDED');
  const first = failed[0];
  if (!first) return;
  const name = first.package?.name ?? first.kind;
  const why = first.problems[0]?.message ?? first.message ?? first.state;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  throw new CliError(
    failed.length < jobs.length ? EXIT.PARTLY_DONE : EXIT.FAILED,
    `${name}: ${first.state.toLowerCase()}: ${why}${more}`,
    first.problems[0]?.hint ?? `See it: canopy job list -o wide`,
  );
}
