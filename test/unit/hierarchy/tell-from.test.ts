// Where a node goes on telling its parent: where it stopped, or at the beginning, and how high it is
// placed, whatever happened to its membership, its database or its clock.
import type { NodeSummary } from '../../../catalog/tree-model.ts';
import { issueCursor } from '../../../hierarchy/change-cursor.ts';
import { nextPage, tellFrom } from '../../../hierarchy/link/tell-from.ts';
import { aNodeSummary } from '../../support/tree-items.ts';
import { aDisk, aPair, pairOf, start, type Pair } from './replica-pair.ts';

const cursorKey = new Uint8Array(32).fill(1);

const from = ({ child: { context }, parentNodeId }: Pair, cursor: string) =>
  tellFrom({ context, cursorKey, parent: { nodeId: parentNodeId } }, cursor);

async function ownOf({ child: { context } }: Pair): Promise<NodeSummary | undefined> {
  const { nodeId } = context.identity;
  return (await context.store.transact((tx) => tx.get('nodeSummary', nodeId))).value;
}

const placementOf = async (pair: Pair) => (await ownOf(pair))?.placement;

async function sayOwn({ child: { context } }: Pair, placement = 0): Promise<void> {
  const own = aNodeSummary({ nodeId: context.identity.nodeId, placement });
  await context.write(async (tx) => tx.put('nodeSummary', own));
}

test('nothing is told before the node has said anything of itself, or has the parent', async () => {
  const pair = await aPair();
  expect(await from(pair, '')).toBeUndefined();
  await sayOwn(pair);
  await pair.child.context.write(async (tx) => tx.remove('parent', pair.parentNodeId));
  expect(await from(pair, '')).toBeUndefined();
});

test('the first time it begins at the beginning, then it goes on, and is placed no higher', async () => {
  const pair = await aPair();
  await sayOwn(pair);
  const first = (await from(pair, ''))!;
  expect(first.revision).toBe(0);
  expect(await placementOf(pair)).toBe(pair.child.context.clock.nowMs());
  const later = { ...first, revision: 2 };
  expect(await from(pair, issueCursor(cursorKey, later))).toEqual(later);
  expect(await placementOf(pair)).toBe(pair.child.context.clock.nowMs());
});

test('a cursor of an earlier join with the same parent begins anew', async () => {
  const pair = await aPair();
  await sayOwn(pair);
  const first = (await from(pair, ''))!;
  const before = (await placementOf(pair))!;
  const { context } = pair.child;
  const tokenId = context.random.guid();
  await context.write(async (tx) => {
    const parent = (await tx.get('parent', pair.parentNodeId))!;
    tx.put('parent', { ...parent, tokenId });
  });
  const again = await from(pair, issueCursor(cursorKey, { ...first, revision: 2 }));
  expect(again).toMatchObject({ revision: 0 });
  expect(await placementOf(pair)).toBeGreaterThan(before);
});

test('a parent that was put back to before the last beginning is told everything again', async () => {
  const pair = await aPair();
  await sayOwn(pair);
  const first = (await from(pair, ''))!;
  const second = (await from(pair, ''))!;
  const before = (await placementOf(pair))!;
  expect(second.bound).not.toEqual(first.bound);
  const again = await from(pair, issueCursor(cursorKey, { ...first, revision: 2 }));
  expect(again).toMatchObject({ revision: 0 });
  expect(await placementOf(pair)).toBeGreaterThan(before);
});

test('after a start it goes on, placed higher once, by the same telling', async () => {
  const disk = aDisk('child');
  const pair = await pairOf(await start(aDisk('parent')), await start(disk));
  await sayOwn(pair);
  const first = nextPage((await from(pair, ''))!);
  const before = (await ownOf(pair))!;
  pair.child.kill();
  const started = { ...pair, child: await start(disk) };
  const goesOn = (await from(started, issueCursor(cursorKey, first)))!;
  const after = (await ownOf(started))!;
  expect(after.placement).toBeGreaterThan(before.placement);
  expect(after.telling).toBe(before.telling);
  const [tokenId, sinceMs, telling, , page] = first.bound;
  expect(goesOn).toEqual({
    ...first,
    bound: [tokenId, sinceMs, telling, after.placement, page],
  });
  const told = { ...nextPage(goesOn), run: started.child.context.store.log.run };
  expect(await from(started, issueCursor(cursorKey, told))).toEqual(told);
  expect(await ownOf(started)).toEqual(after);
});

test('a database that was put back is placed above what it had told, also by a clock that is behind', async () => {
  const disk = aDisk('child');
  const child = await start(disk);
  const pair = await pairOf(await start(aDisk('parent')), child);
  await sayOwn(pair);
  const backup = disk.database.backUp();
  const told = child.context.clock.nowMs() + 100_000;
  await sayOwn(pair, told);
  const first = (await from(pair, ''))!;
  const { revision } = await child.context.store.log.position();
  const cursor = issueCursor(cursorKey, { ...first, revision });
  child.kill();
  disk.database.restore(backup);
  const restored = { ...pair, child: await start(disk) };
  expect(await placementOf(restored)).toBe(0);
  expect(await from(restored, cursor)).toMatchObject({ revision: 0 });
  expect(await placementOf(restored)).toBe(told + 2);
});
