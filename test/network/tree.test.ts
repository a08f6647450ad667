// A tree over a network that drops, loses, resets and pauses: whatever happened, every node has in the
// end what the root has, and nobody takes a part of it for the whole meanwhile.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accepted,
  CreateEnrollmentTokenDocument,
  CreatePackageDocument,
  createSmpClient,
  DeletePackageDocument,
  HierarchyRelationsDocument,
  HierarchyStatusDocument,
  JoinHierarchyDocument,
  ListPackagesDocument,
  UpdatePackageDocument,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { administrator } from '../../demo/administrator.ts';
import { eventually, startCanopy, type CanopyProcess } from '../topology/processes.ts';
import { Network, type Machine } from './namespaces.ts';

const PORT = 7000;
/** Three heartbeats until a dead link is noticed, and as long again until it is back. */
const HEALED_MS = 120_000;

interface Node {
  readonly machine: Machine;
  readonly url: string;
  readonly client: SmpClient;
  process: CanopyProcess<{ readonly adminTokenFile: string }>;
}

let folder: string;
const network = new Network();
const nodes: Node[] = [];
let serial = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-network-'));
  for (const name of ['root', 'middle', 'leaf']) nodes.push(await startNode(name));
  for (const [index, child] of nodes.slice(1).entries()) await joined(nodes[index]!, child);
}, 180_000);
afterAll(async () => {
  await Promise.all(nodes.map(({ process }) => process.end('SIGKILL')));
  network.close();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => network.heal());

async function startNode(name: string): Promise<Node> {
  const machine = network.add(name);
  const url = `http://${machine.address}:${PORT}`;
  const process = await serve(machine);
  const token = (await readFile(process.ready.adminTokenFile, 'utf8')).trim();
  const admin = administrator(url, token);
  const site = await admin.createSite(name, [`${machine.address}/32`]);
  await admin.createPackageServer({ name: `PS-${name}`, addresses: [machine.address] }, site);
  return { machine, url, client: createSmpClient({ url, token }), process };
}

function serve({ name, address, wrapper }: Machine): Promise<Node['process']> {
  const words = [
    ...['serve', '--data-dir', join(folder, name), '--listen', `0.0.0.0:${PORT}`],
    ...['--public-url', `http://${address}:${PORT}`, '--name', name, '--log-level', 'warn'],
    ...['--site-addresses', address],
  ];
  return startCanopy(words, { wrapper });
}

async function joined(parent: Node, child: Node): Promise<void> {
  const made = await parent.client.execute(CreateEnrollmentTokenDocument, {
    input: { kind: 'CHILD' },
  });
  const input = { parentUrl: parent.url, token: accepted(made.createEnrollmentToken).token! };
  accepted((await child.client.execute(JoinHierarchyDocument, { input })).joinHierarchy);
  await eventually(
    async () => {
      const { smp } = await child.client.execute(HierarchyRelationsDocument);
      return smp.parent?.state === 'JOINED' ? true : undefined;
    },
    () => child.process.log(),
  );
}

async function create(count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const input = { name: `Package ${(serial += 1)}`, source: { kind: 'NONE' } } as const;
    const { createPackage } = await nodes[0]!.client.execute(CreatePackageDocument, { input });
    accepted(createPackage);
  }
}

/** New packages, changed ones and deleted ones at the root. */
async function work(): Promise<void> {
  await create(5);
  const { client } = nodes[0]!;
  const { packages } = await client.execute(ListPackagesDocument, { first: 200 });
  const [first, second] = packages.nodes;
  const changed = { id: first!.id, version: `changed ${serial}` };
  accepted((await client.execute(UpdatePackageDocument, { input: changed })).updatePackage);
  const gone = { id: second!.id };
  accepted((await client.execute(DeletePackageDocument, { input: gone })).deletePackage);
}

async function contentOf({ client }: Node): Promise<string> {
  const { packages } = await client.execute(ListPackagesDocument, { first: 200 });
  const lines = packages.nodes.map(({ guid, name, version }) => `${guid} ${name} ${version}`);
  return lines.toSorted().join('\n');
}

async function expectEqual(): Promise<void> {
  const wanted = await contentOf(nodes[0]!);
  for (const node of nodes.slice(1)) {
    await eventually(
      async () => ((await contentOf(node)) === wanted ? true : undefined),
      async () => `${node.machine.name} has\n${await contentOf(node)}\n${node.process.log()}`,
      HEALED_MS,
    );
  }
}

test('all is well to begin with', async () => {
  // So many that the deletions of all tests are no mass deletion, which would wait for a person.
  await create(100);
  await work();
  await expectEqual();
}, 180_000);

/** Until both ends know that their link is broken: three heartbeats, when nothing says so sooner. */
async function noticed(above: Node, below: Node): Promise<void> {
  await eventually(
    async () => {
      const { smp: parent } = await above.client.execute(HierarchyStatusDocument);
      const { smp: child } = await below.client.execute(HierarchyStatusDocument);
      const told = parent.children.find(({ name }) => name === below.machine.name);
      return !told!.connected && !child.parent!.connected ? true : undefined;
    },
    () => above.process.log() + below.process.log(),
    HEALED_MS,
  );
}

const drop = (from: Node, to: Node): void => network.rule(from.machine, to.machine, 'drop');

test.each([
  ['nothing comes down the first tier', () => drop(nodes[0]!, nodes[1]!), 0],
  ['nothing goes up the first tier', () => drop(nodes[1]!, nodes[0]!), 0],
  ['nothing comes down the second tier', () => drop(nodes[1]!, nodes[2]!), 1],
])(
  '%s',
  async (_, cut, at) => {
    cut();
    await work();
    await noticed(nodes[at]!, nodes[at + 1]!);
    await work();
    network.heal();
    await expectEqual();
  },
  300_000,
);

test('every fourth packet is lost, both ways, on both tiers', async () => {
  for (const [at, below] of nodes.slice(1).entries()) {
    const loss = ['numgen', 'random', 'mod', '100', '<', '25', 'drop'];
    network.rule(nodes[at]!.machine, below.machine, ...loss);
    network.rule(below.machine, nodes[at]!.machine, ...loss);
  }
  await work();
  await work();
  await expectEqual();
}, 300_000);

test('every connection is reset again and again', async () => {
  for (let round = 0; round < 5; round += 1) {
    const reset = ['reject', 'with', 'tcp', 'reset'];
    network.rule(nodes[1]!.machine, nodes[0]!.machine, ...reset);
    network.rule(nodes[2]!.machine, nodes[1]!.machine, ...reset);
    await work();
    network.heal();
  }
  await expectEqual();
}, 300_000);

test('a node in the middle that is killed in the midst of changes goes on where it was', async () => {
  const middle = nodes[1]!;
  const working = work();
  await middle.process.end('SIGKILL');
  await working;
  middle.process = await serve(middle.machine);
  await work();
  await expectEqual();
}, 240_000);
