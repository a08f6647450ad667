/**
 * From a commit at the root to each node of a tree, tier by tier: the product beside the least that a
 * hop can be, in the same processes and rounds. README.md says how.
 */
import { accepted, UpdatePackageDocument } from '../client-sdk/src/index.ts';
import { systemClock } from '../core/clock.ts';
import { administrator } from '../demo/administrator.ts';
import { growTree, type GrownNode, type GrownTree } from './grown-tree.ts';
import { table } from './processes.ts';
import { percentile } from './percentile.ts';
import { chosenSizes, CONVERGE_SHAPES, treeOf } from './tree-shape.ts';

const ROUNDS = Number(process.env['CANOPY_BENCH_ROUNDS'] ?? 20);
const WARM_UP_ROUNDS = 5;
const PROCESSES_MAX = 8;
/** Between rounds, until the progress of the round is at the root: 250 ms, and 200 ms and more a tier. */
const REST_MS = 2_000;
const DEPTHS = [1, 2, 3, 4, 5];

const embedded = process.argv.includes('--embedded');

/** When each node had it, milliseconds of the shared clock. */
type Times = ReadonlyMap<string, number>;

interface Way {
  readonly name: string;
  /** Commits something at the root; answers when each node had it. */
  commit(round: number): Promise<Times>;
}

const rows: string[][] = [];
for (const size of chosenSizes(CONVERGE_SHAPES)) {
  const processes = Math.min(size, PROCESSES_MAX);
  const tree = await growTree(treeOf(CONVERGE_SHAPES[size]!), {
    hostOf: (_, index) => index % processes,
    database: embedded ? 'EMBEDDED' : 'POSTGRES',
  });
  try {
    rows.push(...(await measureTree(tree)));
    const usage = await Promise.all(tree.hosts.map((host) => host.ask({ op: 'USAGE' })));
    const mib = usage.reduce((sum, { rssBytes }) => sum + rssBytes!, 0) / 2 ** 20;
    console.error(`${size} nodes in ${processes} processes: ${(mib / size).toFixed(0)} MiB a node`);
  } finally {
    await tree.close();
  }
}
const heads = ['nodes', 'what', 'a hop: p50, p95 ms', ...DEPTHS.map((depth) => `depth ${depth}`)];
console.log(table([...heads, 'all', 'CPU ms a node'], rows));

async function measureTree(tree: GrownTree): Promise<string[][]> {
  const ways = [await productWay(tree), ...(embedded ? [] : [await bareWay(tree)])];
  const rounds = new Map<Way, Times[]>(ways.map((way) => [way, []]));
  const cpuMs = new Map<Way, number>(ways.map((way) => [way, 0]));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    for (const way of ways) {
      const cpuBeforeMs = await cpuMsOf(tree);
      const times = await way.commit(round);
      await systemClock.sleep(REST_MS);
      if (round < WARM_UP_ROUNDS) continue;
      rounds.get(way)!.push(times);
      cpuMs.set(way, cpuMs.get(way)! + (await cpuMsOf(tree)) - cpuBeforeMs);
    }
  }
  return ways.map((way) => {
    const cpuOfNode = cpuMs.get(way)! / ROUNDS / tree.nodes.length;
    return [...rowOf(tree, way.name, rounds.get(way)!), cpuOfNode.toFixed(1)];
  });
}

/** Of all processes that run nodes, without the PostgreSQL. */
async function cpuMsOf({ hosts }: GrownTree): Promise<number> {
  const usage = await Promise.all(hosts.map((host) => host.ask({ op: 'USAGE' })));
  return usage.reduce((sum, one) => sum + one.cpuMs!, 0);
}

function rowOf({ nodes, root }: GrownTree, name: string, rounds: readonly Times[]): string[] {
  const below = nodes.filter(({ parent }) => parent);
  const hops = rounds.flatMap((times) =>
    below.map((node) => times.get(node.name)! - times.get(node.parent!.name)!),
  );
  const sinceRoot = (some: readonly GrownNode[]): number[] =>
    rounds.flatMap((times) => some.map((node) => times.get(node.name)! - times.get(root.name)!));
  const ofDepth = (depth: number) => below.filter((node) => node.depth === depth);
  const whole = rounds.map((times) => Math.max(...times.values()) - times.get(root.name)!);
  return [
    String(nodes.length),
    name,
    cell(hops),
    ...DEPTHS.map((depth) => cell(sinceRoot(ofDepth(depth)))),
    cell(whole),
  ];
}

function cell(values: readonly number[]): string {
  return `${percentile(values, 0.5).toFixed(1)}, ${percentile(values, 0.95).toFixed(1)}`;
}

/** A package of the root gets another version text by `updatePackage`. */
async function productWay({ root, ...tree }: GrownTree): Promise<Way> {
  const admin = administrator(root.url, root.token);
  const { id } = await admin.createPackage('Converging', '/nonexistent');
  return {
    name: 'canopy',
    commit: async (round) => {
      const version = `round-${round}`;
      const arrived = arrivals(tree.nodes, version);
      const input = { id, version };
      const answer = await root.client.execute(UpdatePackageDocument, { input });
      accepted(answer.updatePackage);
      return arrived;
    },
  };
}

async function bareWay({ nodes, root }: GrownTree): Promise<Way> {
  const urls = new Map<string, string>();
  const bare = (name: string): string => `bare-${name}`;
  for (const { host, name, parent, plan } of nodes) {
    const started = await host.ask({
      op: 'START_BARE',
      name: bare(name),
      databaseUrl: plan.databaseUrl!,
    });
    urls.set(name, started.url!);
    if (!parent) continue;
    await host.ask({ op: 'JOIN_BARE', name: bare(name), parentUrl: urls.get(parent.name)! });
  }
  return {
    name: 'bare WebSocket and commit',
    commit: async (round) => {
      const marker = `bare-${round}`;
      const arrived = arrivals(nodes, marker, bare);
      await root.host.ask({ op: 'COMMIT_BARE', name: bare(root.name), marker });
      return arrived;
    },
  };
}

/** Asked for before the commit: one message of each process when all of its nodes have it. */
async function arrivals(
  nodes: readonly GrownNode[],
  marker: string,
  spelled = (name: string): string => name,
): Promise<Times> {
  const times = new Map<string, number>();
  const hosts = new Set(nodes.map(({ host }) => host));
  await Promise.all(
    [...hosts].map(async (host) => {
      const names = nodes.filter((node) => node.host === host).map(({ name }) => name);
      const asked = { op: 'ARRIVED', nodes: names.map(spelled), marker } as const;
      const { timesMs } = await host.ask(asked);
      for (const [index, name] of names.entries()) times.set(name, timesMs![index]!);
    }),
  );
  return times;
}
