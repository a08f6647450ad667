/**
 * One query at the root over a whole tree: all alive beside the slowest single node, then with one
 * branch hung and another dead. README.md says how.
 */
import { GetTreeDocument, HierarchyRelationsDocument } from '../client-sdk/src/index.ts';
import { eventually } from '../test/topology/processes.ts';
import { growTree, type GrownTree } from './grown-tree.ts';
import { median, table } from './processes.ts';
import { percentile } from './percentile.ts';
import { chosenSizes, QUERY_SHAPES, treeOf } from './tree-shape.ts';

const ROUNDS = Number(process.env['CANOPY_BENCH_ROUNDS'] ?? 20);
const SINGLE_ROUNDS = 3;
const TIMEOUT_MS = 3_000;
const [HUNG, DEAD] = [1, 2];

interface Asked {
  readonly wallMs: number;
  /** Names of those that answered for themselves. */
  readonly present: ReadonlySet<string>;
  readonly statuses: readonly string[];
}

const rows: string[][] = [];
for (const size of chosenSizes(QUERY_SHAPES)) {
  const tree = await growTree(treeOf(QUERY_SHAPES[size]!), {
    hostOf: ({ branch }) => branch,
    database: 'POSTGRES',
  });
  try {
    await eventually(
      async () => ((await ask(tree)).present.size === size ? true : undefined),
      async () => `of ${size} nodes answer ${(await ask(tree)).present.size}`,
    );
    rows.push(await aliveRow(tree), ...(await awayRows(tree)));
  } finally {
    tree.hosts[HUNG]!.signal('SIGCONT');
    await tree.close();
  }
}
console.log(table(['nodes', 'what', 'p50, p95 ms', 'beside', 'answered'], rows));

async function aliveRow(tree: GrownTree): Promise<string[]> {
  const singles: number[] = [];
  const whole: number[] = [];
  for (const nodeId of await nodeIds(tree)) {
    const own: number[] = [];
    for (let round = 0; round < SINGLE_ROUNDS; round += 1) {
      own.push((await ask(tree, { root: nodeId, maxDepth: 0 })).wallMs);
    }
    singles.push(median(own));
    if (whole.length < ROUNDS) whole.push((await ask(tree)).wallMs);
  }
  while (whole.length < ROUNDS) whole.push((await ask(tree)).wallMs);
  const slowest = Math.max(...singles);
  const beside = `slowest single node ${slowest.toFixed(0)} ms: ${(median(whole) / slowest).toFixed(1)} times`;
  const { length } = tree.nodes;
  return [`${length}`, 'all alive', spread(whole), beside, `${length} of ${length}`];
}

async function awayRows(tree: GrownTree): Promise<string[][]> {
  tree.hosts[HUNG]!.signal('SIGSTOP');
  tree.hosts[DEAD]!.signal('SIGKILL');
  const expected = tree.nodes.filter(({ branch }) => branch !== HUNG && branch !== DEAD);
  const walls: number[] = [];
  let fewest = Infinity;
  const statuses = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const answer = await ask(tree);
    walls.push(answer.wallMs);
    fewest = Math.min(fewest, expected.filter(({ name }) => answer.present.has(name)).length);
    for (const status of answer.statuses) statuses.add(status);
  }
  const what = `one branch hung, one dead (${[...statuses].sort().join(', ')})`;
  const answered = `${fewest} of ${expected.length}`;
  return [[`${tree.nodes.length}`, what, spread(walls), `deadline ${TIMEOUT_MS} ms`, answered]];
}

async function ask(
  { root }: GrownTree,
  part: { readonly root?: string; readonly maxDepth?: number } = {},
): Promise<Asked> {
  const startedAtMs = performance.now();
  const variables = { timeoutMs: TIMEOUT_MS, first: 200, ...part };
  const { tree } = await root.client.execute(GetTreeDocument, variables);
  return {
    wallMs: performance.now() - startedAtMs,
    present: new Set(tree.nodes.flatMap(({ smp }) => (smp ? [smp.name] : []))),
    statuses: tree.nodes.map(({ status }) => status),
  };
}

async function nodeIds({ nodes }: GrownTree): Promise<string[]> {
  const ids: string[] = [];
  for (const { client } of nodes) {
    ids.push((await client.execute(HierarchyRelationsDocument, {})).smp.nodeId);
  }
  return ids;
}

function spread(values: readonly number[]): string {
  return `${percentile(values, 0.5).toFixed(0)}, ${percentile(values, 0.95).toFixed(0)}`;
}
