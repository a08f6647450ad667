// Shows the way of the bytes with real processes: SMP → unconstrained package server → constrained
// one → agent, what happens when a link of it breaks, and that agents always have a source.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  accepted,
  createSmpClient,
  SetPackageServerAssignmentDocument,
  UpdateSettingsDocument,
  AssignPackageServerToSiteDocument,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { administrator, type Made } from '../../demo/administrator.ts';
import { parsePackageInfo, type PackageInfoAnswer } from '../../legacy/package-info.ts';
import { writePackageInfoRequest } from '../../legacy/package-info-request.ts';
import type { PackageServerStatus } from '../../package-server/index.ts';
import { eventually, runCanopy, startCanopy, type CanopyProcess } from './processes.ts';

interface Server {
  readonly made: Made;
  readonly address: string;
  readonly folder: string;
  url: string;
  process: CanopyProcess<{ readonly url: string }>;
}

const AGENT_ADDRESS = '10.8.1.20';
const LARGE_BYTES = 12_000_000;

let folder: string;
let smp: CanopyProcess<{ readonly url: string; readonly adminTokenFile: string }>;
let client: SmpClient;
let admin: ReturnType<typeof administrator>;
let near: Server;
let far: Server;
let one: Made;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-chain-'));
  smp = await startCanopy([
    ...['serve', '--data-dir', join(folder, 'smp'), '--listen', '127.0.0.1:0'],
    ...['--site-addresses', '10.8.0.1', '--log-level', 'warn'],
  ]);
  const { url, adminTokenFile } = smp.ready;
  const token = (await readFile(adminTokenFile, 'utf8')).trim();
  client = createSmpClient({ url, token });
  admin = administrator(url, token);
  const office = await admin.createSite('Head office', ['10.8.0.0/24']);
  const branch = await admin.createSite('Branch', ['10.8.1.0/24']);
  far = await startServer('PS-FAR', '10.8.0.5', { site: office, constrained: false });
  near = await startServer('PS-NEAR', '10.8.1.5', { site: branch, constrained: true });
  const input = { packageServerId: far.made.id, siteId: branch.id };
  const answer = await client.execute(AssignPackageServerToSiteDocument, { input });
  accepted(answer.assignPackageServerToSite);
  await writeSource(1);
  one = await admin.createPackage('Tool', join(folder, 'source'));
  await admin.update(one, () => undefined);
});

afterAll(async () => {
  await near?.process.end();
  await far?.process.end();
  await smp?.end();
  await rm(folder, { recursive: true, force: true });
});

test('each takes its bytes from the one before, once', async () => {
  const sizeBytes = await holds(near, 1);
  await holds(far, 1);
  expect(await counter(far, 'fetched_bytes_total')).toBe(sizeBytes);
  expect(await counter(near, 'fetched_bytes_total')).toBe(sizeBytes);
  // With the heads of answers, and nothing twice.
  expect(await smpFileBytes()).toBeGreaterThanOrEqual(sizeBytes);
  expect(await smpFileBytes()).toBeLessThan(sizeBytes * 1.01);
  const servedByFar = await counter(far, 'served_bytes_total');
  expect(servedByFar).toBeGreaterThanOrEqual(sizeBytes);
  expect(servedByFar).toBeLessThan(sizeBytes * 1.05);
  // Nothing went the other way; only this test has asked it for its smallest file.
  expect(await counter(near, 'served_bytes_total')).toBeLessThan(10_000);
});

test('the agent takes it from the package servers of its site, the nearest listed first', async () => {
  const before = await smpFileBytes();
  await listed([near, far]);
  const fetched = await runCanopy([
    ...['agent', 'fetch', one.guid, '--server', smp.ready.url, '--ip', AGENT_ADDRESS],
    ...['--folder', join(folder, 'agent'), '-o', 'json'],
  ]);
  expect(fetched.code).toBe(0);
  const { folder: received } = JSON.parse(fetched.stdout) as { folder: string };
  expect(await readFile(join(received, 'version.txt'), 'utf8')).toBe('version 1');
  expect(await smpFileBytes()).toBe(before);
  expect(await counter(near, 'served_bytes_total')).toBeGreaterThan(0);
});

test('while a new version spreads agents always have a source', async () => {
  await limit(6_000_000);
  const watch = watchSources();
  await writeSource(2);
  await admin.update(one, () => undefined);
  await holds(near, 2);
  const { unserved, versions } = await watch.end();
  expect(unserved).toEqual([]);
  expect(versions).toEqual([...versions].sort((a, b) => a - b));
  expect(versions).toHaveLength(2);
});

test('a source killed in the middle is waited for, and what arrived is kept', async () => {
  await limit(3_000_000);
  const before = await counter(near, 'fetched_bytes_total');
  await writeSource(3);
  await admin.update(one, () => undefined);
  await holds(far, 3);
  await eventually(
    async () => ((await lineOf(near)).doneBytes ?? 0) > LARGE_BYTES / 4 || undefined,
    async () => JSON.stringify(await lineOf(near)),
  );
  await far.process.end('SIGKILL');
  await eventually(
    async () => (await lineOf(near)).status === 'RETRYING' || undefined,
    async () => JSON.stringify(await lineOf(near)),
  );
  far.process = await run(far, new URL(far.url).port);
  await limit(0);
  await holds(near, 3);
  const fetchedBytes = (await counter(near, 'fetched_bytes_total')) - before;
  expect(fetchedBytes).toBeLessThan(LARGE_BYTES * 1.1);
});

test('taken from the constrained one, then from all, the package loses their codebases', async () => {
  await assign([far]);
  await listed([far]);
  await assign([]);
  await listed([{ url: smp.ready.url }]);
  await assign([near, far]);
  await listed([near, far]);
});

/** Resolves when agents of the branch are told these sources, in this order. */
async function listed(sources: readonly { readonly url: string }[]): Promise<void> {
  const expected = sources.map(({ url }) => url).join();
  await eventually(
    async () => (await origins()) === expected || undefined,
    async () => `${await origins()} and not ${expected}`,
  );
}

async function startServer(
  name: string,
  address: string,
  { site, constrained }: { readonly site: Made; readonly constrained: boolean },
): Promise<Server> {
  const made = await admin.createPackageServer({ name, addresses: [address], constrained }, site);
  const dataDir = join(folder, name);
  const token = await admin.enrollmentToken(made);
  const words = ['ps', 'register', '--server', smp.ready.url, '--data-dir', dataDir];
  const registered = await runCanopy(words, { environment: { CANOPY_ENROLLMENT_TOKEN: token } });
  expect(registered.code).toBe(0);
  const server = { made, address, folder: dataDir };
  const process = await run(server, '0');
  await admin.publishAt(made, process.ready.url);
  return { ...server, url: process.ready.url, process };
}

function run(
  { address, folder: dataDir }: Pick<Server, 'address' | 'folder'>,
  port: string,
): Promise<Server['process']> {
  return startCanopy([
    ...['ps', 'run', '--data-dir', dataDir, '--listen', `127.0.0.1:${port}`, '--ip', address],
  ]);
}

async function writeSource(version: number): Promise<void> {
  const source = join(folder, 'source');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'version.txt'), `version ${version}`);
  await writeFile(join(source, 'large.bin'), randomBytes(LARGE_BYTES));
}

/** Resolves when it offers the version with this content; answers the size of the package. */
async function holds(server: Server, content: number): Promise<number> {
  return eventually(
    async () => {
      const { status, sizeBytes, internalVersion } = await lineOf(server);
      if (status !== 'READY') return undefined;
      const base = `${server.url}/Altiris/PackageShare/${one.guid}/${internalVersion}`;
      const text = await (await fetch(`${base}/version.txt`)).text();
      return text === `version ${content}` ? sizeBytes : undefined;
    },
    async () => `${JSON.stringify(await lineOf(server))} ${server.process.log()}`,
  );
}

async function lineOf({ url }: Server): Promise<Partial<PackageServerStatus['packages'][number]>> {
  const status = (await (await fetch(`${url}/status`)).json()) as PackageServerStatus;
  return status.packages.find(({ packageId }) => packageId === one.guid) ?? {};
}

async function counter({ url }: Server, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^canopy_package_server_${name} (\\d+)`, 'm').exec(text)?.[1]);
}

async function smpFileBytes(): Promise<number> {
  const text = await (await fetch(`${smp.ready.url}/metrics`)).text();
  return Number(/^canopy_http_sent_bytes_total\{door="files"\} (\d+)/m.exec(text)?.[1]);
}

async function packageInfo(): Promise<PackageInfoAnswer> {
  const xml = writePackageInfoRequest({
    resourceId: undefined,
    packageIds: [one.guid],
    addresses: [AGENT_ADDRESS],
    totalTimeMinutes: 0,
    denySmp: false,
    denyExternalPackageServers: false,
  });
  const page = `${smp.ready.url}/Altiris/NS/Agent/GetPackageInfo.aspx`;
  const answer = await fetch(`${page}?xml=${encodeURIComponent(xml)}`);
  return parsePackageInfo(Buffer.from(await answer.arrayBuffer()))[0]!;
}

async function origins(): Promise<string> {
  return (await packageInfo()).codebases.map(({ url }) => new URL(url).origin).join();
}

/** Asks as an agent does, again and again, and tries every source that it is told. */
function watchSources() {
  const over = new AbortController();
  const unserved: string[] = [];
  const versions = new Set<number>();
  const watching = (async () => {
    while (!over.signal.aborted) {
      const { internalVersion, codebases } = await packageInfo();
      versions.add(internalVersion);
      const served = await Promise.all(codebases.map(({ url }) => serves(url)));
      if (!served.includes(true)) unserved.push(`${internalVersion}: ${JSON.stringify(codebases)}`);
      await setTimeout(20);
    }
  })();
  return {
    end: async () => {
      over.abort();
      await watching;
      return { unserved, versions: [...versions] };
    },
  };
}

async function serves(codebase: string): Promise<boolean> {
  const answer = await fetch(`${codebase.replace(/\/$/, '')}/version.txt`).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status === 200;
}

async function limit(packageServerMaxBytesPerSecond: number): Promise<void> {
  const input = { packageServerMaxBytesPerSecond };
  accepted((await client.execute(UpdateSettingsDocument, { input })).updateSettings);
}

async function assign(servers: readonly Server[]): Promise<void> {
  const packageServerIds = servers.map(({ made }) => made.id);
  const input = { packageId: one.id, mode: 'INDIVIDUALLY', packageServerIds } as const;
  const answer = await client.execute(SetPackageServerAssignmentDocument, { input });
  accepted(answer.setPackageServerAssignment);
}
