import type { CatalogContext } from '../../catalog/context.ts';
import type { JobRun } from '../../catalog/jobs.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { CanopyError, isCanopyError, type Problem } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import { OVER } from '../../core/over.ts';
import type { ChildSessions } from '../link/child-sessions.ts';
import type { KnownSummaries } from '../remote/known-summaries.ts';
import type { ParentLinkKeeper } from '../link/parent-link-keeper.ts';

/** `DIFFERENTIAL`: what is new, by cursor. `COMPLETE`: a comparison of everything. */
export type ReplicationMode = 'DIFFERENTIAL' | 'COMPLETE';

export interface ReplicateInputs {
  readonly context: Pick<CatalogContext, 'model' | 'clock'>;
  readonly sessions: Pick<ChildSessions, 'requestComparison' | 'catchUp' | 'stateOf'>;
  readonly parentLink: Pick<ParentLinkKeeper, 'compare' | 'catchUp'>;
  readonly summaries: Pick<KnownSummaries, 'read'>;
}

/**
 * Until the first look at whether a child has switched replication off, and between two. What a child
 * tells of itself comes up the tree a second or two late: a job that believed it at once would fail
 * right after the child was switched on again.
 */
const LOOK_MS = 5_000;
const LIMIT_MS = 30 * 60_000;

/**
 * The work of a replication job: with the neighbour that it is about, or with every child. Ends when
 * each has stored everything that there was at its beginning. One that fails does not stop the
 * others; then the job fails with a problem for each.
 */
export function replicateNow(inputs: ReplicateInputs, mode: ReplicationMode) {
  return async (run: JobRun): Promise<string> => {
    const targets = targetsOf(inputs, mode, run.job.subjectId);
    const problems: Problem[] = [];
    let done = 0;
    const tell = (message: string): void =>
      run.report({ done, total: targets.length, unit: 'ITEMS', message });
    tell(`${mode === 'COMPLETE' ? 'Comparing' : 'Catching up'} with ${targets.length} SMPs.`);
    await Promise.all(
      targets.map(async ({ name, start }) => {
        try {
          await within(inputs, run.signal, name, start);
          done += 1;
          tell(`${name} has everything.`);
        } catch (error) {
          run.signal.throwIfAborted();
          if (!isCanopyError(error)) throw error;
          problems.push(...error.problems);
        }
      }),
    );
    const [first] = problems;
    if (first) throw new CanopyError(first.code, first.message, { problems });
    return targets.length === 0
      ? 'There is no SMP to replicate with.'
      : `${targets.map(({ name }) => name).join(', ')}: everything is there.`;
  };
}

interface Target {
  readonly name: string;
  /** `signal`: nobody waits any more. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

function targetsOf(
  inputs: ReplicateInputs,
  mode: ReplicationMode,
  subjectId: Guid | undefined,
): Target[] {
  const { context, sessions, parentLink } = inputs;
  const { tree } = context.model;
  const { parent } = tree;
  if (parent && parent.guid === subjectId) {
    const start = async (): Promise<void> => {
      requireEnabled(parent);
      await (mode === 'COMPLETE' ? parentLink.compare() : parentLink.catchUp());
    };
    return [{ name: parent.name, start }];
  }
  return [...tree.children()]
    .filter(({ id, state }) => (subjectId ? id === subjectId : state === 'JOINED'))
    .filter((child) => subjectId !== undefined || child.replicationEnabled)
    .map((child) => ({
      name: child.name,
      start: async (signal) => {
        requireEnabled(child);
        const done = withChild(sessions, mode, child);
        await Promise.race([done, untilOffThere(inputs, child, signal)]);
      },
    }));
}

async function withChild(
  sessions: ReplicateInputs['sessions'],
  mode: ReplicationMode,
  child: Child,
): Promise<void> {
  const { id, name } = child;
  const done = mode === 'COMPLETE' ? sessions.requestComparison(id) : sessions.catchUp(id);
  if (done) return done;
  const { reason } = sessions.stateOf(id);
  throw new CanopyError('NOT_READY', `${name} is not connected: ${reason}`, {
    hint: 'It gets what is missing as soon as it connects.',
  });
}

function requireEnabled({ name, replicationEnabled }: Pick<Child, 'name' | 'replicationEnabled'>) {
  if (replicationEnabled) return;
  throw new CanopyError('CONFLICT', `Replication with ${name} is switched off here.`, {
    hint: `canopy hierarchy enable-replication ${name}`,
  });
}

/** Throws `CONFLICT` when the child has told that it takes nothing over. */
async function requireOnThere(
  { context, summaries }: ReplicateInputs,
  { nodeId, name }: Child,
): Promise<void> {
  const told = (await summaries.read()).find((one) => one.nodeId === nodeId);
  if (told?.takesReplication !== false) return;
  throw new CanopyError('CONFLICT', `Replication is switched off at ${name} itself.`, {
    hint: `There: canopy hierarchy enable-replication ${context.model.smp.name}`,
  });
}

/** Rejects when the child tells so, or with the signal's reason. */
async function untilOffThere(
  inputs: ReplicateInputs,
  child: Child,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    await inputs.context.clock.sleep(LOOK_MS, signal);
    await requireOnThere(inputs, child);
  }
}

async function within(
  { context: { clock } }: ReplicateInputs,
  signal: AbortSignal,
  name: string,
  start: Target['start'],
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(LIMIT_MS, either).then(() => {
    const text = `${name} did not get everything within ${LIMIT_MS / 60_000} minutes.`;
    const hint = 'See how its link is doing: canopy hierarchy status';
    throw new CanopyError('TIMEOUT', text, { hint });
  });
  try {
    await Promise.race([start(either), late]);
  } finally {
    over.abort(OVER);
    late.catch(() => undefined);
  }
}
