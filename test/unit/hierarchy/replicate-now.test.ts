// The work of a replication job: who it is done with, that one failure does not stop the others, and
// that it ends when a neighbour never does.
import type { Job, JobProgress, JobRun } from '../../../catalog/jobs.ts';
import type { Child, NodeSummary } from '../../../catalog/tree-model.ts';
import { CanopyError } from '../../../core/errors.ts';
import type { Guid } from '../../../core/guid.ts';
import { systemRandom } from '../../../core/random.ts';
import {
  replicateNow,
  type ReplicateInputs,
  type ReplicationMode,
} from '../../../hierarchy/operations/replicate-now.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { aNodeSummary, treeItems } from '../../support/tree-items.ts';

const aChild = (name: string, given: Partial<Child> = {}): Child => ({
  ...treeItems(systemRandom.guid()).child,
  id: systemRandom.guid(),
  name,
  ...given,
});

function world(children: readonly Child[]) {
  const clock = new HandClock();
  const asked: string[] = [];
  const { parent } = treeItems(systemRandom.guid());
  const answers = new Map<string, () => Promise<void> | undefined>();
  const summaries: NodeSummary[] = [];
  const ask = (what: string) => (id: Guid) => {
    const { name } = children.find((child) => child.id === id)!;
    asked.push(`${what} ${name}`);
    return (answers.get(name) ?? (async () => undefined))();
  };
  const inputs = {
    context: {
      model: { smp: { name: 'here' }, tree: { parent, children: () => children } },
      clock,
    },
    summaries: { read: async () => summaries },
    sessions: {
      requestComparison: ask('compare'),
      catchUp: ask('catch up'),
      stateOf: () => ({ reason: 'It was switched off.' }),
    },
    parentLink: {
      compare: async () => void asked.push('compare parent'),
      catchUp: async () => void asked.push('catch up parent'),
    },
  } as unknown as ReplicateInputs;
  const reports: JobProgress[] = [];
  const stopping = new AbortController();
  const run = (mode: ReplicationMode, subjectId?: Guid): Promise<string> =>
    replicateNow(
      inputs,
      mode,
    )({
      job: { subjectId } as Job,
      signal: stopping.signal,
      force: false,
      report: (progress) => reports.push(progress),
    } satisfies JobRun);
  return { clock, asked, answers, summaries, parent, reports, stopping, run };
}

test('without a neighbour it is all joined children that replication is on for', async () => {
  const on = aChild('on');
  const { asked, run, reports } = world([
    on,
    aChild('off', { replicationEnabled: false }),
    aChild('joining', { state: 'JOINING' }),
    aChild('removed', { state: 'REMOVED' }),
  ]);
  expect(await run('DIFFERENTIAL')).toBe('on: everything is there.');
  expect(await run('COMPLETE', on.id)).toBe('on: everything is there.');
  expect(asked).toEqual(['catch up on', 'compare on']);
  expect(reports.at(-1)).toMatchObject({ done: 1, total: 1, unit: 'ITEMS' });
  expect(await world([]).run('COMPLETE')).toBe('There is no SMP to replicate with.');
});

test('the parent is one neighbour', async () => {
  const { asked, run, parent } = world([]);
  expect(await run('COMPLETE', parent.guid)).toBe('root: everything is there.');
  await run('DIFFERENTIAL', parent.guid);
  expect(asked).toEqual(['compare parent', 'catch up parent']);
});

test('one that is away or off does not stop the others, and each is named', async () => {
  const off = aChild('off', { replicationEnabled: false });
  const { answers, asked, run } = world([aChild('away'), aChild('cut'), aChild('there'), off]);
  answers.set('away', () => undefined);
  answers.set('cut', async () => {
    throw new CanopyError('NOT_READY', 'The link ended: it broke.');
  });
  await expect(run('COMPLETE')).rejects.toMatchObject({
    code: 'NOT_READY',
    problems: [
      { message: expect.stringContaining('away is not connected: It was switched off.') as string },
      { message: 'The link ended: it broke.' },
    ],
  });
  expect(asked).toContain('compare there');
  await expect(run('COMPLETE', off.id)).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('a child that has switched replication off itself ends the job, and the cure is named', async () => {
  const paused = aChild('paused', { nodeId: 'p'.repeat(26) });
  const { run, summaries, answers, clock } = world([paused]);
  answers.set('paused', () => new Promise(() => undefined));
  const ended = expect(run('DIFFERENTIAL', paused.id)).rejects.toMatchObject({
    code: 'CONFLICT',
    problems: [
      {
        message: 'Replication is switched off at paused itself.',
        hint: 'There: canopy hierarchy enable-replication here',
      },
    ],
  });
  await clock.advance(10_000);
  summaries.push(aNodeSummary({ nodeId: paused.nodeId, takesReplication: false }));
  await clock.advance(5_000);
  await ended;
});

test('a child that was just switched on again is believed by what it does', async () => {
  const child = aChild('resumed', { nodeId: 'r'.repeat(26) });
  const { run, summaries } = world([child]);
  summaries.push(aNodeSummary({ nodeId: child.nodeId, takesReplication: false }));
  expect(await run('DIFFERENTIAL', child.id)).toBe('resumed: everything is there.');
});

test('a neighbour that never finishes ends the job in time; a stop ends it at once', async () => {
  const { clock, answers, run, stopping } = world([aChild('stuck')]);
  answers.set('stuck', () => new Promise(() => undefined));
  const late = expect(run('COMPLETE')).rejects.toMatchObject({ code: 'TIMEOUT' });
  await clock.advance(30 * 60_000);
  await late;
  const stopped = expect(run('COMPLETE')).rejects.toThrow('stop');
  stopping.abort(new Error('stop'));
  await stopped;
});
