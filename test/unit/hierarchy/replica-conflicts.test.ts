// What a node has of its own is not undone by a parent that has the same GUID: not its package, not
// its word to the nodes below, not the bytes that it serves; and a fifth means a fifth.
import { deletePackage, updatePackage } from '../../../catalog/packages.ts';
import type { Package } from '../../../catalog/model.ts';
import { DeletionBrake } from '../../../hierarchy/replication/deletion-brake.ts';
import { watchFreedTwins } from '../../../hierarchy/replication/freed-twins.ts';
import { signTreeItem } from '../../../hierarchy/statements/tree-statement.ts';
import { systemRandom } from '../../../core/random.ts';
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

/** The child made a package, and later the parent one of the same GUID on another tree. */
async function aTwin(pair: Pair): Promise<Package> {
  const mine = await publish(pair.child, { name: 'Mine' });
  await publish(pair.parent, { id: mine.id, name: 'Theirs' }, 'ef'.repeat(32));
  return mine;
}

test('a deletion above of the same GUID deletes nothing that this node made, here or below', async () => {
  for (const onConflict of ['REFUSE', 'KEEP_LOCAL', 'ADOPT'] as const) {
    const middle = await start(aDisk('middle'));
    const leaf = await start(aDisk('leaf'));
    const upper = await pairOf(await start(aDisk('root')), middle, { onConflict });
    const mine = await publish(middle, { name: 'Mine' });
    await publish(upper.parent, { id: mine.id, name: 'Theirs' });
    await deletePackage(upper.parent.context, mine.id);
    await follow(upper);
    const lower = await pairOf(middle, leaf);
    await follow(lower);
    expect(packagesOf(leaf).map(({ name }) => name)).toEqual(['Mine']);
    await updatePackage(middle.context, mine.id, { name: 'Still mine' });
    await follow(lower);
    expect(packagesOf(leaf).map(({ name }) => name)).toEqual(['Still mine']);
    expect((await treeItemOf(middle, mine.id))?.ownerNodeId).toBe(middle.context.identity.nodeId);
  }
});

test('nodes below follow a package that the one between gave up for that of the root, not back', async () => {
  const [root, middle, leaf] = await Promise.all(
    ['root', 'middle', 'leaf'].map((name) => start(aDisk(name))),
  );
  const mine = await publish(middle!, { name: 'Mine' });
  await follow(await pairOf(middle!, leaf!));
  await publish(root!, { id: mine.id, name: 'Theirs', internalVersion: mine.internalVersion + 1 });
  const upper = await pairOf(root!, middle!, { onConflict: 'ADOPT' });
  await follow(upper);
  const lower = await pairOf(middle!, leaf!);
  await forget(lower);
  await follow(lower);
  expect(packagesOf(leaf!).map(({ name }) => name)).toEqual(['Theirs']);
  const own = await treeItemOf(leaf!, mine.id);
  expect(own?.ownerNodeId).toBe(root!.context.identity.nodeId);
  expect([...leaf!.context.model.tree.rejections()]).toEqual([]);
  await middle!.context.write(async (tx) =>
    tx.put('treeItem', {
      ...signTreeItem(middle!.context.identity, { ...own!, ownerRevision: own!.ownerRevision + 1 }),
      ...{ withdrawn: false, storedAtMs: 0, ageMs: 0 },
    }),
  );
  await follow(lower);
  expect((await treeItemOf(leaf!, mine.id))?.ownerNodeId).toBe(own?.ownerNodeId);
  expect([...leaf!.context.model.tree.rejections()]).toMatchObject([{ code: 'OWNER_DIFFERS' }]);
});

test('a package of its own that stood in the way is deleted, and the parent’s is asked for', async () => {
  const pair = await aPair({ onConflict: 'KEEP_LOCAL' });
  const mine = await aTwin(pair);
  const other = await publish(pair.child);
  await follow(pair);
  const { context } = pair.child;
  expect([...context.model.tree.rejections()]).toMatchObject([{ code: 'KEPT_LOCAL' }]);
  let asked = 0;
  watchFreedTwins(context.model, () => (asked += 1));
  await deletePackage(context, other.id);
  expect(asked).toBe(0);
  await deletePackage(context, mine.id);
  expect(asked).toBe(1);
  await follow(pair);
  expect(context.model.package(mine.id)).toMatchObject({ name: 'Theirs', origin: 'REPLICATED' });
  expect([...context.model.tree.rejections()]).toEqual([]);
});

test('adopting a package on the same tree leaves the SMP a source of the bytes that it has', async () => {
  const pair = await aPair({ onConflict: 'REFUSE' });
  const mine = await publish(pair.child, { name: 'Mine' });
  await publish(pair.parent, { id: mine.id, name: 'Theirs' });
  await follow(pair);
  const { model } = pair.child.context;
  expect(model.package(mine.id)).toMatchObject({ name: 'Theirs', origin: 'REPLICATED' });
  expect(model.snapshot(mine.id, mine.internalVersion)).toMatchObject({
    origin: 'LOCAL',
    ownerNodeId: pair.parent.context.identity.nodeId,
  });
});

test('one version number never stands for two trees', async () => {
  const pair = await aPair({ onConflict: 'ADOPT' });
  const mine = await aTwin(pair);
  const { model } = pair.child.context;
  const before = model.snapshot(mine.id, mine.internalVersion)!;
  await follow(pair);
  expect(model.snapshot(mine.id, mine.internalVersion)).toEqual(before);
  expect([...model.tree.rejections()]).toMatchObject([{ id: mine.id, code: 'VERSION_TAKEN' }]);
  const raised = { id: mine.id, name: 'Theirs', internalVersion: mine.internalVersion + 1 };
  await publish(pair.parent, raised, 'ef'.repeat(32));
  await follow(pair);
  expect(model.package(mine.id)).toMatchObject({ ...raised, origin: 'REPLICATED' });
  expect([...model.tree.rejections()]).toEqual([]);
  await forget(pair);
  await follow(pair);
  expect(model.package(mine.id)).toMatchObject(raised);
});

test('a fifth of the packages may go, however they are asked for', () => {
  const clock = { monotonicMs: () => 0 };
  const asked = Array.from({ length: 60 }, () => systemRandom.guid());
  const whileCounting = new DeletionBrake(clock, () => 100);
  expect(asked.filter((id) => whileCounting.mayDelete(id, false))).toHaveLength(20);
  let left = 100;
  const afterCommit = new DeletionBrake(clock, () => left);
  const gone = asked.filter((id) => {
    const may = afterCommit.mayDelete(id, false);
    if (may) left -= 1;
    return may;
  });
  expect(gone).toHaveLength(20);
  expect(asked.map((id) => whileCounting.mayDelete(id, true))).not.toContain(true);
});
