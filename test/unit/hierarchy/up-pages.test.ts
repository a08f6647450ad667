// What goes up goes in an order that the parent can take: no node before the node that it is below,
// no progress before the summary of its node, however the pages are cut.
import { takeUpPage } from '../../../hierarchy/convergence/take-up-page.ts';
import { pagesAfter, type PageUp, type UpSource } from '../../../hierarchy/link/up-pages.ts';
import { aNodeSummary, aProgress } from '../../support/tree-items.ts';
import type { MemoryNode } from '../../simulation/support/memory-node.ts';
import { aPair } from './replica-pair.ts';

const sourceOf = ({ store, clock, identity }: MemoryNode['context']): UpSource => ({
  feeds: store.states,
  clock,
  ownNodeId: identity.nodeId,
});

async function pagesOf({ context }: MemoryNode, after: number): Promise<PageUp[]> {
  const pages: PageUp[] = [];
  for await (const page of pagesAfter(sourceOf(context), after)) pages.push(page);
  return pages;
}

test('progress that changed before its summary arrives, over as many pages as it takes', async () => {
  const { parent, child, record } = await aPair();
  const middle = aNodeSummary({ nodeId: 'm'.repeat(26), parentNodeId: record.nodeId });
  const leaf = aNodeSummary({ nodeId: 'l'.repeat(26), parentNodeId: middle.nodeId });
  const self = aNodeSummary({ nodeId: record.nodeId });
  const all = Array.from({ length: 450 }, () => aProgress({ nodeId: leaf.nodeId }));
  await child.context.write(async (tx) => {
    for (const one of all) tx.put('progress', one);
  });
  for (const summary of [leaf, middle, self]) {
    await child.context.write(async (tx) => tx.put('nodeSummary', summary));
  }
  const pages = await pagesOf(child, 0);
  expect(pages.length).toBeGreaterThan(2);
  for (const [index, { states }] of pages.entries()) {
    const page = { states, after: index === 0 ? '' : `${index}`, cursor: `${index + 1}` };
    expect(await takeUpPage(parent.context, record, page)).toMatchObject({ refused: 0 });
  }
  const { value } = await parent.context.store.transact((tx) => tx.list('progress'));
  expect(value).toHaveLength(all.length);
  const { revision } = await child.context.store.log.position();
  expect(pages.at(-1)!.upTo).toBe(revision);
  expect(await pagesOf(child, revision)).toEqual([{ states: [], upTo: revision }]);
});

test('this node is told first, also when it once was above the node that is its parent now', async () => {
  const { parent, child, record, parentNodeId } = await aPair();
  const self = aNodeSummary({ nodeId: record.nodeId, parentNodeId, placement: 2 });
  const leaf = aNodeSummary({ nodeId: 'l'.repeat(26), parentNodeId: record.nodeId });
  const above = aNodeSummary({ nodeId: parentNodeId, parentNodeId: leaf.nodeId });
  const known = aProgress({ nodeId: leaf.nodeId });
  for (const summary of [leaf, above, self]) {
    await child.context.write(async (tx) => tx.put('nodeSummary', summary));
  }
  await child.context.write(async (tx) => tx.put('progress', known));
  await parent.context.write(async (tx) => tx.put('nodeSummary', { ...self, placement: 1 }));
  let after = '';
  for (const [index, { states }] of (await pagesOf(child, 0)).entries()) {
    const cursor = `${index}`;
    await takeUpPage(parent.context, record, { states, after, cursor });
    after = cursor;
  }
  const { value } = await parent.context.store.transact((tx) => tx.list('progress'));
  expect(value).toEqual([known]);
});

test('a run that breaks off after any page is taken up again without a loss', async () => {
  const { child, record } = await aPair();
  const self = aNodeSummary({ nodeId: record.nodeId });
  const all = Array.from({ length: 450 }, () => aProgress({ nodeId: record.nodeId }));
  await child.context.write(async (tx) => {
    for (const one of all) tx.put('progress', one);
    tx.put('nodeSummary', self);
  });
  const keysOf = (pages: readonly PageUp[]): string[] =>
    pages.flatMap(({ states }) =>
      states.map(({ kind, item }) => (kind === 'progress' ? item.packageId : item.nodeId)),
    );
  const whole = await pagesOf(child, 0);
  for (const [index, { upTo }] of whole.entries()) {
    const got = keysOf([...whole.slice(0, index + 1), ...(await pagesOf(child, upTo))]);
    expect(new Set(got)).toEqual(new Set(keysOf(whole)));
  }
});

test('what changes while a run is under way is left for the next one', async () => {
  const { child, record } = await aPair();
  const first = aProgress({ nodeId: record.nodeId });
  await child.context.write(async (tx) => {
    tx.put('nodeSummary', aNodeSummary({ nodeId: record.nodeId }));
    tx.put('progress', first);
  });
  const { store } = child.context;
  const states: typeof store.states = {
    read: async (feed, after, options) => {
      const read = await store.states.read(feed, after, options);
      const late = aProgress({ nodeId: 'n'.repeat(26) });
      await child.context.write(async (tx) => tx.put('progress', late));
      return read;
    },
  };
  const { revision } = await store.log.position();
  const pages: PageUp[] = [];
  const source = { ...sourceOf(child.context), feeds: states };
  for await (const one of pagesAfter(source, 0)) pages.push(one);
  expect(pages.at(-1)).toMatchObject({ upTo: revision });
  const kinds = pages.map(({ states: told }) => told.map(({ kind }) => kind));
  expect(kinds).toEqual([['nodeSummary'], ['progress']]);
});
