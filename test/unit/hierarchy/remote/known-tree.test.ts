// The tree as one node knows it: who is below, who can be reached, and how old what was told is.
import type { Child } from '../../../../catalog/tree-model.ts';
import { systemRandom } from '../../../../core/random.ts';
import { knownTree, subtree } from '../../../../hierarchy/remote/known-tree.ts';
import { aNodeSummary, treeItems } from '../../../support/tree-items.ts';

const NOW_MS = 1_000_000;
const self = {
  nodeId: 'root',
  guid: systemRandom.guid(),
  name: 'root',
  parentNodeId: undefined,
};
const child = (nodeId: string, given: Partial<Child> = {}): Child => ({
  ...treeItems(systemRandom.guid()).child,
  id: systemRandom.guid(),
  nodeId,
  name: nodeId,
  ...given,
});
const told = (nodeId: string, parentNodeId: string, given = {}) =>
  aNodeSummary({ nodeId, parentNodeId, name: nodeId, storedAtMs: 500_000, ageMs: 1_000, ...given });

function known(open: readonly string[]) {
  const children = [
    child('a'),
    child('b'),
    child('c', { state: 'JOINING' }),
    child('z', { state: 'REMOVED' }),
  ];
  const names = new Map(children.map(({ id, nodeId }) => [id, nodeId]));
  return knownTree({
    self,
    children,
    isOpen: (id) => open.includes(names.get(id)!),
    nowMs: NOW_MS,
    summaries: [
      told('a', 'root', { storedAtMs: 900_000, ageMs: 0 }),
      told('aa', 'a'),
      told('aaa', 'aa', { connected: false }),
      told('gone', 'a', { gone: true }),
      told('under removed', 'z'),
      told('circle 1', 'circle 2'),
      told('circle 2', 'circle 1'),
      told('b', 'aa'),
    ],
  });
}

test('children come from memberships, the rest from summaries, each node once', () => {
  const nodes = known(['a', 'c']);
  expect(nodes.map(({ nodeId, depth, isReachable }) => [nodeId, depth, isReachable])).toEqual([
    ['root', 0, true],
    ['a', 1, true],
    ['b', 1, false],
    ['c', 1, false],
    ['aa', 2, true],
    ['aaa', 3, false],
  ]);
  expect(nodes.map(({ via }) => via?.nodeId)).toEqual([undefined, 'a', 'b', 'c', 'a', 'a']);
});

test('what was told holds while the way is open, and until it broke for those who were there', () => {
  const ages = (open: readonly string[]) =>
    Object.fromEntries(known(open).map(({ nodeId, asOfMs }) => [nodeId, asOfMs]));
  expect(ages(['a'])).toEqual({
    ...{ root: NOW_MS, a: NOW_MS, aa: NOW_MS, aaa: 499_000 },
    ...{ b: 499_000, c: undefined },
  });
  expect(ages([])).toMatchObject({ a: 900_000, aa: 900_000, aaa: 499_000 });
});

test('a part of the tree by root and depth', () => {
  const nodes = known(['a']);
  const ids = (root: number, maxDepth?: number) =>
    subtree(nodes, nodes[root]!, maxDepth).map(({ nodeId }) => nodeId);
  expect(ids(0, 1)).toEqual(['root', 'a', 'b', 'c']);
  expect(ids(1)).toEqual(['a', 'aa', 'aaa']);
  expect(ids(1, 1)).toEqual(['a', 'aa']);
  expect(ids(2, 0)).toEqual(['b']);
});
