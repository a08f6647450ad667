import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accepted,
  CreateEnrollmentTokenDocument,
  createSmpClient,
  HierarchyRelationsDocument,
  JoinHierarchyDocument,
  type SmpClient,
} from '../client-sdk/src/index.ts';
import { Releasers } from '../core/releasers.ts';
import { administrator } from '../demo/administrator.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { eventually } from '../test/topology/processes.ts';
import { Host } from './host.ts';
import type { SmpPlan } from './host-protocol.ts';
import type { TreeNode } from './tree-shape.ts';

/** Servers that start or join at a time; two cores have no use for more. */
const PARALLEL = 4;
/** Of a PostgreSQL that keeps what it acknowledged, and holds a database for each SMP. */
const POSTGRES_SETTINGS = ['max_connections=2000', 'shared_buffers=512MB', 'max_wal_size=4GB'];

/** A running SMP of the tree. */
export interface GrownNode extends TreeNode {
  readonly host: Host;
  readonly url: string;
  readonly token: string;
  readonly client: SmpClient;
  readonly plan: SmpPlan;
}

export interface GrownTree {
  readonly nodes: readonly GrownNode[];
  readonly hosts: readonly Host[];
  readonly root: GrownNode;
  close(): Promise<void>;
}

export interface GrowOptions {
  /** Which process a node runs in, from 0. */
  readonly hostOf: (node: TreeNode, index: number) => number;
  /** One database of a PostgreSQL for each node, or an embedded one. */
  readonly database: 'POSTGRES' | 'EMBEDDED';
  /** By which address the children of a node reach it; default its own. */
  readonly reach?: (node: GrownNode) => Promise<string>;
}

/** Starts the servers of a tree and joins them as KB 184143 has it: each in a site with a package server. */
export async function growTree(
  plan: readonly TreeNode[],
  options: GrowOptions,
): Promise<GrownTree> {
  const releasers = new Releasers();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'canopy-bench-'));
    releasers.add(() => rm(folder, { recursive: true, force: true }));
    const postgres =
      options.database === 'POSTGRES' ? await startPostgres(POSTGRES_SETTINGS) : undefined;
    if (postgres) releasers.add(() => postgres.stop());
    const databaseUrls: string[] = [];
    for (const _ of postgres ? plan : []) databaseUrls.push(await postgres!.createDatabase());
    const hosts = await startHosts(1 + Math.max(...plan.map(options.hostOf)), releasers);
    const grown = new Map<string, GrownNode>();
    await inParallel([...plan.entries()], async ([index, node]) => {
      const host = hosts[options.hostOf(node, index)]!;
      const given = { host, index, folder, databaseUrl: databaseUrls[index] };
      grown.set(node.name, await startNode(node, given));
    });
    const nodes = plan.map(({ name }) => grown.get(name)!);
    const reach = options.reach ?? (async ({ url }) => url);
    for (let depth = 1; depth <= Math.max(...plan.map((node) => node.depth)); depth += 1) {
      const tier = nodes.filter((node) => node.depth === depth);
      await inParallel(tier, (node) => joinTo(grown.get(node.parent!.name)!, node, reach));
    }
    return { nodes, hosts, root: nodes[0]!, close: () => releasers.release() };
  } catch (error) {
    await releasers.release();
    throw error;
  }
}

async function startHosts(count: number, releasers: Releasers): Promise<Host[]> {
  const hosts = await Promise.all(Array.from({ length: count }, () => Host.start()));
  releasers.add(async () => void (await Promise.all(hosts.map((host) => host.end()))));
  return hosts;
}

async function startNode(
  node: TreeNode,
  given: {
    readonly host: Host;
    readonly index: number;
    readonly folder: string;
    readonly databaseUrl: string | undefined;
  },
): Promise<GrownNode> {
  const { host, index, folder, databaseUrl } = given;
  const { name } = node;
  const address = `10.${index}.0.1`;
  const plan = { name, dataDir: join(folder, name), databaseUrl, address };
  const { url, token } = (await host.ask({ op: 'START', plan })) as { url: string; token: string };
  const admin = administrator(url, token);
  const site = await admin.createSite(name, [`10.${index}.0.0/16`]);
  await admin.createPackageServer({ name: `ps-${name}` }, site);
  return { ...node, host, url, token, plan, client: createSmpClient({ url, token }) };
}

async function joinTo(
  parent: GrownNode,
  child: GrownNode,
  reach: (node: GrownNode) => Promise<string>,
): Promise<void> {
  const created = await parent.client.execute(CreateEnrollmentTokenDocument, {
    input: { kind: 'CHILD' },
  });
  const token = accepted(created.createEnrollmentToken).token!;
  const input = { parentUrl: await reach(parent), token };
  accepted((await child.client.execute(JoinHierarchyDocument, { input })).joinHierarchy);
  const state = async (): Promise<string | undefined> =>
    (await child.client.execute(HierarchyRelationsDocument, {})).smp.parent?.state;
  await eventually(
    async () => ((await state()) === 'JOINED' ? true : undefined),
    async () => `${child.name} is ${await state()}`,
  );
}

/** Does the work for each, a few at a time. */
export async function inParallel<T>(
  all: readonly T[],
  work: (one: T) => Promise<unknown>,
  parallel = PARALLEL,
): Promise<void> {
  const queue = all.values();
  const lane = async (): Promise<void> => {
    for (const one of queue) await work(one);
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}
