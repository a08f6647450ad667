// A comparison: it costs in proportion to what differs, what makes another one necessary meanwhile is
// not forgotten with its end, and its cursor is told from that of a page.
import { updatePackage } from '../../../catalog/packages.ts';
import type { Guid } from '../../../core/guid.ts';
import type { CompareSource } from '../../../hierarchy/link/parent-ports.ts';
import { compareNext } from '../../../hierarchy/replication/compare-next.ts';
import { aPair, follow, forget, packagesOf, publish } from './replica-pair.ts';

test('what makes another comparison necessary while one is under way is not forgotten with its end', async () => {
  const pair = await aPair();
  const { child, replica, parentNodeId, compareSource } = pair;
  const above = { nodeId: parentNodeId };
  await publish(pair.parent);
  const askAgain = () =>
    child.context.write((tx) => compareNext(tx, parentNodeId, child.context.clock.nowMs()));
  await askAgain();
  const during: CompareSource = {
    ...compareSource,
    digests: async (question) => {
      const answer = await compareSource.digests(question);
      await askAgain();
      return answer;
    },
  };
  await replica.compare(above, 'LINEAGE_CHANGED', during);
  expect(await replica.cursor(above)).toBe('');
  const cursor = await replica.compare(above, 'LINEAGE_CHANGED', compareSource);
  expect(await replica.cursor(above)).toBe(cursor);
});

test('a comparison ends with a cursor that is of no page, also when nothing is new since the last one', async () => {
  const pair = await aPair();
  const { replica, parentNodeId, compareSource, source } = pair;
  const above = { nodeId: parentNodeId };
  await follow(pair);
  await publish(pair.parent);
  await follow(pair);
  const ofPage = await replica.cursor(above);
  const compared = await replica.compare(above, 'REQUESTED', compareSource);
  expect(compared).not.toBe(ofPage);
  for (const cursor of [ofPage, compared]) {
    expect(await source.readPage(pair.record, cursor)).toEqual({ kind: 'NOTHING' });
  }
});

test('a comparison costs in proportion to what differs, not to what there is', async () => {
  const pair = await aPair();
  const ids: Guid[] = [];
  for (let index = 0; index < 2_000; index += 1) ids.push((await publish(pair.parent)).id);
  await follow(pair);
  const costs: number[] = [];
  for (const differences of [0, 1, 10]) {
    for (const id of ids.splice(0, differences)) {
      await updatePackage(pair.parent.context, id, { description: `edited ${differences}` });
    }
    await forget(pair);
    pair.traffic.bytes = 0;
    await follow(pair);
    costs.push(pair.traffic.bytes);
  }
  const [none, one, ten] = costs as [number, number, number];
  expect(none).toBeLessThan(2_000);
  expect(one).toBeLessThan(12_000);
  expect(ten).toBeLessThan(10 * 12_000);
  expect(packagesOf(pair.child)).toHaveLength(2_000);
});
