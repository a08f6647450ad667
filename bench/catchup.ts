/**
 * A child that was stopped while its parent made 10,000 changes: how long until it has them, what
 * crosses the wire, and the CPU at both ends. README.md says how.
 */
import { startCountingProxy, type CountingProxy } from './counting-proxy.ts';
import { growTree, type GrownNode } from './grown-tree.ts';
import { Host } from './host.ts';
import { monotonicMs } from './monotonic.ts';
import { median, table } from './processes.ts';
import { treeOf } from './tree-shape.ts';

const ROUNDS = Number(process.env['CANOPY_BENCH_ROUNDS'] ?? 3);
const CHANGES = Number(process.argv[process.argv.indexOf('--changes') + 1]) || 10_000;
/** Changes that one transaction makes. */
const AT_ONCE = 100;

/** The same number of changes, of many packages once or of few packages often. */
const SCENARIOS = [
  { name: 'each package once', packages: CHANGES },
  { name: 'each package ten times', packages: CHANGES / 10 },
];

interface Figures {
  readonly wallMs: number;
  readonly down: number;
  readonly up: number;
  readonly differenceBytes: number;
  readonly parentCpuMs: number;
  readonly childCpuMs: number;
}

const rows: string[][] = [];
for (const { name, packages } of SCENARIOS) {
  const rounds = await measureScenario(packages);
  const of = (key: keyof Figures): number => median(rounds.map((figures) => figures[key]));
  const difference = of('differenceBytes');
  const ratio = (bytes: number): string => (bytes / difference).toFixed(2);
  rows.push([
    `${CHANGES} changes, ${name}`,
    (of('wallMs') / 1_000).toFixed(2),
    `${Math.round(difference)}`,
    `${Math.round(of('down'))} (${ratio(of('down'))})`,
    `${Math.round(of('up'))} (${ratio(of('up'))})`,
    `${Math.round(of('parentCpuMs'))}`,
    `${Math.round(of('childCpuMs'))}`,
  ]);
}
const heads = ['missed', 's', 'difference', 'down (ratio)', 'up (ratio)', 'parent CPU ms', 'child'];
console.log(table(heads, rows));

async function measureScenario(packages: number): Promise<Figures[]> {
  let proxy: CountingProxy | undefined;
  const tree = await growTree(treeOf([1, 1]), {
    hostOf: ({ depth }) => depth,
    database: 'EMBEDDED',
    reach: async ({ url }) => (proxy ??= await startCountingProxy(url)).url,
  });
  let host = tree.nodes[1]!.host;
  try {
    const [root, child] = tree.nodes as [GrownNode, GrownNode];
    await change(root, packages, 'before');
    await has(host, child, packages, 'before');
    const rounds: Figures[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await host.end();
      for (let time = 0; time < CHANGES / packages; time += 1) {
        await change(root, packages, `round-${round}-${time}`);
      }
      host = await Host.start();
      const last = `round-${round}-${CHANGES / packages - 1}`;
      rounds.push(await catchUp({ root, child, host, proxy: proxy!, packages, last }));
    }
    return rounds;
  } finally {
    await host.end();
    await proxy?.close();
    await tree.close();
  }
}

async function catchUp(given: {
  readonly root: GrownNode;
  readonly child: GrownNode;
  readonly host: Host;
  readonly proxy: CountingProxy;
  readonly packages: number;
  readonly last: string;
}): Promise<Figures> {
  const { root, child, host, proxy, packages, last } = given;
  const parentBefore = await root.host.ask({ op: 'USAGE' });
  proxy.takeBytes();
  await host.ask({ op: 'START', plan: child.plan });
  const startedAtMs = monotonicMs();
  const childBefore = await host.ask({ op: 'USAGE' });
  const arrivedAtMs = await has(host, child, packages, last);
  const childAfter = await host.ask({ op: 'USAGE' });
  const parentAfter = await root.host.ask({ op: 'USAGE' });
  const { bytes } = await root.host.ask({ op: 'STATEMENT_BYTES', name: root.name });
  return {
    ...proxy.takeBytes(),
    wallMs: arrivedAtMs - startedAtMs,
    differenceBytes: bytes!,
    parentCpuMs: parentAfter.cpuMs! - parentBefore.cpuMs!,
    childCpuMs: childAfter.cpuMs! - childBefore.cpuMs!,
  };
}

async function change(root: GrownNode, packages: number, marker: string): Promise<void> {
  const { name } = root;
  await root.host.ask({ op: 'CHANGE', name, packages, marker, atOnce: AT_ONCE });
}

/** When the child has the last of them. */
async function has(
  host: Host,
  { name }: GrownNode,
  packages: number,
  marker: string,
): Promise<number> {
  const asked = { op: 'ARRIVED', nodes: [name], marker, count: packages } as const;
  return (await host.ask(asked)).timesMs![0]!;
}
