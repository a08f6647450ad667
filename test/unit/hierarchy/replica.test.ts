// The core of replication between two nodes: exactly once in effect, nothing taken from a stranger,
// deletions in any order, and a brake.
import fc from 'fast-check';
import type { Package } from '../../../catalog/model.ts';
import {
  deletePackage,
  setPackageServerAssignment,
  updatePackage,
} from '../../../catalog/packages.ts';
import { canonicalJson, type Json } from '../../../core/canonical-json.ts';
import type { Guid } from '../../../core/guid.ts';
import type { SentItem } from '../../../hierarchy/link/link-protocol.ts';
import { standingOf } from '../../../hierarchy/link/standing.ts';
import { confirmParent } from '../../../hierarchy/membership/confirm.ts';
import { OneAtATime } from '../../../hierarchy/membership/one-at-a-time.ts';
import type { MembershipInputs } from '../../../hierarchy/membership/relations.ts';
import { confirmHeldDeletions } from '../../../hierarchy/replication/held-deletions.ts';
import { signTreeItem } from '../../../hierarchy/statements/tree-statement.ts';
import { localizeItems } from '../../../hierarchy/replication/localize-items.ts';
import { seededIdentity, type MemoryNode } from '../../simulation/support/memory-node.ts';
import { SeededRandom } from '../../simulation/support/seeded-random.ts';
import { aPackage } from '../../support/database-items.ts';
import {
  HASH,
  aDisk,
  aPair,
  follow,
  forget,
  packagesOf,
  pairOf,
  publish,
  start,
  treeItemOf,
} from './replica-pair.ts';

test('a package arrives as its owner said it, and is served by package servers alone', async () => {
  const pair = await aPair();
  const one = await publish(pair.parent, { assignmentMode: 'INDIVIDUALLY' });
  await follow(pair);
  expect(pair.child.context.model.package(one.id)).toMatchObject({
    name: one.name,
    origin: 'REPLICATED',
    ownerNodeId: pair.parentNodeId,
    assignmentMode: 'SITE',
    sourceState: 'VERIFIED',
    source: { kind: 'NONE' },
  });
  expect(pair.child.context.model.snapshot(one.id, one.internalVersion)).toMatchObject({
    rootHash: HASH,
    origin: 'REPLICATED',
    signature: 'by the owner',
  });
  const sent = await treeItemOf(pair.parent, one.id);
  const kept = await treeItemOf(pair.child, one.id);
  expect({ ...kept, storedAtMs: 0, ageMs: 0 }).toEqual({ ...sent, storedAtMs: 0, ageMs: 0 });
});

test('a page that comes twice changes nothing; one with an older item makes the node compare', async () => {
  const pair = await aPair();
  const one = await publish(pair.parent);
  await follow(pair);
  const { revision } = await pair.child.context.store.log.position();
  const stored = await treeItemOf(pair.parent, one.id);
  const { withdrawn: _w, storedAtMs: _s, ageMs: _a, ...item } = stored!;
  const page = { items: [{ kind: 'ITEM', item, ageMs: 5 } as const], refusals: [], cursor: 'x' };
  const above = { nodeId: pair.parentNodeId };
  expect(await pair.replica.apply(above, page)).toBe('STORED');
  expect(await pair.replica.cursor(above)).toBe('x');
  await updatePackage(pair.parent.context, one.id, { name: 'Renamed' });
  await forget(pair);
  await follow(pair);
  expect(await pair.replica.apply(above, page)).toBe('COMPARE');
  // Remembered, whatever ends the process before it has.
  expect(await pair.replica.cursor(above)).toBe('');
  expect(pair.child.context.model.package(one.id)?.name).toBe('Renamed');
  expect((await pair.child.context.store.log.position()).revision).toBeGreaterThan(revision);
});

test('what this node decides itself outlives what the owner says, until it is taken back', async () => {
  const pair = await aPair();
  const one = await publish(pair.parent);
  await follow(pair);
  const { context } = pair.child;
  await updatePackage(context, one.id, { enabled: false });
  await setPackageServerAssignment(context, { packageId: one.id, mode: 'AUTOMATIC' });
  await expect(updatePackage(context, one.id, { name: 'Mine' })).rejects.toMatchObject({
    problems: [{ path: ['name'] }],
  });
  await updatePackage(pair.parent.context, one.id, { description: 'Edited' });
  await follow(pair);
  expect(context.model.package(one.id)).toMatchObject({
    description: 'Edited',
    enabled: false,
    assignmentMode: 'AUTOMATIC',
  });
  expect((await treeItemOf(pair.child, one.id))?.state?.enabled).toBe(true);
});

test.each([
  ['altered', (item: SentItem) => alter(item, { name: 'Evil' }), 'SIGNATURE_INVALID'],
  ['signed by a stranger', (item: SentItem) => resign(item, 'stranger'), 'OWNER_UNKNOWN'],
] as const)('an item that is %s is passed over and told', async (_, change, code) => {
  const pair = await aPair();
  const [bad, good] = [await publish(pair.parent), await publish(pair.parent)];
  await follow(pair);
  await updatePackage(pair.parent.context, bad.id, { description: 'new' });
  await updatePackage(pair.parent.context, good.id, { description: 'new' });
  const cursor = await pair.replica.cursor({ nodeId: pair.parentNodeId });
  const answer = await pair.source.readPage(pair.record, cursor);
  if (answer.kind !== 'PAGE') throw new Error('a page was expected');
  const items = answer.page.items.map((sent) =>
    sent.kind === 'ITEM' && sent.item.id === bad.id ? change(sent) : sent,
  );
  const page = { items, refusals: [], cursor: answer.page.cursor };
  await pair.replica.apply({ nodeId: pair.parentNodeId }, page);
  const { model } = pair.child.context;
  expect(model.package(bad.id)?.description).toBe('');
  expect(model.package(good.id)?.description).toBe('new');
  expect([...model.tree.rejections()]).toMatchObject([{ id: bad.id, code }]);
});

function alter(sent: SentItem, state: object): SentItem {
  if (sent.kind !== 'ITEM') return sent;
  return { ...sent, item: { ...sent.item, state: { ...sent.item.state!, ...state } } };
}

function resign(sent: SentItem, name: string): SentItem {
  if (sent.kind !== 'ITEM') return sent;
  const identity = seededIdentity(new SeededRandom(name));
  const { nodeId: ownerNodeId, publicKey: ownerPublicKey } = identity;
  const { state, ...item } = { ...sent.item, ownerNodeId, ownerPublicKey };
  const statement = {
    kind: 'tree',
    itemKind: item.kind,
    id: item.id,
    ownerNodeId,
    ownerRevision: item.ownerRevision,
  };
  return { ...sent, item: { ...item, state: undefined, signature: identity.sign(statement) } };
}

test('a node in between cannot take an item of the root as its own', async () => {
  const root = await start(aDisk('root'));
  const middle = await start(aDisk('middle'));
  const leaf = await start(aDisk('leaf'));
  const upper = await pairOf(root, middle);
  const one = await publish(root);
  await follow(upper);
  const lower = await pairOf(middle, leaf);
  await follow(lower);
  await middle.context.write((tx) => localizeItems(tx, middle.context, { keep: true }));
  await updatePackage(middle.context, one.id, { name: 'Taken' });
  await follow(lower);
  expect(leaf.context.model.package(one.id)?.name).toBe(one.name);
  expect([...leaf.context.model.tree.rejections()]).toMatchObject([{ code: 'OWNER_DIFFERS' }]);
});

test('when a node in between leaves, what it says in its own name is taken over after a comparison', async () => {
  const root = await start(aDisk('root'));
  const middle = await start(aDisk('middle'));
  const leaf = await start(aDisk('leaf'));
  const upper = await pairOf(root, middle);
  const one = await publish(root);
  await follow(upper);
  const lower = await pairOf(middle, leaf);
  await follow(lower);
  const inputs = (node: MemoryNode) =>
    ({ context: node.context, relations: new OneAtATime() }) as unknown as MembershipInputs;
  const standing = () => standingOf(middle.context.model, middle.context.identity, lower.record);
  expect(await confirmParent(inputs(leaf), lower.parentNodeId, standing())).toBe('JOINED');
  await middle.context.write(async (tx) => {
    tx.remove('parent', upper.parentNodeId);
    await localizeItems(tx, middle.context, { keep: true });
  });
  await updatePackage(middle.context, one.id, { name: 'Mine now' });
  // The page was read before the standing was told.
  await follow(lower);
  expect([...leaf.context.model.tree.rejections()]).toMatchObject([{ code: 'OWNER_DIFFERS' }]);
  expect(await confirmParent(inputs(leaf), lower.parentNodeId, standing())).toBe('MOVED');
  const late = { items: [], refusals: [], cursor: 'of a page on its way' };
  await lower.replica.apply({ nodeId: lower.parentNodeId }, late);
  // Whatever dies now, the next link begins with a comparison.
  expect(await lower.replica.cursor({ nodeId: lower.parentNodeId })).toBe('');
  await follow(lower);
  expect(leaf.context.model.package(one.id)).toMatchObject({
    name: 'Mine now',
    ownerNodeId: middle.context.identity.nodeId,
  });
  expect([...leaf.context.model.tree.rejections()]).toEqual([]);
});

test('deletions go down, are remembered, and hold against what comes late', async () => {
  const pair = await aPair();
  const one = await publish(pair.parent);
  const before = await treeItemOf(pair.parent, one.id);
  await deletePackage(pair.parent.context, one.id);
  await follow(pair);
  const { withdrawn: _w, storedAtMs: _s, ageMs: _a, ...item } = before!;
  const late = { items: [{ kind: 'ITEM', item, ageMs: 0 } as const], refusals: [], cursor: 'x' };
  await pair.replica.apply({ nodeId: pair.parentNodeId }, late);
  expect(packagesOf(pair.child)).toEqual([]);
});

test('the policy NONE keeps a deleted package as one of this node alone', async () => {
  const pair = await aPair();
  const one = await publish(pair.parent);
  await follow(pair);
  pair.replica.deletePolicy = 'NONE';
  await deletePackage(pair.parent.context, one.id);
  await follow(pair);
  expect(pair.child.context.model.package(one.id)).toMatchObject({ origin: 'LOCAL' });
  expect((await treeItemOf(pair.child, one.id))?.state).toBeUndefined();
});

test('a rule that leaves a package out withdraws it, and gives it back, all the way down', async () => {
  const root = await start(aDisk('root'));
  const middle = await start(aDisk('middle'));
  const leaf = await start(aDisk('leaf'));
  const upper = await pairOf(root, middle);
  const one = await publish(root);
  const other = await publish(root);
  await follow(upper);
  const lower = await pairOf(middle, leaf);
  await follow(lower);
  const rule = (packageIds: Guid[], ruleRevision: number) =>
    root.context.write(async (tx) =>
      tx.put('child', { ...upper.record, rule: { kind: 'CHOSEN', packageIds }, ruleRevision }),
    );
  await rule([other.id], 2);
  for (const pair of [upper, lower]) await follow(pair);
  for (const node of [middle, leaf])
    expect(packagesOf(node).map(({ id }) => id)).toEqual([other.id]);
  await rule([one.id, other.id], 3);
  for (const pair of [upper, lower]) await follow(pair);
  for (const node of [middle, leaf]) expect(packagesOf(node)).toHaveLength(2);
});

test('local packages of the same GUID are decided by the choice at the join', async () => {
  for (const [onConflict, name] of [
    ['REFUSE', 'Mine'],
    ['KEEP_LOCAL', 'Mine'],
    ['ADOPT', 'Theirs'],
  ] as const) {
    const pair = await aPair({ onConflict });
    const one = await publish(pair.parent, { name: 'Theirs' });
    const { snapshot: _, ...bare } = { ...one, snapshot: 0 };
    await pair.child.context.write(async (tx) =>
      tx.put('package', { ...bare, name: 'Mine', ownerNodeId: pair.child.context.identity.nodeId }),
    );
    await follow(pair);
    expect(pair.child.context.model.package(one.id)?.name).toBe(name);
  }
});

test('an owner that was put back says its word again above what is below', async () => {
  const disk = aDisk('parent');
  const parent = await start(disk);
  const child = await start(aDisk('child'));
  const pair = await pairOf(parent, child);
  const [edited, deleted] = [await publish(parent), await publish(parent)];
  await follow(pair);
  const backup = disk.database.backUp();
  const higher = { ...edited, internalVersion: edited.internalVersion + 5 };
  await publish(parent, higher);
  await deletePackage(parent.context, deleted.id);
  const made = await publish(parent);
  await follow(pair);
  parent.kill();
  disk.database.restore(backup);
  const back = await start(disk);
  const again = await pairOf(back, child);
  await follow(again);
  await follow(again);
  const above = back.context.model;
  const below = child.context.model;
  expect(above.package(edited.id)!.internalVersion).toBeGreaterThan(higher.internalVersion);
  expect(below.package(edited.id)!.internalVersion).toBe(above.package(edited.id)!.internalVersion);
  for (const model of [above, below]) {
    expect(model.package(deleted.id)).toBeUndefined();
    expect(model.package(made.id)).toMatchObject({ name: made.name });
  }
});

test('an owner that says less than it said before hears its last word from below, by a page alone', async () => {
  const pair = await aPair();
  const { parent, child } = pair;
  const { identity } = parent.context;
  const one = await publish(parent);
  await follow(pair);
  const early = await treeItemOf(parent, one.id);
  await deletePackage(parent.context, one.id);
  await follow(pair);
  const deleted = await treeItemOf(parent, one.id);
  // The package was another node's meanwhile, and the clock of this one was put right.
  const ownerRevision = early!.ownerRevision + 1;
  const { kind, id } = early!;
  const late = signTreeItem(identity, { kind, id, ownerRevision, state: undefined });
  await parent.context.write(async (tx) => tx.put('treeItem', { ...deleted!, ...late }));
  await follow(pair);
  for (const node of [parent, child]) {
    expect(await treeItemOf(node, one.id)).toMatchObject({ signature: deleted!.signature });
  }
});

test('an owner put back to before it had read the files leaves them to those below', async () => {
  const disk = aDisk('parent');
  const parent = await start(disk);
  const child = await start(aDisk('child'));
  const pair = await pairOf(parent, child);
  const id = parent.context.random.guid();
  const empty = aPackage({ id, ownerNodeId: parent.context.identity.nodeId, internalVersion: 0 });
  await parent.context.write(async (tx) => tx.put('package', empty));
  await follow(pair);
  const backup = disk.database.backUp();
  const { internalVersion } = await publish(parent, { id });
  await follow(pair);
  parent.kill();
  disk.database.restore(backup);
  const back = await start(disk);
  const again = await pairOf(back, child);
  await follow(again);
  await updatePackage(back.context, id, { description: 'edited after that' });
  await follow(again);
  expect(back.context.model.package(id)).toMatchObject({
    internalVersion,
    sourceReason: expect.stringContaining('Read its files again'),
  });
  expect(child.context.model.package(id)).toMatchObject({
    internalVersion,
    sourceState: 'VERIFIED',
  });
  expect(child.context.model.snapshot(id, internalVersion)).toMatchObject({ rootHash: HASH });
});

test('leaving keeps everything as the node’s own, or deletes it', async () => {
  const pair = await aPair();
  const one = await publish(pair.parent);
  await follow(pair);
  const { context } = pair.child;
  await context.write((tx) => localizeItems(tx, context, { keep: true }));
  expect(context.model.package(one.id)).toMatchObject({
    origin: 'LOCAL',
    ownerNodeId: context.identity.nodeId,
  });
  expect(await treeItemOf(pair.child, one.id)).toMatchObject({
    ownerNodeId: context.identity.nodeId,
    state: { name: one.name },
  });
  // A join with the same parent later compares everything.
  expect(await pair.replica.cursor({ nodeId: pair.parentNodeId })).toBe('');
});

test('random edits, deletions, rules and lost pages end in the state that the rule gives', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('create', 'edit', 'delete', 'follow', 'forget', 'choose') }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat()), { maxLength: 40 }),
      fc.boolean(),
      async (steps, chooses) => {
        const pair = await aPair();
        let ruleRevision = 1;
        for (const [{ do: what }, draw] of steps) {
          const all = packagesOf(pair.parent);
          const one = all[draw % Math.max(1, all.length)];
          if (what === 'create') await publish(pair.parent);
          if (what === 'edit' && one) {
            await updatePackage(pair.parent.context, one.id, { description: `${draw}` });
          }
          if (what === 'delete' && one) await deletePackage(pair.parent.context, one.id);
          if (what === 'follow') await follow(pair);
          if (what === 'forget') await forget(pair);
          if (what === 'choose' && chooses && one) {
            ruleRevision += 1;
            const rule = { kind: 'CHOSEN', packageIds: [one.id] } as const;
            await pair.parent.context.write(async (tx) =>
              tx.put('child', { ...pair.record, rule, ruleRevision }),
            );
          }
        }
        await forget(pair);
        await follow(pair);
        const everything = { packageIds: undefined, dryRun: false };
        await confirmHeldDeletions(pair.child.context, everything);
        const { rule } = pair.parent.context.model.tree.child(pair.record.id)!;
        const meant = packagesOf(pair.parent).filter(
          ({ id }) => rule.kind === 'EVERYTHING' || rule.packageIds.includes(id),
        );
        const seen = (node: MemoryNode, only: readonly Package[]): string[] =>
          only
            .map(({ id }) => node.context.model.package(id)!)
            .map(({ id, name, description }) => canonicalJson({ id, name, description } as Json))
            .sort();
        expect(seen(pair.child, packagesOf(pair.child))).toEqual(seen(pair.parent, meant));
      },
    ),
    { numRuns: 60 },
  );
});
