// Time in tree queries: what each hop is given, what a hanging branch costs, and many at once.
import { Kind, parse } from 'graphql';
import { generateIdentity } from '../../../../core/identity.ts';
import { silentLogger } from '../../../../core/logger.ts';
import { systemRandom } from '../../../../core/random.ts';
import { askNodes, type Asking } from '../../../../hierarchy/remote/ask-nodes.ts';
import { branchQuery } from '../../../../hierarchy/remote/branch-operation.ts';
import type { KnownNode } from '../../../../hierarchy/remote/known-tree.ts';
import type { ChildOperations } from '../../../../hierarchy/remote/remote-ports.ts';
import { StartGate } from '../../../../hierarchy/remote/start-gate.ts';
import { deadlineAfter, hopBudgetMs } from '../../../../hierarchy/remote/time-budget.ts';
import { VirtualClock, VirtualTime } from '../../../simulation/support/virtual-clock.ts';
import { treeItems } from '../../../support/tree-items.ts';

const principal = { name: 'alice', role: 'VIEWER' } as const;
const document = parse('{ name }');
const [definition] = document.definitions;
const selection = {
  document,
  parts: new Map([
    ['smp', (definition as Extract<typeof definition, { selectionSet: object }>).selectionSet],
  ]),
};

function aNode(name: string): KnownNode {
  const via = { ...treeItems(systemRandom.guid()).child, id: systemRandom.guid(), name };
  return {
    nodeId: name,
    guid: via.id,
    name,
    parentNodeId: 'root',
    depth: 1,
    summary: undefined,
    connected: true,
    disconnectedSinceMs: undefined,
    isReachable: true,
    asOfMs: undefined,
    via,
  };
}

function world(delegate: ChildOperations['delegate']) {
  const time = new VirtualTime();
  const clock = new VirtualClock(time, 1_767_225_600_000);
  const asking: Asking = {
    context: { identity: generateIdentity(), clock, random: systemRandom, logger: silentLogger },
    children: { isOpen: () => true, delegate },
    runLocally: async () => ({ data: { smp: {} }, errors: [], prunedFields: [] }),
    gate: new StartGate(clock, { places: 2, yieldAfterMs: 50 }),
  };
  const questionOf = (leftMs: number, timeoutMs = 5_000) => ({
    selection,
    variables: {},
    deadline: deadlineAfter(clock, leftMs),
    timeoutMs,
  });
  const ask = (node: KnownNode, leftMs: number) =>
    askNodes(asking, { nodes: [node], principal, question: questionOf(leftMs) })[0]!;
  return { time, asking, questionOf, ask };
}

const OK = { status: 'OK', data: { smp: { name: 'x' } }, errors: [], prunedFields: [] } as const;

test.each([
  [10_000, 5_000, 5_000],
  [3_000, 5_000, 2_900],
  [200, 5_000, 160],
  [0, 5_000, 0],
  [-5, 5_000, 0],
])('%i ms left and %i ms asked for give the next hop %i ms', (leftMs, timeoutMs, budgetMs) => {
  expect(hopBudgetMs(leftMs, timeoutMs)).toBe(budgetMs);
});

test('a transport that never answers is TIMEOUT when the time is over, and is told to end', async () => {
  const signals: AbortSignal[] = [];
  const { time, ask } = world(async (_id, _operation, timeoutMs, signal) => {
    signals.push(signal);
    expect(timeoutMs).toBe(2_900);
    return new Promise(() => undefined);
  });
  let status: string | undefined;
  const asked = ask(aNode('a'), 3_000).then((answer) => (status = answer.status));
  await time.pass(2_899);
  expect(status).toBeUndefined();
  await time.pass(1);
  expect(await asked).toBe('TIMEOUT');
  expect(signals[0]?.aborted).toBe(true);
});

test('branches that hang delay the others by a moment, not until their end', async () => {
  const { time, ask } = world(async (_id, { id }, _timeoutMs, _signal) =>
    hanging.size-- > 0 ? new Promise(() => undefined) : { id, ...OK },
  );
  const hanging = { size: 5 };
  const done: string[] = [];
  const names = ['h1', 'h2', 'h3', 'h4', 'h5', 'good1', 'good2'];
  const all = names.map((name) =>
    ask(aNode(name), 3_000).then(({ status }) => void done.push(`${name} ${status}`)),
  );
  // Two begin at a time and each gives its place away after 50 ms: the good ones begin third.
  await time.pass(150);
  expect(done).toEqual(['good1 OK', 'good2 OK']);
  await time.pass(3_000);
  await Promise.all(all);
  expect(done.filter((line) => line.endsWith('TIMEOUT'))).toHaveLength(5);
});

test('a child that has too much to do already is away, and says so', async () => {
  const { CanopyError } = await import('../../../../core/errors.ts');
  const { ask } = world(async () => {
    throw new CanopyError('BUSY', 'Too many questions.');
  });
  expect(await ask(aNode('a'), 3_000)).toMatchObject({
    status: 'UNREACHABLE',
    error: 'Too many questions.',
  });
});

test('nothing is asked when no time is left', async () => {
  let asked = 0;
  const { ask } = world(async (_id, { id }) => {
    asked += 1;
    return { id, ...OK };
  });
  expect((await ask(aNode('a'), 0)).status).toBe('TIMEOUT');
  expect(asked).toBe(0);
});

test('a child is asked once for all of its branch, and each node gets what is its own', async () => {
  const [child, deep, deeper, unknown] = ['child', 'deep', 'deeper', 'unknown'].map(aNode);
  const below = [deep!, deeper!, unknown!].map((node, index) => ({
    ...node,
    depth: 2 + index,
    via: child!.via,
  }));
  const sent: unknown[] = [];
  const { asking, questionOf } = world(async (id, { query, variables }) => {
    sent.push([id, variables]);
    expect(query).toContain('tree(nodeIds: $relayNodeIds');
    const nodes = [
      { nodeId: 'deeper', status: 'TIMEOUT', error: 'deeper did not answer in time.' },
      { nodeId: 'child', status: 'OK', error: null, prunedFields: ['Smp.new'], smp: { name: 'c' } },
      { nodeId: 'deep', status: 'OK', error: null, smp: null },
    ];
    const errors = [{ message: 'broken', path: ['tree', 'nodes', 2, 'smp', 'name'] }];
    return { id: '', status: 'OK', data: { tree: { nodes } }, errors, prunedFields: [] };
  });
  const nodes = [child!, ...below];
  const answers = await Promise.all(
    askNodes(asking, { nodes, principal, question: questionOf(3_000) }),
  );
  const relayNodeIds = ['child', 'deep', 'deeper', 'unknown'];
  expect(sent).toEqual([[child!.via!.id, { relayNodeIds, relayCount: 4, relayTimeoutMs: 2_900 }]]);
  expect(answers.map(({ status, error }) => [status, error])).toEqual([
    ['OK', undefined],
    ['OK', undefined],
    ['TIMEOUT', 'deeper did not answer in time.'],
    ['UNREACHABLE', 'broken'],
  ]);
  expect(answers[0]).toMatchObject({ prunedFields: ['Smp.new'] });
  expect(answers[0]!.parts.get('smp')).toEqual({ value: { name: 'c' }, errors: [] });
  expect(answers[1]!.parts.get('smp')).toEqual({
    value: null,
    errors: [{ message: 'broken', path: ['name'] }],
  });
});

test('what the caller named as a relay names its variables stays the caller’s', () => {
  const document = parse(`
    query ($relayCount: Int) { ...Part }
    fragment Part on Query { packages(first: $relayCount) { totalCount } }
  `);
  const fragment = document.definitions.find((one) => one.kind === Kind.FRAGMENT_DEFINITION)!;
  const parts = new Map([['smp', fragment.selectionSet]]);
  const { query, variables } = branchQuery({ document, parts }, true);
  expect(query).toContain('tree(nodeIds: $relayNodeIds, first: $relayCount_,');
  expect(variables({ relayCount: 7 }, { nodeIds: ['a', 'b'], timeoutMs: 9.5 })).toEqual({
    relayCount: 7,
    relayNodeIds: ['a', 'b'],
    relayCount_: 2,
    relayTimeoutMs: 9,
  });
});
