import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guid } from '../../core/guid.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { administrator, type Administrator, type Made } from '../../demo/administrator.ts';
import { ticketFor } from '../../hierarchy/crossing/crossing-ticket.ts';
import { offerEvents } from '../../hierarchy/crossing/offer-events.ts';
import { registerPackageServer, startPackageServer } from '../../package-server/index.ts';
import type { CreatePackageServerInput } from '../../client-sdk/src/index.ts';
import { loadConfig } from '../../server/config/load-config.ts';
import { startSmp, type RunningSmp } from '../../server/start.ts';
import { treeItems } from '../support/tree-items.ts';

const HOST = { clock: systemClock, random: systemRandom, logger: silentLogger };

/** An SMP with one site, as it is started. */
export interface Node {
  readonly folder: string;
  readonly running: RunningSmp;
  readonly admin: Administrator;
  readonly token: string;
  readonly site: Made;
}

export async function startNode(
  folder: string,
  given: { readonly name: string; readonly address: string; readonly network: string },
): Promise<Node> {
  const { config } = loadConfig({
    flags: { dataDir: folder, listen: '127.0.0.1:0', name: given.name, durability: 'relaxed' },
    environment: { CANOPY_SITE_ADDRESSES: given.address },
  });
  const onFatal = (error: Error): void => {
    throw error;
  };
  const running = await startSmp(config, { ...HOST, onFatal });
  const token = (await readFile(running.adminTokenFile!, 'utf8')).trim();
  const admin = administrator(running.url, token);
  const site = await admin.createSite(given.name, [given.network]);
  return { folder, running, admin, token, site };
}

/** A running package server and every address that it asked. */
export interface Machine {
  readonly made: Made;
  readonly url: string;
  readonly asked: readonly string[];
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startMachine(
  node: Node,
  folder: string,
  input: CreatePackageServerInput & { readonly addresses: string[] },
): Promise<Machine> {
  const made = await node.admin.createPackageServer(input, node.site);
  const token = await node.admin.enrollmentToken(made);
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = (target, init) => {
    asked.push(target instanceof Request ? target.url : String(target));
    return globalThis.fetch(target, init);
  };
  const smpUrl = node.running.url;
  const signal = AbortSignal.timeout(30_000);
  const dataDirectory = folder;
  await mkdir(folder, { recursive: true });
  await registerPackageServer({ ...HOST, dataDirectory, smpUrl, token, fetch, signal });
  const listen = { host: '127.0.0.1', port: 0 };
  const { addresses } = input;
  const running = await startPackageServer({ ...HOST, dataDirectory, listen, addresses, fetch });
  await node.admin.publishAt(made, running.url);
  return {
    made,
    url: running.url,
    asked,
    metric: async (name) => metricIn(await (await fetch(`${running.url}/metrics`)).text(), name),
    stop: () => running.stop(),
  };
}

/** The sum of a metric over its labels. */
function metricIn(text: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`canopy_package_server_${name}`));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Both sides as a join leaves them. */
export async function joinNodes(parent: Node, child: Node): Promise<{ readonly childId: Guid }> {
  const above = parent.running.tree.context;
  const below = child.running.tree.context;
  const items = treeItems(systemRandom.guid());
  const { nodeId, publicKey } = above.identity;
  const childId = below.model.smp.id;
  await above.write(async (tx) =>
    tx.put('child', {
      ...items.child,
      id: childId,
      nodeId: below.identity.nodeId,
      publicKey: below.identity.publicKey,
      state: 'JOINED',
      metadataOnly: false,
      rule: { kind: 'EVERYTHING' },
    }),
  );
  const { id: guid, name } = above.model.smp;
  await below.write(async (tx) =>
    tx.put('parent', {
      ...items.parent,
      nodeId,
      guid,
      name,
      url: parent.running.url,
      publicKey,
      state: 'JOINED',
      admission: undefined,
      lineage: [{ nodeId, publicKey, guid, name, membership: '' }],
    }),
  );
  return { childId };
}

/** Stands for replication: rows and blobs of a package's current version appear at the child. */
export async function replicate(parent: Node, child: Node, packageId: Guid): Promise<void> {
  const { model } = parent.running.tree.context;
  const one = model.package(packageId)!;
  const snapshot = model.snapshot(packageId, one.internalVersion)!;
  const blobs = join('content', 'blobs');
  await cp(join(parent.folder, blobs), join(child.folder, blobs), { recursive: true });
  await child.running.tree.context.write(async (tx) => {
    tx.put('package', { ...one, source: { kind: 'NONE' }, origin: 'REPLICATED' });
    tx.put('snapshot', snapshot);
  });
}

/** Stands for the link: the parent's events reach the child, its questions the parent. */
export function openLink(parent: Node, child: Node, childId: Guid): { close(): Promise<void> } {
  const { context } = parent.running.tree;
  const { publicKey } = child.running.tree.context.identity;
  const principal = { name: 'child', role: 'CHILD', childId, publicKey } as const;
  const link = child.running.tree.crossing.connected({
    ticket: async (packageId, internalVersion) =>
      ticketFor(context, principal, { packageId, internalVersion }),
  });
  const closing = new AbortController();
  const pump = async (): Promise<void> => {
    for await (const event of offerEvents(context, childId, closing.signal)) await link.take(event);
  };
  const pumping = pump();
  return {
    async close() {
      closing.abort();
      await pumping;
      link.close();
    },
  };
}

/** Files that share nothing, so that every byte counts once. */
export async function writeFiles(
  folder: string,
  sizes: Readonly<Record<string, number>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, sizeBytes] of Object.entries(sizes)) {
    await writeFile(join(folder, name), systemRandom.bytes(sizeBytes));
  }
}
