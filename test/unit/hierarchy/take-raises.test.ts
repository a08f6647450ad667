// What a node does when it hears from above that it, or a node below it, has to raise its placement.
import { takeRaises } from '../../../hierarchy/convergence/take-raises.ts';
import { takeUpPage } from '../../../hierarchy/convergence/take-up-page.ts';
import { raisesOf } from '../../../hierarchy/link/standing.ts';
import { relate } from '../../simulation/support/family.ts';
import { aNodeSummary } from '../../support/tree-items.ts';
import { aDisk, start } from './replica-pair.ts';

const [BELOW, STRANGER] = ['b'.repeat(26), 's'.repeat(26)];

/** A node with a child, and one below that child. */
async function aMiddle() {
  const middle = await start(aDisk('middle'));
  const { context } = middle;
  const { child } = await relate(middle, await start(aDisk('child')));
  const states = [
    aNodeSummary({ nodeId: child.nodeId }),
    aNodeSummary({ nodeId: BELOW, parentNodeId: child.nodeId, placement: 3 }),
  ].map((item) => ({ kind: 'nodeSummary', item }) as const);
  await takeUpPage(context, child, { states, after: '', cursor: '1' });
  const own = aNodeSummary({ nodeId: context.identity.nodeId, placement: 7 });
  await context.write(async (tx) => tx.put('nodeSummary', own));
  const placementOf = async (nodeId: string): Promise<number | undefined> =>
    (await context.store.transact((tx) => tx.get('nodeSummary', nodeId))).value?.placement;
  const raise = (nodeId: string, above: number) => takeRaises(context, [{ nodeId, above }]);
  return { context, child, own, placementOf, raise };
}

test('its own rises above the number, and to the time when that is later', async () => {
  const { context, own, placementOf, raise } = await aMiddle();
  expect(await raise(own.nodeId, 7)).toEqual(new Set());
  expect(await placementOf(own.nodeId)).toBe(context.clock.nowMs());
  const ahead = context.clock.nowMs() + 60_000;
  await raise(own.nodeId, ahead);
  expect(await placementOf(own.nodeId)).toBe(ahead + 1);
  await raise(own.nodeId, ahead);
  expect(await placementOf(own.nodeId)).toBe(ahead + 1);
});

test('the child that has the node is told so, at each of its links until the node has done it', async () => {
  const { context, child, placementOf, raise } = await aMiddle();
  expect(await raise(BELOW, 9)).toEqual(new Set([child.nodeId]));
  expect(await placementOf(BELOW)).toBe(3);
  expect(await raisesOf(context, child)).toEqual([{ nodeId: BELOW, above: 9 }]);
  expect(await raise(BELOW, 9)).toEqual(new Set());
  const told = (placement: number) => ({
    states: [
      {
        kind: 'nodeSummary' as const,
        item: aNodeSummary({ nodeId: BELOW, parentNodeId: child.nodeId, placement, telling: 3 }),
      },
    ],
  });
  await takeUpPage(context, child, { ...told(4), after: '1', cursor: '2' });
  expect(await raisesOf(context, child)).toEqual([{ nodeId: BELOW, above: 9 }]);
  await takeUpPage(context, child, { ...told(10), after: '2', cursor: '3' });
  expect(await raisesOf(context, child)).toEqual([]);
});

test('nothing is noted of nodes that are not below, are gone, or are higher already', async () => {
  const { context, child, raise } = await aMiddle();
  expect(await raise(STRANGER, 9)).toEqual(new Set());
  expect(await raise(BELOW, 2)).toEqual(new Set());
  const loop = aNodeSummary({ nodeId: STRANGER, parentNodeId: STRANGER });
  await context.write(async (tx) => tx.put('nodeSummary', loop));
  expect(await raise(STRANGER, 9)).toEqual(new Set());
  const gone = aNodeSummary({ nodeId: BELOW, parentNodeId: child.nodeId, gone: true });
  await context.write(async (tx) => tx.put('nodeSummary', gone));
  expect(await raise(BELOW, 9)).toEqual(new Set());
  expect(await raisesOf(context, child)).toEqual([]);
});
