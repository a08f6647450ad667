import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { systemRandom } from '../../core/random.ts';
import { administrator, type Administrator, type Made } from '../../demo/administrator.ts';
import { createHttpTransport, type HttpTransport } from '../../delivery/index.ts';
import { registerPackageServer, startPackageServer } from '../../package-server/index.ts';
import {
  accepted,
  CreateEnrollmentTokenDocument,
  createSmpClient,
  JoinHierarchyDocument,
  type CreatePackageServerInput,
} from '../../client-sdk/src/index.ts';
import { loadConfig } from '../../server/config/load-config.ts';
import { startSmp, type RunningSmp } from '../../server/start.ts';
import { eventually } from './processes.ts';

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
  const overHttp = createHttpTransport();
  const transport: HttpTransport = (url, request) => {
    asked.push(url);
    return overHttp(url, request);
  };
  const smpUrl = node.running.url;
  const signal = AbortSignal.timeout(30_000);
  const dataDirectory = folder;
  await mkdir(folder, { recursive: true });
  await registerPackageServer({ ...HOST, dataDirectory, smpUrl, token, fetch, signal });
  const listen = { host: '127.0.0.1', port: 0 };
  const { addresses } = input;
  const network = { listen, addresses, fetch, transport };
  const running = await startPackageServer({ ...HOST, dataDirectory, ...network });
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

/** Joins a child to a parent, as administrators do, and waits until both say so. */
export async function joinNodes(parent: Node, child: Node): Promise<void> {
  const above = createSmpClient({ url: parent.running.url, token: parent.token });
  const below = createSmpClient({ url: child.running.url, token: child.token });
  const made = await above.execute(CreateEnrollmentTokenDocument, { input: { kind: 'CHILD' } });
  const token = accepted(made.createEnrollmentToken).token!;
  const input = { parentUrl: parent.running.url, token };
  accepted((await below.execute(JoinHierarchyDocument, { input })).joinHierarchy);
  const { tree } = child.running.tree.context.model;
  await eventually(
    async () => (tree.parent?.state === 'JOINED' ? true : undefined),
    () => JSON.stringify(tree.parent),
  );
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
