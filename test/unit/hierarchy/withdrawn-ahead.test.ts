// A word of the owner's that was withdrawn here still counts when the owner loses it: the item comes
// again in the state after that word, and not in one before it.
import { deletePackage } from '../../../catalog/packages.ts';
import { aPair, follow, forget, packagesOf, publish, treeItemOf } from './replica-pair.ts';

test('a deletion that was withdrawn here comes back to the owner that lost it', async () => {
  const pair = await aPair();
  const { parent, child, record } = pair;
  const one = await publish(parent);
  const stored = await treeItemOf(parent, one.id);
  const snapshots = parent.context.model.snapshots(one.id);
  await follow(pair);
  await deletePackage(parent.context, one.id);
  await follow(pair);
  const setRule = (packageIds: [] | undefined, ruleRevision: number) =>
    parent.context.write(async (tx) => {
      const rule = packageIds ? ({ kind: 'CHOSEN', packageIds } as const) : record.rule;
      tx.put('child', { ...record, rule, ruleRevision });
    });
  await setRule([], 2);
  await follow(pair);
  const withdrawn = await treeItemOf(child, one.id);
  expect(withdrawn).toMatchObject({ withdrawn: true });
  await parent.context.write(async (tx) => {
    tx.put('package', one);
    for (const snapshot of snapshots) tx.put('snapshot', snapshot);
    tx.put('treeItem', stored!);
  });
  await setRule(undefined, 3);
  await follow(pair);
  await forget(pair);
  await follow(pair);
  expect(packagesOf(parent)).toEqual([]);
  expect((await treeItemOf(parent, one.id))?.signature).toBe(withdrawn?.signature);
  expect(await treeItemOf(child, one.id)).toMatchObject({ withdrawn: false });
});
