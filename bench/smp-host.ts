/**
 * A process that runs one or several SMPs, and the bare nodes that they are compared with, for a
 * bench that forks it. Runs the build, because the GraphQL schema has decorators.
 */
import { readFile } from 'node:fs/promises';
import type { Package } from '../catalog/model.ts';
import { systemClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import type * as LoadConfig from '../server/config/load-config.ts';
import type * as Start from '../server/start.ts';
import { aPackage } from '../test/support/database-items.ts';
import { BareNode } from './bare-node.ts';
import type { Answer, HostRequest, SmpPlan } from './host-protocol.ts';
import { monotonicMs } from './monotonic.ts';

const built = (path: string): string => new URL(`../dist/server/${path}`, import.meta.url).href;
const { startSmp } = (await import(built('start.js'))) as typeof Start;
const { loadConfig } = (await import(built('config/load-config.js'))) as typeof LoadConfig;

const smps = new Map<string, Start.RunningSmp>();
const bare = new Map<string, BareNode>();

/** Who has what since when: node and marker → package → time, in the order in which they came. */
const arrivals = new Map<string, Map<string, number>>();
const listeners = new Set<() => void>();
const changed: Package[] = [];

function note(node: string, marker: string, packageId: string): void {
  const known = arrivals.get(`${node} ${marker}`) ?? new Map<string, number>();
  arrivals.set(`${node} ${marker}`, known);
  if (!known.has(packageId)) known.set(packageId, monotonicMs());
  for (const listener of listeners) listener();
}

async function start(plan: SmpPlan): Promise<Answer> {
  const { name, dataDir, databaseUrl, address, listen } = plan;
  const { config } = loadConfig({
    flags: { dataDir, listen: listen ?? '127.0.0.1:0', name, requestsPerSecondPerAddress: 0 },
    environment: {
      CANOPY_SITE_ADDRESSES: address,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
  });
  const running = await startSmp(config, {
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    onFatal: (error) => {
      throw error;
    },
  });
  smps.set(name, running);
  const { model, identity } = running.tree.context;
  model.watch((change) => {
    if (change?.kind !== 'package') return;
    const one = model.package(change.key as Parameters<typeof model.package>[0]);
    if (one) note(name, one.version, one.id);
  });
  const token = (await readFile(running.adminTokenFile!, 'utf8')).trim();
  return { url: running.url, token, nodeId: identity.nodeId };
}

async function startBare(name: string, databaseUrl: string): Promise<Answer> {
  const node = await BareNode.start(databaseUrl, (marker) => note(name, marker, ''));
  bare.set(name, node);
  return { url: node.url };
}

/** When each of the nodes had it; waits until all have. */
async function arrived(nodes: readonly string[], marker: string, count: number): Promise<Answer> {
  const times = (): (number | undefined)[] =>
    nodes.map((node) => [...(arrivals.get(`${node} ${marker}`)?.values() ?? [])][count - 1]);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (times().includes(undefined)) return;
      listeners.delete(look);
      resolve();
    };
    listeners.add(look);
    look();
  });
  return { timesMs: times() as number[] };
}

async function change({
  name,
  packages,
  marker,
  atOnce,
}: Extract<HostRequest, { op: 'CHANGE' }>): Promise<Answer> {
  const { context } = smps.get(name)!.tree;
  for (let made = changed.length; made < packages; made += 1) {
    changed.push(aPackage({ name: `Package ${made}`, ownerNodeId: context.identity.nodeId }));
  }
  for (let start = 0; start < packages; start += atOnce) {
    await context.write(async (tx) => {
      for (const one of changed.slice(start, Math.min(start + atOnce, packages))) {
        tx.put('package', { ...one, version: marker, updatedAtMs: systemClock.nowMs() });
      }
    });
  }
  return {};
}

async function statementBytes(name: string): Promise<Answer> {
  const { value } = await smps.get(name)!.tree.context.store.transact((tx) => tx.list('treeItem'));
  const bytes = value.reduce((sum, { storedAtMs: _at, ageMs: _age, withdrawn: _no, ...item }) => {
    return sum + Buffer.byteLength(JSON.stringify(item));
  }, 0);
  return { bytes };
}

function usage(): Answer {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() };
}

async function stop(): Promise<Answer> {
  await Promise.all([...bare.values()].map((node) => node.stop()));
  await Promise.all([...smps.values()].map((smp) => smp.stop()));
  return {};
}

async function answer(request: HostRequest): Promise<Answer> {
  switch (request.op) {
    case 'START':
      return start(request.plan);
    case 'START_BARE':
      return startBare(request.name, request.databaseUrl);
    case 'JOIN_BARE':
      await bare.get(request.name)!.join(request.parentUrl);
      return {};
    case 'COMMIT_BARE':
      await bare.get(request.name)!.take(request.marker);
      return {};
    case 'ARRIVED':
      return arrived(request.nodes, request.marker, request.count ?? 1);
    case 'CHANGE':
      return change(request);
    case 'STATEMENT_BYTES':
      return statementBytes(request.name);
    case 'USAGE':
      return usage();
    case 'STOP':
      return stop();
  }
}

process.on('message', ({ id, request }: { id: number; request: HostRequest }) => {
  answer(request).then(
    (result) => process.send!({ id, result }),
    (error: unknown) => process.send!({ id, error: String((error as Error).stack ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send!({ id: 0, result: {} });
