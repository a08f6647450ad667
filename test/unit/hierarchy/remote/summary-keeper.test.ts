// The summary of this node: written when something changed, at most once a second, else never.
import type { CatalogContext } from '../../../../catalog/context.ts';
import type { NodeSummary } from '../../../../catalog/tree-model.ts';
import { ReadModel } from '../../../../catalog/read-model.ts';
import { generateIdentity } from '../../../../core/identity.ts';
import { silentLogger } from '../../../../core/logger.ts';
import { systemRandom } from '../../../../core/random.ts';
import { SummaryKeeper } from '../../../../hierarchy/remote/summary-keeper.ts';
import { createWakeups } from '../../../../server/persistence/wakeups.ts';
import { MemoryDatabase } from '../../../simulation/support/memory-database.ts';
import { VirtualClock, VirtualTime } from '../../../simulation/support/virtual-clock.ts';
import { aPackage } from '../../../support/database-items.ts';
import { treeItems } from '../../../support/tree-items.ts';

const START_MS = 1_767_225_600_000;

function world() {
  const time = new VirtualTime();
  const clock = new VirtualClock(time, START_MS);
  const random = systemRandom;
  const wakeups = createWakeups();
  const store = new MemoryDatabase(random).open({ clock, random, wakeups });
  const model = new ReadModel({
    id: random.guid(),
    name: 'smp1',
    scheme: 'http',
    publicUrl: '',
    addresses: [],
    uncRoot: '',
  });
  const context: CatalogContext = {
    ...{ store, model, clock, random, identity: generateIdentity(), logger: silentLogger },
    write: async (work) => (await store.transact(work)).value,
  };
  const says = { connected: 0, reasons: [] as string[] };
  const start = (): AbortController => {
    const stopping = new AbortController();
    const keeper = new SummaryKeeper(context, {
      version: '1.2.3',
      url: 'http://smp1.example',
      packageServersConnected: () => says.connected,
      readinessReasons: () => says.reasons,
    });
    void keeper.run(stopping.signal);
    return stopping;
  };
  const stored = async (): Promise<{ revision: number; item: NodeSummary }[]> =>
    (await store.states.read('NODES', 0, { limit: 10 })).states as never;
  return { time, model, says, start, stored, context };
}

test('what changes is written within a second, once for all changes of that second', async () => {
  const { time, model, says, start, stored, context } = world();
  const running = start();
  await time.pass(10);
  const [first] = await stored();
  expect(first?.item).toMatchObject({
    nodeId: context.identity.nodeId,
    parentNodeId: '',
    version: '1.2.3',
    packages: 0,
    packageReplicationReady: true,
    storedAtMs: START_MS,
    ageMs: 0,
  });
  await time.pass(60_000);
  expect(await stored()).toEqual([first]);
  const parent = { ...treeItems(systemRandom.guid()).parent, state: 'JOINED' as const };
  const change = { scope: 'NODE' as const, atMs: 0, revision: 2 };
  for (const item of [aPackage(), aPackage()]) {
    model.apply(
      [{ ...change, scope: 'TREE', kind: 'package', key: item.id, item }],
      model.position,
    );
  }
  model.apply([{ ...change, kind: 'parent', key: parent.nodeId, item: parent }], model.position);
  Object.assign(says, { connected: 3, reasons: ['No site.'] });
  await time.pass(1_000);
  const [second] = await stored();
  expect(second?.revision).toBe(first!.revision + 1);
  expect(second?.item).toMatchObject({
    parentNodeId: parent.nodeId,
    packages: 2,
    packageServersConnected: 3,
    packageReplicationReady: false,
    readinessReasons: ['No site.'],
  });
  running.abort();
});

test('after a restart nothing is written that is stored already', async () => {
  const { time, start, stored } = world();
  start().abort();
  await time.pass(10);
  const before = await stored();
  expect(before).toHaveLength(1);
  const again = start();
  await time.pass(5_000);
  expect(await stored()).toEqual(before);
  again.abort();
});
