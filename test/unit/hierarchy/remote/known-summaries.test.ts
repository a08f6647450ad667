// The summaries of the tree are read once between two commits, and never shown older than a commit.
import { KnownSummaries } from '../../../../hierarchy/remote/known-summaries.ts';
import { TICK_MS } from '../../../../catalog/idle.ts';
import { createWakeups } from '../../../../server/persistence/wakeups.ts';
import { HandClock } from '../../../support/hand-clock.ts';
import { aNodeSummary } from '../../../support/tree-items.ts';
import { aDisk, start } from '../replica-pair.ts';

async function world() {
  const { context } = await start(aDisk('node'));
  const wakeups = createWakeups();
  const clock = new HandClock();
  let reads = 0;
  let isBroken = false;
  const store: Pick<typeof context.store, 'transact'> = {
    transact: (work) => {
      reads += 1;
      return isBroken ? Promise.reject(new Error('away')) : context.store.transact(work);
    },
  };
  const summaries = new KnownSummaries({ store, wakeups, clock });
  const names = async (): Promise<string[]> => (await summaries.read()).map(({ name }) => name);
  const tell = (name: string, nodeId: string) =>
    context.store.transact(async (tx) => tx.put('nodeSummary', aNodeSummary({ name, nodeId })));
  return {
    ...{ wakeups, clock, names, tell, reads: () => reads },
    breakStore: (broken: boolean) => {
      isBroken = broken;
    },
  };
}

test('questions between two commits cost one read; after a commit all see it', async () => {
  const { names, tell, wakeups, reads } = await world();
  await tell('first', 'a'.repeat(26));
  expect(await Promise.all([names(), names()])).toEqual([['first'], ['first']]);
  expect(reads()).toBe(1);
  await tell('second', 'b'.repeat(26));
  wakeups.notify();
  expect(await names()).toEqual(['first', 'second']);
  expect(reads()).toBe(2);
});

test('a lost wake-up is made good by time', async () => {
  const { names, tell, clock } = await world();
  expect(await names()).toEqual([]);
  await tell('late', 'a'.repeat(26));
  expect(await names()).toEqual([]);
  await clock.advance(TICK_MS);
  expect(await names()).toEqual(['late']);
});

test('a read that failed is made again', async () => {
  const { names, breakStore } = await world();
  breakStore(true);
  await expect(names()).rejects.toThrow('away');
  breakStore(false);
  expect(await names()).toEqual([]);
});
