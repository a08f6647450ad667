// The brake on mass deletions: it holds across comparisons and restarts, and a confirmation is for
// what was held when it was given.
import type { Package } from '../../../catalog/model.ts';
import { deletePackage } from '../../../catalog/packages.ts';
import type { Guid } from '../../../core/guid.ts';
import {
  confirmHeldDeletions,
  heldDeletions,
} from '../../../hierarchy/replication/held-deletions.ts';
import {
  aDisk,
  aPair,
  follow,
  forget,
  packagesOf,
  pairOf,
  publish,
  start,
  treeItemOf,
  type Pair,
} from './replica-pair.ts';

const ALL = { packageIds: undefined, dryRun: false };

async function withPackages(pair: Pair, count: number): Promise<Package[]> {
  const many: Package[] = [];
  for (let index = 0; index < count; index += 1) many.push(await publish(pair.parent));
  await follow(pair);
  return many;
}

async function deleteAbove(pair: Pair, packages: readonly Package[]): Promise<void> {
  for (const { id } of packages) await deletePackage(pair.parent.context, id);
}

async function compareAgain(pair: Pair): Promise<void> {
  await forget(pair);
  await follow(pair);
}

const heldIds = ({ child }: Pair): Guid[] => heldDeletions(child.context).map(({ id }) => id);

test('comparisons in a row do not renew what may be deleted', async () => {
  const pair = await aPair();
  await deleteAbove(pair, await withPackages(pair, 30));
  await follow(pair);
  expect(packagesOf(pair.child)).toHaveLength(20);
  for (let round = 0; round < 3; round += 1) await compareAgain(pair);
  expect(packagesOf(pair.child)).toHaveLength(20);
  expect(heldIds(pair)).toHaveLength(20);
});

test('a confirmation is for what was held when it was given, and is carried out at once', async () => {
  const pair = await aPair();
  const many = await withPackages(pair, 50);
  await deleteAbove(pair, many.slice(0, 20));
  await follow(pair);
  const held = heldIds(pair);
  expect(held).toHaveLength(10);
  const dry = await confirmHeldDeletions(pair.child.context, { ...ALL, dryRun: true });
  expect(dry.map(({ id }) => id).sort()).toEqual([...held].sort());
  expect(packagesOf(pair.child)).toHaveLength(40);

  const one = { packageIds: [held[0]!], dryRun: false };
  await confirmHeldDeletions(pair.child.context, one);
  expect(packagesOf(pair.child)).toHaveLength(39);
  await expect(confirmHeldDeletions(pair.child.context, one)).rejects.toMatchObject({
    problems: [{ code: 'NOT_FOUND', path: ['packageIds', '0'] }],
  });
  await confirmHeldDeletions(pair.child.context, ALL);
  expect(packagesOf(pair.child)).toHaveLength(30);
  expect(heldIds(pair)).toEqual([]);
  expect(await treeItemOf(pair.child, held[0]!)).toMatchObject({
    ownerNodeId: pair.parentNodeId,
    withdrawn: false,
  });
  expect((await treeItemOf(pair.child, held[0]!))?.state).toBeUndefined();

  await deleteAbove(pair, many.slice(20));
  await compareAgain(pair);
  expect(packagesOf(pair.child)).toHaveLength(30);
  expect(heldIds(pair)).toHaveLength(30);
});

test('what was held is held after a restart, and can be confirmed while the parent is away', async () => {
  const disk = aDisk('child');
  const child = await start(disk);
  const pair = await pairOf(await start(aDisk('parent')), child);
  await deleteAbove(pair, await withPackages(pair, 30));
  await follow(pair);
  child.kill();
  const back = await start(disk);
  const again = { ...pair, child: back };
  expect(heldIds(again)).toHaveLength(20);
  await confirmHeldDeletions(back.context, ALL);
  expect(packagesOf(back)).toEqual([]);
  expect([...back.context.model.tree.rejections()]).toEqual([]);
});

test('packages that a rule leaves out are held too, and are free again when the rule is taken back', async () => {
  const pair = await aPair();
  const many = await withPackages(pair, 30);
  const rule = (packageIds: readonly Guid[] | undefined, ruleRevision: number) =>
    pair.parent.context.write(async (tx) =>
      tx.put('child', {
        ...pair.record,
        rule: packageIds ? { kind: 'CHOSEN', packageIds } : { kind: 'EVERYTHING' },
        ruleRevision,
      }),
    );
  await rule([many[0]!.id], 2);
  await follow(pair);
  expect(packagesOf(pair.child)).toHaveLength(20);
  expect(heldIds(pair)).toHaveLength(19);
  await rule(undefined, 3);
  await follow(pair);
  expect(packagesOf(pair.child)).toHaveLength(30);
  expect(heldIds(pair)).toEqual([]);
  await rule([many[0]!.id], 4);
  await follow(pair);
  await confirmHeldDeletions(pair.child.context, ALL);
  expect(packagesOf(pair.child).map(({ id }) => id)).toContain(many[0]!.id);
  await compareAgain(pair);
  expect(heldIds(pair)).toEqual([]);
});

test('the policy of the parent that deleted holds for what is confirmed later', async () => {
  const pair = await aPair();
  pair.replica.deletePolicy = 'NONE';
  await deleteAbove(pair, await withPackages(pair, 12));
  await follow(pair);
  expect(heldIds(pair)).toHaveLength(2);
  await confirmHeldDeletions(pair.child.context, ALL);
  expect(packagesOf(pair.child).map(({ origin }) => origin)).toEqual(Array(12).fill('LOCAL'));
});
