// What a node takes back from below and is not its own, it compares with its own parent, for that one
// may have lost it as well; so what an owner lost comes back to it from any depth.
import { TreeSource } from '../../../hierarchy/replication/tree-source.ts';
import { signTreeItem } from '../../../hierarchy/statements/tree-statement.ts';
import { MemoryContent } from '../../simulation/support/memory-content.ts';
import { aDisk, follow, pairOf, publish, start, treeItemOf } from './replica-pair.ts';

test('a statement of the root that comes from below makes the node compare with its parent', async () => {
  const root = await start(aDisk('root'));
  const middle = await start(aDisk('middle'));
  const upper = await pairOf(root, middle);
  const lower = await pairOf(middle, await start(aDisk('leaf')));
  const one = await publish(root, { name: 'Before' });
  await follow(upper);
  await follow(lower);
  let told = 0;
  const source = new TreeSource({
    context: middle.context,
    cursorKey: new Uint8Array(32),
    onTakenBack: () => (told += 1),
  });
  const known = (await treeItemOf(middle, one.id))!;
  expect(await source.offerNewer(lower.record, [known])).toEqual({ withdrawn: [] });
  expect(told).toBe(0);
  expect(await upper.replica.cursor({ nodeId: upper.parentNodeId })).not.toBe('');
  const state = { ...known.state!, name: 'What the root lost' };
  const ownerRevision = known.ownerRevision + 1;
  const { kind, id } = known;
  const lost = signTreeItem(root.context.identity, { kind, id, ownerRevision, state });
  await source.offerNewer(lower.record, [lost]);
  expect(told).toBe(1);
  expect(await upper.replica.cursor({ nodeId: upper.parentNodeId })).toBe('');
  await follow(upper);
  const after = await treeItemOf(root, one.id);
  expect(after?.ownerRevision).toBeGreaterThan(ownerRevision);
});

test('a version whose manifest is not here is not taken from below, but asked of the parent', async () => {
  const root = await start(aDisk('root'));
  const middle = await start(aDisk('middle'));
  const upper = await pairOf(root, middle);
  const lower = await pairOf(middle, await start(aDisk('leaf')));
  await follow(upper);
  const one = await publish(root);
  const content = new MemoryContent();
  let told = 0;
  const onTakenBack = (): void => void (told += 1);
  const source = new TreeSource({
    ...{ context: middle.context, cursorKey: new Uint8Array(32), content, onTakenBack },
  });
  const { withdrawn: _, storedAtMs: __, ageMs: ___, ...item } = (await treeItemOf(root, one.id))!;
  const offer = () => source.offerNewer(lower.record, [item]);
  await expect(offer()).rejects.toMatchObject({ code: 'NOT_READY' });
  expect(await treeItemOf(middle, one.id)).toBeUndefined();
  expect(told).toBe(1);
  await follow(upper);
  expect(await offer()).toEqual({ withdrawn: [] });
  expect((await treeItemOf(middle, one.id))?.signature).toBe(item.signature);
  const state = { ...item.state!, name: 'Not for the middle' };
  const other = signTreeItem(root.context.identity, {
    ...{ kind: 'PACKAGE', id: root.context.random.guid(), ownerRevision: 1, state },
  });
  const offerOther = () => source.offerNewer(lower.record, [other]);
  await expect(offerOther()).rejects.toMatchObject({ code: 'NOT_READY' });
  await expect(offerOther()).rejects.toMatchObject({ code: 'NOT_READY' });
  await follow(upper);
  expect(await offerOther()).toEqual({ withdrawn: [`PACKAGE/${other.id}`] });
});
