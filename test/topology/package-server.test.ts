// Shows: SMP, package server and agent as real processes, from enrolment to healing and deletion.
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readlink,
  readdir,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accepted,
  createSmpClient,
  CreateEnrollmentTokenDocument,
  ExplainCodebasesDocument,
  UpdatePackageServerDocument,
  UpdateSettingsDocument,
  type SmpClient,
} from '../../client-sdk/src/index.ts';
import { bracedGuid, type Guid } from '../../core/guid.ts';
import { administrator, type Made } from '../../demo/administrator.ts';
import type { PackageServerStatus } from '../../package-server/index.ts';
import { eventually, runCanopy, startCanopy, type CanopyProcess } from './processes.ts';

interface SmpReady {
  readonly url: string;
  readonly adminTokenFile: string;
}

let folder: string;
let smp: CanopyProcess<SmpReady>;
let ps: CanopyProcess<{ readonly url: string }>;
let client: SmpClient;
let admin: ReturnType<typeof administrator>;
let packageServer: Made;
let one: Made;
let firstVersion: number;

const SITE_ADDRESS = '10.9.0.20';
const smpFlags = (port: string): string[] => [
  ...['serve', '--data-dir', join(folder, 'smp'), '--listen', `127.0.0.1:${port}`],
  ...['--log-level', 'warn'],
];
const psFolder = (): string => join(folder, 'ps');
const startPs = (port = '0'): Promise<CanopyProcess<{ readonly url: string }>> =>
  startCanopy([
    ...['package-server', 'run', '--data-dir', psFolder(), '--listen', `127.0.0.1:${port}`],
    ...['--ip', '10.9.0.5', '--patrol-every', '1s'],
  ]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-ps-'));
  smp = await startCanopy<SmpReady>(smpFlags('0'));
  const { url, adminTokenFile } = smp.ready;
  const token = (await readFile(adminTokenFile, 'utf8')).trim();
  client = createSmpClient({ url, token });
  admin = administrator(url, token);
  await writeSource(1);
  const site = await admin.createSite('Branch', ['10.9.0.0/16']);
  packageServer = await admin.createPackageServer({ name: 'PS01', addresses: ['10.9.0.5'] }, site);
  one = await admin.createPackage('Tool', join(folder, 'source'));
  await admin.update(one, () => undefined);
});

afterAll(async () => {
  await ps?.end();
  await smp?.end();
  await rm(folder, { recursive: true, force: true });
});

test('a token makes this host a package server, once', async () => {
  const input = { kind: 'PACKAGE_SERVER' as const, packageServerId: packageServer.id };
  const answer = await client.execute(CreateEnrollmentTokenDocument, { input });
  const { token } = accepted(answer.createEnrollmentToken);
  const words = ['package-server', 'register', '--server', smp.ready.url];
  const options = { environment: { CANOPY_ENROLLMENT_TOKEN: token! } };
  const first = await runCanopy([...words, '--data-dir', psFolder()], options);
  expect(first).toMatchObject({ code: 0, stdout: `${packageServer.guid}\n` });
  const again = await runCanopy([...words, '--data-dir', psFolder()], options);
  expect(again).toMatchObject({ code: 0, stdout: `${packageServer.guid}\n` });
  const other = await runCanopy([...words, '--data-dir', join(folder, 'other')], options);
  expect(other.code).not.toBe(0);
  expect(other.stderr).not.toContain(token);
});

test('what is assigned is fetched, verified, published and offered', async () => {
  ps = await startPs();
  const input = { id: packageServer.id, httpUrl: ps.ready.url };
  accepted((await client.execute(UpdatePackageServerDocument, { input })).updatePackageServer);
  const line = await readyVersion(() => true);
  firstVersion = line.internalVersion;
  await offered(firstVersion);
  await expectPublished(firstVersion, 1);
});

test('an agent of the site gets the package from it', async () => {
  const fetched = await runCanopy([
    ...['agent', 'fetch', one.guid, '--server', smp.ready.url, '--ip', SITE_ADDRESS],
    ...['--folder', join(folder, 'agent'), '--deny', 'ns', '-o', 'json'],
  ]);
  expect(fetched.code).toBe(0);
  const { folder: received } = JSON.parse(fetched.stdout) as { folder: string };
  await expectFolder(received, 1);
});

test('a damaged file is withdrawn and comes back by itself, although its time was put back', async () => {
  const file = join(publishedFolder(), `v${firstVersion}`, 'big.bin');
  await flipByte(file);
  await eventually(
    async () => (ps.log().includes('changed: big.bin') ? true : undefined),
    () => ps.log(),
  );
  await readyVersion(() => true);
  await expectPublished(firstVersion, 1);
  // One chunk of 700,000 bytes.
  expect(plannedBytes().at(-1)).toBeLessThan(100_000);
});

test('a deleted and an added file are repaired', async () => {
  const tree = join(publishedFolder(), `v${firstVersion}`);
  await rm(join(tree, 'readme.txt'));
  await writeFile(join(tree, 'added.txt'), 'not part of it');
  await eventually(
    async () => ((await readdir(tree)).includes('added.txt') ? undefined : true),
    () => ps.log(),
  );
  await readyVersion(() => true);
  await expectPublished(firstVersion, 1);
});

test('after a kill it goes on, and serves while the SMP is away', async () => {
  await ps.end('SIGKILL');
  const port = new URL(ps.ready.url).port;
  const smpPort = new URL(smp.ready.url).port;
  expect(await smp.end()).toBe(0);
  ps = await startPs(port);
  // What the kill kept from the disk of its state is verified anew, from what is here.
  await readyVersion(() => true);
  await expectPublished(firstVersion, 1);
  smp = await startCanopy<SmpReady>(smpFlags(smpPort));
  await eventually(
    async () => ((await status()).link.connected ? true : undefined),
    async () => JSON.stringify(await status()),
  );
  await offered(firstVersion);
});

test('a new version is switched to when it is verified; the old one stays for its grace', async () => {
  await writeSource(2);
  await admin.update(one, () => undefined);
  const line = await readyVersion(({ internalVersion }) => internalVersion > firstVersion);
  expect(line.versions).toEqual([line.internalVersion, firstVersion]);
  await offered(line.internalVersion);
  await expectPublished(line.internalVersion, 2);
  await expectServed(firstVersion, 1);
  expect(plannedBytes().at(-1)).toBeLessThan(100_000);
});

test('killed again and again in a transfer it goes on from what has arrived', async () => {
  const limit = { packageServerMaxBytesPerSecond: 8_000_000 };
  accepted((await client.execute(UpdateSettingsDocument, { input: limit })).updateSettings);
  const { port } = new URL(ps.ready.url);
  const before = (await readyVersion(() => true)).internalVersion;
  const large = randomBytes(24_000_000);
  await writeFile(join(folder, 'source', 'large.bin'), large);
  await admin.update(one, () => undefined);
  for (let kill = 0; kill < 4; kill += 1) {
    // Some three megabytes further each time.
    await eventually(
      async () => {
        const { internalVersion, doneBytes = 0 } = (await status()).packages[0]!;
        return internalVersion > before && doneBytes > (kill + 1) * 3_500_000 ? true : undefined;
      },
      async () => JSON.stringify(await status()),
    );
    await ps.end('SIGKILL');
    ps = await startPs(port);
    await expectServed(before, 2);
  }
  const off = { packageServerMaxBytesPerSecond: 0 };
  accepted((await client.execute(UpdateSettingsDocument, { input: off })).updateSettings);
  const { internalVersion } = await readyVersion((line) => line.internalVersion > before);
  const base = `${ps.ready.url}/Altiris/PackageShare/${one.guid}/${internalVersion}`;
  const received = Buffer.from(await (await fetch(`${base}/large.bin`)).arrayBuffer());
  expect(received.equals(large)).toBe(true);
  expect(plannedBytes().at(-1)).toBeLessThan(14_000_000);
});

test('ps status, verify and resend-status speak with the running process', async () => {
  const shown = await runCanopy(['package-server', 'status', '--data-dir', psFolder()]);
  expect(shown).toMatchObject({ code: 0 });
  expect(shown.stdout).toContain('READY');
  const verified = await runCanopy(['ps', 'verify', 'Tool', '--data-dir', psFolder()]);
  expect(verified).toMatchObject({ code: 0, stdout: `${one.guid}\n` });
  expect(await runCanopy(['ps', 'resend-status', '--data-dir', psFolder()])).toMatchObject({
    code: 0,
  });
});

test('two processes do not run on one data directory', async () => {
  await expect(startPs()).rejects.toThrow('is used by process');
});

test('it ends with 0 and removes its address', async () => {
  expect(await ps.end()).toBe(0);
  const shown = await runCanopy(['ps', 'status', '--data-dir', psFolder(), '-o', 'json']);
  expect(shown.code).toBe(1);
  expect((JSON.parse(shown.stdout) as PackageServerStatus).running).toBe(false);
});

/** What each transfer announced before its first byte. */
function plannedBytes(): number[] {
  const lines = ps
    .log()
    .split('\n')
    .filter((line) => line.includes('"bytesPlanned"'));
  return lines.map((line) => (JSON.parse(line) as { bytesPlanned: number }).bytesPlanned);
}

async function status(): Promise<PackageServerStatus> {
  return (await (await fetch(`${ps.ready.url}/status`)).json()) as PackageServerStatus;
}

async function readyVersion(
  isWanted: (line: PackageServerStatus['packages'][number]) => boolean,
): Promise<PackageServerStatus['packages'][number]> {
  return await eventually(
    async () => {
      const line = (await status()).packages.find(({ packageId }) => packageId === one.guid);
      return line?.status === 'READY' && isWanted(line) ? line : undefined;
    },
    async () => `${JSON.stringify(await status())} ${ps.log()}`,
  );
}

/** The SMP offers this version from the package server to an agent of the site. */
async function offered(internalVersion: number): Promise<void> {
  const request = { package: { guid: one.guid }, addresses: [SITE_ADDRESS] };
  await eventually(
    async () => {
      const answer = await client.execute(ExplainCodebasesDocument, { request });
      const { candidates, offeredVersion } = answer.explainCodebases;
      const isOffered = candidates.some(({ name, accepted: yes }) => name === 'PS01' && yes);
      return isOffered && offeredVersion === internalVersion ? true : undefined;
    },
    async () =>
      JSON.stringify(
        (await client.execute(ExplainCodebasesDocument, { request })).explainCodebases,
      ),
  );
}

async function expectPublished(internalVersion: number, content: number): Promise<void> {
  await expectServed(internalVersion, content);
  await expectFolder(join(publishedFolder(), `v${internalVersion}`), content);
  expect(await readlink(join(publishedFolder(), 'cache'))).toBe(`v${internalVersion}`);
}

async function expectServed(internalVersion: number, content: number): Promise<void> {
  const base = `${ps.ready.url}/Altiris/PackageShare/${one.guid}/${internalVersion}`;
  for (const [path, text] of Object.entries(sourceFiles(content))) {
    const response = await fetch(`${base}/${path}`);
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(text)).toBe(true);
  }
}

async function expectFolder(tree: string, content: number): Promise<void> {
  for (const [path, text] of Object.entries(sourceFiles(content))) {
    expect((await readFile(join(tree, path))).equals(text)).toBe(true);
  }
}

const publishedFolder = (): string =>
  join(psFolder(), 'PackageShare', bracedGuid(one.guid as Guid));

function sourceFiles(content: number): Record<string, Buffer> {
  const big = Buffer.alloc(700_000);
  for (let at = 0; at < big.length; at += 4) big.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  big.write(`version ${content}`, 300_000);
  return {
    'readme.txt': Buffer.from(`Tool, version ${content}\n`),
    'big.bin': big,
    'sub/same.txt': Buffer.from('the same in every version\n'),
  };
}

async function writeSource(content: number): Promise<void> {
  for (const [path, text] of Object.entries(sourceFiles(content))) {
    const file = join(folder, 'source', path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
  }
}

/** In place, so that the content in the store changes with it. */
async function flipByte(file: string): Promise<void> {
  await chmod(file, 0o644);
  const handle = await open(file, 'r+');
  const { atime, mtime } = await handle.stat();
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, 123_456);
  byte[0]! ^= 1;
  await handle.write(byte, 0, 1, 123_456);
  await handle.close();
  await chmod(file, 0o444);
  await utimes(file, atime, mtime);
}
