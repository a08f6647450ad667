// One look for all children: a page from what it found is the page that the store would have given.
import { once } from 'node:events';
import { silentLogger } from '../../../core/logger.ts';
import { DownWatch, type DownNews } from '../../../hierarchy/link/down-watch.ts';
import { presentCursor, readTreePage } from '../../../hierarchy/replication/tree-feed.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { aSite } from '../../support/database-items.ts';
import { aTreeItem } from '../../support/tree-items.ts';
import { aPair, type Pair } from './replica-pair.ts';

const cursorKey = new Uint8Array(32);

/** What a watch tells, each time after a wake-up. */
async function watched({ parent }: Pair) {
  const { store } = parent.context;
  const wakeups = createWakeups();
  const told: (DownNews | undefined)[] = [];
  const rung = new EventTarget();
  const clock = new HandClock();
  const watch = new DownWatch({ store, wakeups, clock, logger: silentLogger });
  const ring = (): Promise<unknown> => once(rung, 'rung');
  const started = ring();
  const stop = watch.watch((news) => {
    told.push(news);
    rung.dispatchEvent(new Event('rung'));
  });
  await started;
  const commit = async (
    ...items: ReturnType<typeof aTreeItem>[]
  ): Promise<DownNews | undefined> => {
    const heard = ring();
    await store.transact(async (tx) => {
      for (const item of items) tx.put('treeItem', item);
    });
    wakeups.notify();
    await heard;
    return told.at(-1);
  };
  return { told, commit, wakeups, stop, watch };
}

test('a page from the news is the page from the store, for every rule and position', async () => {
  const pair = await aPair();
  const inputs = { context: pair.parent.context, cursorKey };
  const { store } = pair.parent.context;
  const everything = pair.record;
  const [chosen, other] = [aTreeItem(), aTreeItem()];
  const some = { ...everything, rule: { kind: 'CHOSEN' as const, packageIds: [chosen.id] } };
  const { told, commit, stop } = await watched(pair);
  expect(told).toEqual([undefined]);
  const cursor = await presentCursor(inputs, everything);
  // What does not go down moves the head alone: the news reach back over it.
  await store.transact(async (tx) => tx.put('site', aSite()));
  const later = await presentCursor(inputs, everything);
  const news = await commit(other, chosen);
  expect(news?.states.map(({ item }) => item)).toEqual([other, chosen]);
  const silent = { ...store, states: { read: () => Promise.reject(new Error('read')) } };
  const withoutStates = { ...inputs, context: { ...inputs.context, store: silent } };
  for (const child of [everything, some]) {
    for (const after of [cursor, later]) {
      const fromNews = await readTreePage(withoutStates, child, { cursor: after, news });
      expect(fromNews).toEqual(await readTreePage(inputs, child, { cursor: after }));
      expect(fromNews).toMatchObject({ kind: 'PAGE' });
    }
  }
  stop();
});

test('who stands before the news reads for itself, and misses nothing', async () => {
  const pair = await aPair();
  const inputs = { context: pair.parent.context, cursorKey };
  const cursor = await presentCursor(inputs, pair.record);
  const { commit, stop } = await watched(pair);
  const [first, second] = [aTreeItem(), aTreeItem()];
  await commit(first);
  const news = await commit(second);
  expect(news?.states.map(({ item }) => item)).toEqual([second]);
  const page = await readTreePage(inputs, pair.record, { cursor, news });
  expect(page).toMatchObject({ page: { items: [{ item: { id: first.id } }, {}] } });
  stop();
});

test('more than a look takes is left to each child', async () => {
  const pair = await aPair();
  const { commit, stop, watch } = await watched(pair);
  const many = Array.from({ length: 201 }, () => aTreeItem());
  expect(await commit(...many)).toBeUndefined();
  expect(watch.revision).toBe((await pair.parent.context.store.log.position()).revision);
  expect(await commit(aTreeItem())).toMatchObject({ states: [{}] });
  stop();
});
