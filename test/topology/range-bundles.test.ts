// Shows: a real package server takes a second version from a real SMP for the bytes that differ.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accepted,
  createSmpClient,
  CreateEnrollmentTokenDocument,
} from '../../client-sdk/src/index.ts';
import { administrator, type Made } from '../../demo/administrator.ts';
import type { PackageServerStatus } from '../../package-server/index.ts';
import { eventually, runCanopy, startCanopy, type CanopyProcess } from './processes.ts';

interface SmpReady {
  readonly url: string;
  readonly adminTokenFile: string;
}

const FILE_BYTES = 3_000_000;
const EDITS = 40;

let folder: string;
let smp: CanopyProcess<SmpReady>;
let ps: CanopyProcess<{ readonly url: string }> | undefined;
let proxy: Server;
/** Bytes that went through the proxy to the package server. */
let wireBytes = 0;
let tool: Made;
let admin: ReturnType<typeof administrator>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-bundles-'));
  smp = await startCanopy<SmpReady>([
    ...['serve', '--data-dir', join(folder, 'smp'), '--listen', '127.0.0.1:0'],
    ...['--log-level', 'warn'],
  ]);
  proxy = await startProxy(Number(new URL(smp.ready.url).port));
  const { url, adminTokenFile } = smp.ready;
  const token = (await readFile(adminTokenFile, 'utf8')).trim();
  admin = administrator(url, token);
  await mkdir(join(folder, 'source'));
  await writeFile(join(folder, 'source', 'program.bin'), program(1));
  const site = await admin.createSite('Branch', ['10.9.0.0/16']);
  const packageServer = await admin.createPackageServer(
    { name: 'PS01', addresses: ['10.9.0.5'] },
    site,
  );
  tool = await admin.createPackage('Tool', join(folder, 'source'));
  await admin.update(tool, () => undefined);

  const client = createSmpClient({ url, token });
  const input = { kind: 'PACKAGE_SERVER' as const, packageServerId: packageServer.id };
  const answer = await client.execute(CreateEnrollmentTokenDocument, { input });
  const environment = { CANOPY_ENROLLMENT_TOKEN: accepted(answer.createEnrollmentToken).token! };
  const { port } = proxy.address() as AddressInfo;
  const server = ['--server', `http://127.0.0.1:${port}`, '--data-dir', join(folder, 'ps')];
  const registered = await runCanopy(['package-server', 'register', ...server], { environment });
  expect(registered.code).toBe(0);
});

afterAll(async () => {
  await ps?.end();
  await smp?.end();
  await new Promise((resolve) => proxy.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

test('edits all over a file cost a small part of the ranges that hold them', async () => {
  ps = await startCanopy([
    ...['package-server', 'run', '--data-dir', join(folder, 'ps'), '--listen', '127.0.0.1:0'],
    ...['--ip', '10.9.0.5'],
  ]);
  const first = await readyVersion(0);
  expect(wireBytes).toBeGreaterThan(FILE_BYTES);

  wireBytes = 0;
  await writeFile(join(folder, 'source', 'program.bin'), program(2));
  await admin.update(tool, () => undefined);
  const second = await readyVersion(first);
  const base = `${ps.ready.url}/Altiris/PackageShare/${tool.guid}/${second}`;
  const served = await (await fetch(`${base}/program.bin`)).arrayBuffer();
  expect(Buffer.from(served).equals(program(2))).toBe(true);

  const planned = [...ps.log().matchAll(/"bytesPlanned":(\d+)/g)].map(([, text]) => Number(text));
  expect(planned).toHaveLength(2);
  expect(planned[1]).toBeGreaterThan(EDITS * 10_000);
  // Everything counts: the link, reports, manifest and chunk index too.
  expect(wireBytes).toBeLessThan(planned[1]! / 6);
});

/** Bytes that do not compress, with edits of 8 bytes all over them. */
function program(version: number): Buffer {
  const blocks = Array.from({ length: FILE_BYTES / 32 }, (_, at) =>
    createHash('sha256').update(`block ${at}`).digest(),
  );
  const bytes = Buffer.concat(blocks);
  for (let edit = 0; edit < EDITS; edit += 1) {
    bytes.writeDoubleBE(version, 1_000 + edit * Math.floor(FILE_BYTES / EDITS));
  }
  return bytes;
}

async function readyVersion(after: number): Promise<number> {
  const status = async (): Promise<PackageServerStatus> =>
    (await (await fetch(`${ps!.ready.url}/status`)).json()) as PackageServerStatus;
  return await eventually(
    async () => {
      const line = (await status()).packages.find(({ packageId }) => packageId === tool.guid);
      const isThere = line?.status === 'READY' && line.internalVersion > after;
      return isThere ? line.internalVersion : undefined;
    },
    async () => `${JSON.stringify(await status())} ${ps!.log()}`,
  );
}

/** Passes connections on to the SMP and counts what comes back. */
async function startProxy(port: number): Promise<Server> {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    far.on('data', (bytes) => (wireBytes += bytes.length));
    near.pipe(far);
    far.pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
