// What nodes above hear of a child whose link opens, ends, or does not come back after a restart.
import type { NodeSummary } from '../../../catalog/tree-model.ts';
import { silentLogger } from '../../../core/logger.ts';
import { PresenceKeeper } from '../../../hierarchy/convergence/presence-keeper.ts';
import { takeUpPage } from '../../../hierarchy/convergence/take-up-page.ts';
import { ChildSessions } from '../../../hierarchy/link/child-sessions.ts';
import type { ChildHello } from '../../../hierarchy/link/link-protocol.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import { aNodeSummary } from '../../support/tree-items.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { relate } from '../../simulation/support/family.ts';
import type { MemoryNode } from '../../simulation/support/memory-node.ts';
import { aDisk, start } from './replica-pair.ts';

const HELLO: ChildHello = {
  bootCounter: 1,
  protocolVersion: 1,
  softwareVersion: '1',
  name: 'child',
  url: '',
  cursor: '',
};
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function world() {
  const parent = await start(aDisk('parent'));
  const { child } = await relate(parent, await start(aDisk('child')));
  const item = aNodeSummary({ nodeId: child.nodeId, storedAtMs: 1, ageMs: 0 });
  const report = () =>
    takeUpPage(parent.context, child, {
      states: [{ kind: 'nodeSummary', item }],
      after: '',
      cursor: '1',
    });
  return { parent, child, report, ...run(parent) };
}

function run(parent: MemoryNode) {
  const clock = new HandClock();
  const sessions = new ChildSessions({
    store: parent.context.store,
    wakeups: createWakeups(),
    clock,
    logger: silentLogger,
    revisionOf: () => undefined,
  });
  const presence = new PresenceKeeper({ ...parent.context, clock }, sessions);
  const stopping = new AbortController();
  const running = presence.run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  stops.push(stop);
  return { clock, sessions, presence, stop };
}

async function told(parent: MemoryNode, nodeId: string): Promise<NodeSummary | undefined> {
  return (await parent.context.store.transact((tx) => tx.get('nodeSummary', nodeId))).value;
}

test('a link that ends, also by a second one of the same start, is told with its time', async () => {
  const { parent, child, report, clock, sessions } = await world();
  const session = sessions.open(child, HELLO);
  await report();
  await clock.settle();
  expect(await told(parent, child.nodeId)).toMatchObject({ connected: true });
  await clock.advance(5_000);
  sessions.close(child, session, 'It ended.');
  await clock.settle();
  const away = { connected: false, storedAtMs: clock.nowMs(), ageMs: 0 };
  expect(await told(parent, child.nodeId)).toMatchObject(away);
  await clock.advance(5_000);
  sessions.open(child, HELLO);
  await clock.settle();
  expect(await told(parent, child.nodeId)).toMatchObject({ connected: true });
  expect(() => sessions.open(child, HELLO)).toThrow('Two links');
  await clock.settle();
  expect(await told(parent, child.nodeId)).toMatchObject({ connected: false });
});

test('after a restart a child that does not come back is told to be away', async () => {
  const { parent, child, report, clock, sessions, stop } = await world();
  sessions.open(child, HELLO);
  await report();
  await clock.settle();
  await stop();
  expect(await told(parent, child.nodeId)).toMatchObject({ connected: true });
  const again = run(parent);
  await again.clock.settle();
  expect(await told(parent, child.nodeId)).toMatchObject({ connected: false });
});

test('last words that are stored after the link ended do not make a child present', async () => {
  const { parent, child, report, clock, presence } = await world();
  await clock.settle();
  await report();
  expect(await told(parent, child.nodeId)).toMatchObject({ connected: true });
  presence.look(child.id);
  await clock.settle();
  expect(await told(parent, child.nodeId)).toMatchObject({ connected: false });
});

test('a rule that leaves something out is told, and does not make what was told younger', async () => {
  const { parent, child, report, clock } = await world();
  await report();
  await clock.settle();
  const before = (await told(parent, child.nodeId))!;
  await clock.advance(60_000);
  const rule = { kind: 'CHOSEN', packageIds: [] } as const;
  await parent.context.write(async (tx) => tx.put('child', { ...child, rule, ruleRevision: 2 }));
  await clock.settle();
  expect(await told(parent, child.nodeId)).toEqual({
    ...before,
    connected: false,
    getsEverything: false,
    storedAtMs: expect.any(Number) as number,
  });
});
