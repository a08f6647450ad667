// What goes up: a child speaks for its own branch alone, and a node tells how far each package is.
import type { Child, NodeSummary, Progress } from '../../../catalog/tree-model.ts';
import { systemRandom } from '../../../core/random.ts';
import { convergenceFor } from '../../../hierarchy/convergence/convergence-service.ts';
import { ProgressKeeper } from '../../../hierarchy/convergence/progress-keeper.ts';
import { restateChild, sayGone, takeUpPage } from '../../../hierarchy/convergence/take-up-page.ts';
import type { UpPage } from '../../../hierarchy/link/link-protocol.ts';
import { aHolding, aPackage, aPackageServer } from '../../support/database-items.ts';
import {
  aNodeSummary,
  aPackageState,
  aProgress,
  aTreeItem,
  treeItems,
} from '../../support/tree-items.ts';
import { waitFor } from '../../support/wait-for.ts';
import { settableClock, START_MS } from '../catalog/support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from '../catalog/support/test-smp.ts';

let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;

beforeEach(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock: settableClock() });
});
afterEach(async () => {
  await smp?.close();
  await directories?.remove();
});

async function joinChild(nodeId: string): Promise<Child> {
  const child: Child = {
    ...treeItems(systemRandom.guid()).child,
    id: systemRandom.guid(),
    nodeId,
    rule: { kind: 'EVERYTHING' },
  };
  await smp.context.write(async (tx) => tx.put('child', child));
  return child;
}

const summary = (item: NodeSummary) => ({ kind: 'nodeSummary', item }) as const;
const told = (item: Progress) => ({ kind: 'progress', item }) as const;

async function stored() {
  const { value } = await smp.context.store.transact(async (tx) => ({
    nodes: (await tx.list('nodeSummary')).map(({ nodeId }) => nodeId).sort(),
    progress: (await tx.list('progress')).map(({ nodeId }) => nodeId).sort(),
  }));
  return value;
}

const UP_PAGE: UpPage = {
  states: [
    summary(aNodeSummary({ nodeId: 'b', parentNodeId: 'whatever', gone: true })),
    summary(aNodeSummary({ nodeId: 'c', parentNodeId: 'b' })),
    told(aProgress({ nodeId: 'c' })),
    told(aProgress({ nodeId: 'stranger' })),
    summary(aNodeSummary({ nodeId: 'stranger', parentNodeId: 'elsewhere' })),
  ],
  after: '',
  cursor: 'one',
};

test('a child speaks for itself and what is below it; the rest is passed over', async () => {
  const child = await joinChild('b');
  expect(await takeUpPage(smp.context, child, UP_PAGE)).toEqual({
    refused: 2,
    beginsAnew: false,
  });
  expect(await stored()).toEqual({ nodes: ['b', 'c'], progress: ['c'] });
  const { value: own } = await smp.context.store.transact((tx) => tx.get('nodeSummary', 'b'));
  expect(own).toMatchObject({
    parentNodeId: smp.identity.nodeId,
    gone: false,
    connected: true,
    guid: child.id,
  });
  const { value: position } = await smp.context.store.transact((tx) =>
    tx.get('feedPosition', 'UP/b'),
  );
  expect(position?.cursor).toBe('one');
  const { revision } = await smp.context.store.log.position();
  await takeUpPage(smp.context, child, UP_PAGE);
  expect((await smp.context.store.log.position()).revision).toBe(revision);
});

test('a child that goes takes what is below it along, and says so upward', async () => {
  const child = await joinChild('b');
  await takeUpPage(smp.context, child, UP_PAGE);
  const before = (await smp.context.store.log.position()).revision;
  await smp.context.write((tx) => sayGone(tx, smp.context, 'b'));
  expect((await stored()).progress).toEqual([]);
  const { states } = await smp.context.store.states.read('NODES', before, { limit: 10 });
  expect(new Map(states.map(({ item }) => [item.nodeId, item.gone]))).toEqual(
    new Map([
      ['b', true],
      ['c', true],
    ]),
  );
});

test('the late farewell of an old parent does not take a node from its new one', async () => {
  const one = await joinChild('b');
  const other = await joinChild('d');
  await takeUpPage(smp.context, one, UP_PAGE);
  const moved = aNodeSummary({ nodeId: 'c', parentNodeId: 'd', placement: 2 });
  const arrival = [summary(aNodeSummary({ nodeId: 'd' })), summary(moved)];
  await takeUpPage(smp.context, other, { states: arrival, after: '', cursor: '1' });
  const farewell = summary(aNodeSummary({ nodeId: 'c', parentNodeId: 'b', gone: true }));
  await takeUpPage(smp.context, one, { states: [farewell], after: 'one', cursor: '2' });
  const { value } = await smp.context.store.transact((tx) => tx.get('nodeSummary', 'c'));
  expect(value).toMatchObject({ parentNodeId: 'd', gone: false });
});

test('a child whose link is down is told upward once', async () => {
  const child = await joinChild('b');
  await takeUpPage(smp.context, child, UP_PAGE);
  const down = { child, connected: false };
  await smp.context.write((tx) => restateChild(tx, smp.context, down));
  const { revision } = await smp.context.store.log.position();
  await smp.context.write((tx) => restateChild(tx, smp.context, down));
  expect((await smp.context.store.log.position()).revision).toBe(revision);
});

test('a node with a parent tells how far each package is, and when it is gone', async () => {
  const clock = settableClock();
  const one = aPackage({ origin: 'REPLICATED', internalVersion: 1_700_000_000 });
  const server = aPackageServer();
  await smp.context.write(async (tx) => {
    tx.put('parent', { ...treeItems(one.id).parent, state: 'JOINED' });
    tx.put('packageServer', server);
    tx.put('package', one);
    tx.put('treeItem', aTreeItem({ id: one.id, ageMs: 7, storedAtMs: START_MS }));
  });
  const stop = new AbortController();
  const running = new ProgressKeeper({ ...smp.context, clock }).run(stop.signal);
  const key = `${smp.identity.nodeId}/${one.id}`;
  const own = async () => (await smp.context.store.transact((tx) => tx.get('progress', key))).value;
  try {
    await waitFor(async () => (await own()) !== undefined);
    expect(await own()).toMatchObject({ state: 'RECEIVED', tookMs: 7 });
    const held = { internalVersion: 1_700_000_000, rootHash: 'ab', sinceMs: START_MS + 30 };
    const holding = aHolding({ packageServerId: server.id, packageId: one.id, held: [held] });
    await smp.context.write(async (tx) => tx.put('holding', holding));
    await waitFor(async () => (await own())?.packageServers[0]?.tookMs === 37);
    await smp.context.write(async (tx) => tx.remove('package', one.id));
    await waitFor(async () => (await own())?.state === 'GONE');
  } finally {
    stop.abort();
    await running;
  }
});

test('the answer follows what children tell, for viewers alone', async () => {
  const child = await joinChild('b');
  const one = aPackage({ internalVersion: 1_700_000_000 });
  await smp.context.write(async (tx) => {
    tx.put('package', one);
    tx.put('treeItem', aTreeItem({ id: one.id, state: aPackageState() }));
  });
  const inputs = {
    context: smp.context,
    queries: smp.queries,
    wakeups: smp.database.wakeups,
  };
  const viewer = convergenceFor(inputs, () => ({ name: 'dashboard', role: 'VIEWER' }));
  const seen: boolean[] = [];
  for await (const state of viewer.watch({ packageId: one.id }, new AbortController().signal)) {
    seen.push(state.complete);
    if (state.complete) break;
    expect(state.blocker).toMatchObject({ kind: 'SMP', name: 'child' });
    const states = [
      summary(aNodeSummary({ nodeId: 'b', name: 'child' })),
      told(aProgress({ nodeId: 'b', packageId: one.id, packageServers: [] })),
    ];
    await takeUpPage(smp.context, child, { states, after: '', cursor: '1' });
  }
  expect(seen).toEqual([false, true]);
  await expect(viewer.of({ packageId: one.id, internalVersion: 9e9 })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(convergenceFor(inputs, () => undefined).of({ packageId: one.id })).rejects.toThrow(
    'bearer token',
  );
});
