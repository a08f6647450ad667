// Who is right about a node that moved: whoever tells of its later placement, in whatever order two
// branches tell, and what was below the node is told anew.
import type { CatalogTransaction } from '../../../catalog/ports.ts';
import type { Child, NodeSummary } from '../../../catalog/tree-model.ts';
import {
  restateChild,
  sayGone,
  takeUpPage,
  type TakenUp,
} from '../../../hierarchy/convergence/take-up-page.ts';
import type { UpPage } from '../../../hierarchy/link/link-protocol.ts';
import { raisesOf, upCursorOf } from '../../../hierarchy/link/standing.ts';
import { aNodeSummary, aProgress } from '../../support/tree-items.ts';
import { relate } from '../../simulation/support/family.ts';
import type { MemoryNode } from '../../simulation/support/memory-node.ts';
import { aDisk, start } from './replica-pair.ts';

const [MOVER, BELOW] = ['m'.repeat(26), 'b'.repeat(26)];

type States = UpPage['states'];
const node = (given: Partial<NodeSummary>) =>
  ({ kind: 'nodeSummary', item: aNodeSummary(given) }) as const;

interface Root {
  readonly root: MemoryNode;
  readonly left: Child;
  readonly right: Child;
  tell(child: Child, states: States): Promise<TakenUp>;
  /** Node id of the parent that each living node is known to have, and of whom progress is known. */
  known(): Promise<{ parents: Record<string, string>; progress: string[] }>;
}

async function aRoot(): Promise<Root> {
  const root = await start(aDisk('root'));
  const { child: left } = await relate(root, await start(aDisk('left')));
  const { child: right } = await relate(root, await start(aDisk('right')));
  const tell: Root['tell'] = async (child, states) => {
    const after = await upCursorOf(root.context, child);
    return takeUpPage(root.context, child, { states, after, cursor: `${after}+` });
  };
  for (const { nodeId } of [left, right]) {
    await tell(nodeId === left.nodeId ? left : right, [node({ nodeId })]);
  }
  const known: Root['known'] = async () => {
    const read = async (tx: CatalogTransaction) => ({
      nodes: await tx.list('nodeSummary'),
      progress: await tx.list('progress'),
    });
    const { nodes, progress } = (await root.context.store.transact(read)).value;
    const moving = nodes.filter(({ nodeId, gone }) => !gone && /^(m|b)\1*$/.test(nodeId));
    return {
      parents: Object.fromEntries(moving.map(({ nodeId, parentNodeId }) => [nodeId, parentNodeId])),
      progress: progress.map(({ nodeId }) => nodeId).sort(),
    };
  };
  return { root, left, right, tell, known };
}

/** The mover and a node below it, as its parent tells of them. */
const branchBelow = ({ nodeId }: Child, placement: number): States => [
  node({ nodeId: MOVER, parentNodeId: nodeId, placement }),
  node({ nodeId: BELOW, parentNodeId: MOVER }),
];

const farewell = ({ nodeId }: Child, placement: number) =>
  node({ nodeId: MOVER, parentNodeId: nodeId, placement, gone: true });

test('what the old parent tells late does not bring a node back, and its farewell takes nothing', async () => {
  const { left, right, tell, known } = await aRoot();
  await tell(left, branchBelow(left, 1));
  await tell(right, branchBelow(right, 2));
  const moved = { [MOVER]: right.nodeId, [BELOW]: MOVER };
  expect(await known()).toMatchObject({ parents: moved });
  await tell(left, [node({ nodeId: MOVER, parentNodeId: left.nodeId, placement: 1, packages: 7 })]);
  expect(await known()).toMatchObject({ parents: moved });
  expect(await tell(left, [farewell(left, 1)])).toMatchObject({ refused: 0 });
  expect(await known()).toMatchObject({ parents: moved });
});

test('a farewell that is heard first does not keep the node away', async () => {
  const { left, right, tell, known } = await aRoot();
  await tell(left, branchBelow(left, 1));
  await tell(left, [farewell(left, 1)]);
  expect(await known()).toMatchObject({ parents: {} });
  await tell(right, branchBelow(right, 2));
  expect(await known()).toMatchObject({ parents: { [MOVER]: right.nodeId, [BELOW]: MOVER } });
});

test('a node that was elsewhere and came back brings what it has below it now', async () => {
  const { left, tell, known } = await aRoot();
  await tell(left, branchBelow(left, 1));
  const progress = [MOVER, BELOW].map((nodeId) => ({
    kind: 'progress' as const,
    item: aProgress({ nodeId }),
  }));
  await tell(left, progress);
  expect(await known()).toMatchObject({ progress: [BELOW, MOVER] });
  await tell(left, [node({ nodeId: MOVER, parentNodeId: left.nodeId, placement: 3 })]);
  expect(await known()).toEqual({ parents: { [MOVER]: left.nodeId }, progress: [] });
});

test('a child that is known further down by now is neither sent off nor shown as away', async () => {
  const { root, left, right, tell, known } = await aRoot();
  const inside = { nodeId: right.nodeId, parentNodeId: left.nodeId, placement: 2 };
  await tell(left, [node(inside)]);
  await root.context.write((tx) =>
    restateChild(tx, root.context, { child: right, connected: false }),
  );
  await root.context.write((tx) => sayGone(tx, root.context, right.nodeId));
  const { value } = await root.context.store.transact((tx) => tx.get('nodeSummary', right.nodeId));
  expect(value).toMatchObject({ ...inside, gone: false, connected: true });
  expect(await known()).toEqual({ parents: {}, progress: [] });
});

test('a node that started again keeps what is known below it', async () => {
  const { left, tell, known } = await aRoot();
  await tell(left, branchBelow(left, 1));
  const started = { nodeId: MOVER, parentNodeId: left.nodeId, placement: 2, telling: 1 };
  expect(await tell(left, [node(started)])).toMatchObject({ beginsAnew: false });
  expect(await known()).toMatchObject({ parents: { [MOVER]: left.nodeId, [BELOW]: MOVER } });
});

describe('a node that was put back to before its move is where it is', () => {
  const putBack = ({ nodeId }: Child) =>
    node({ nodeId: MOVER, parentNodeId: nodeId, placement: 3, telling: 1 });

  test('and its earlier branch tells everything anew', async () => {
    const { root, left, right, tell, known } = await aRoot();
    await tell(left, branchBelow(left, 1));
    await tell(right, branchBelow(right, 2));
    expect(await tell(left, [putBack(left)])).toMatchObject({ beginsAnew: true });
    expect(await upCursorOf(root.context, left)).toBe('');
    expect(await known()).toMatchObject({ parents: { [MOVER]: left.nodeId } });
    const anew = [
      node({ nodeId: left.nodeId, placement: 9 }),
      putBack(left),
      ...branchBelow(left, 1).slice(1),
    ];
    expect(await tell(left, anew)).toMatchObject({ beginsAnew: false });
    await tell(right, [farewell(right, 2)]);
    expect(await known()).toMatchObject({ parents: { [MOVER]: left.nodeId, [BELOW]: MOVER } });
  });

  test('also when it was gone from the later place already', async () => {
    const { left, right, tell, known } = await aRoot();
    await tell(left, branchBelow(left, 1));
    await tell(right, branchBelow(right, 2));
    await tell(right, [farewell(right, 2)]);
    expect(await tell(left, [putBack(left)])).toMatchObject({ beginsAnew: true });
    expect(await known()).toMatchObject({ parents: { [MOVER]: left.nodeId } });
  });

  test('also as a child of this node that had moved below another one', async () => {
    const { root, left, right, tell } = await aRoot();
    const inside = { nodeId: right.nodeId, parentNodeId: left.nodeId, placement: 2 };
    await tell(left, [node(inside)]);
    const own = node({ nodeId: right.nodeId, placement: 3, telling: 1 });
    expect(await tell(right, [own])).toMatchObject({ beginsAnew: true });
    expect(await upCursorOf(root.context, right)).toBe('');
    const { store, identity } = root.context;
    const { value } = await store.transact((tx) => tx.get('nodeSummary', right.nodeId));
    expect(value).toMatchObject({ parentNodeId: identity.nodeId, connected: true, gone: false });
  });
});

describe('a node that was put back with its clock is told by what placement it is known', () => {
  const claim = ({ nodeId }: Child, given: Partial<NodeSummary> = {}) =>
    node({ nodeId: MOVER, parentNodeId: nodeId, placement: 3, telling: 1, ...given });

  async function moved() {
    const world = await aRoot();
    await world.tell(world.left, branchBelow(world.left, 1));
    await world.tell(world.right, branchBelow(world.right, 5));
    return { ...world, raises: (child: Child) => raisesOf(world.root.context, child) };
  }

  test('once, over the child that has it, until it is known by a higher one', async () => {
    const { left, right, tell, known, raises } = await moved();
    expect(await tell(left, [claim(left)])).toMatchObject({ beginsAnew: true, refused: 0 });
    expect(await known()).toMatchObject({ parents: { [MOVER]: right.nodeId } });
    expect(await raises(left)).toEqual([{ nodeId: MOVER, above: 5 }]);
    expect(await raises(right)).toEqual([]);
    expect(await tell(left, [claim(left, { packages: 9 })])).toMatchObject({ beginsAnew: false });
    await tell(right, branchBelow(right, 5).slice(0, 1));
    expect(await raises(left)).toHaveLength(1);
    await tell(left, [claim(left, { placement: 6 })]);
    expect(await known()).toMatchObject({ parents: { [MOVER]: left.nodeId } });
    expect(await raises(left)).toEqual([]);
  });

  test('not for what its earlier parent says late of one that left', async () => {
    const { left, tell, raises } = await moved();
    expect(await tell(left, [claim(left, { connected: false })])).toMatchObject({
      beginsAnew: false,
    });
    expect(await raises(left)).toEqual([]);
  });

  test('also a child of this node that lost what it had told', async () => {
    const { left, tell, raises } = await moved();
    await tell(left, [node({ nodeId: left.nodeId, placement: 9 })]);
    expect(await tell(left, [node({ nodeId: left.nodeId, placement: 8 })])).toMatchObject({
      beginsAnew: true,
    });
    expect(await raises(left)).toEqual([{ nodeId: left.nodeId, above: 9 }]);
  });
});

test('what comes after a child was removed, or of an earlier join, is dropped', async () => {
  const { root, left, right, tell, known } = await aRoot();
  await root.context.write(async (tx) => {
    tx.put('child', { ...left, state: 'REMOVED' });
    tx.put('child', { ...right, tokenId: root.context.random.guid() });
  });
  expect(await tell(left, branchBelow(left, 2))).toMatchObject({ refused: 0 });
  expect(await tell(right, branchBelow(right, 2))).toMatchObject({ refused: 0 });
  expect(await known()).toMatchObject({ parents: {} });
});

test('a node below that claims this one, or its progress, is not believed', async () => {
  const { root, left, tell } = await aRoot();
  const { nodeId } = root.context.identity;
  const own = aNodeSummary({ nodeId, name: 'root' });
  await root.context.write(async (tx) => tx.put('nodeSummary', own));
  const claims: States = [
    node({ nodeId, parentNodeId: left.nodeId, placement: 9 }),
    { kind: 'progress', item: aProgress({ nodeId }) },
  ];
  expect(await tell(left, claims)).toMatchObject({ refused: 2 });
  const { value } = await root.context.store.transact((tx) => tx.get('nodeSummary', nodeId));
  expect(value).toEqual(own);
});

test('a page that comes twice changes nothing, and one that comes late is refused', async () => {
  const { root, left } = await aRoot();
  const progress = aProgress({ nodeId: left.nodeId, internalVersion: 1_700_000_000 });
  const after = await upCursorOf(root.context, left);
  const older = { states: [{ kind: 'progress', item: progress }], after, cursor: '1' } as const;
  const item = { ...progress, internalVersion: 1_700_000_001 };
  const newer = { states: [{ kind: 'progress', item }], after: '1', cursor: '2' } as const;
  for (const page of [older, older, newer, newer]) await takeUpPage(root.context, left, page);
  await expect(takeUpPage(root.context, left, older)).rejects.toThrow('up to another page');
  const { value } = await root.context.store.transact((tx) => tx.list('progress'));
  expect(value).toEqual([item]);
  expect(await upCursorOf(root.context, left)).toBe('2');
});

test('who went away below somebody that went away is told by itself, for above it may be known elsewhere', async () => {
  const { root, left, right, tell, known } = await aRoot();
  const [OTHER, ELSEWHERE] = ['x'.repeat(26), 'y'.repeat(26)];
  await tell(left, [
    node({ nodeId: OTHER, parentNodeId: left.nodeId }),
    node({ nodeId: BELOW, parentNodeId: OTHER, placement: 1 }),
  ]);
  await tell(right, branchBelow(right, 1).slice(0, 1));
  const gone = { gone: true, placement: 2, parentNodeId: ELSEWHERE };
  // It moved below a node that went away, before that was told here.
  expect(await tell(left, [node({ nodeId: BELOW, ...gone })])).toMatchObject({ refused: 0 });
  expect(await known()).toMatchObject({ parents: { [MOVER]: right.nodeId } });
  // In another branch it is another's to say.
  expect(await tell(left, [node({ nodeId: MOVER, ...gone })])).toMatchObject({ refused: 0 });
  expect(await known()).toMatchObject({ parents: { [MOVER]: right.nodeId } });
  const again = node({ nodeId: BELOW, parentNodeId: MOVER, placement: 3 });
  await tell(right, [...branchBelow(right, 3).slice(0, 1), again]);
  await tell(right, [farewell(right, 3)]);
  const { value } = await root.context.store.transact((tx) => tx.get('nodeSummary', BELOW));
  expect(value).toMatchObject({ gone: true, parentNodeId: MOVER });
  expect(await known()).toEqual({ parents: {}, progress: [] });
});

test('a node that was put back together with its parent is known again, with its earlier placement', async () => {
  const { left, tell, known } = await aRoot();
  await tell(left, branchBelow(left, 5));
  // The parent begins anew, and knows the node as it was.
  await tell(left, [node({ nodeId: left.nodeId, placement: 9 }), ...branchBelow(left, 3)]);
  expect(await known()).toMatchObject({ parents: { [MOVER]: left.nodeId, [BELOW]: MOVER } });
});
