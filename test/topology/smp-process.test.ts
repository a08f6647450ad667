// A real server process: it stops cleanly, is alone on its data, survives kill -9 in the middle of
// an update, and tells a second process why it may not start.
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, startSmpProcess, type SmpProcess } from '../support/smp-process.ts';
import { waitFor } from '../support/wait-for.ts';

let folder: string;
let dataDir: string;
let running: SmpProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-topology-'));
  dataDir = join(folder, 'data');
});

afterEach(async () => {
  await running?.end('SIGKILL');
  running = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<SmpProcess> {
  return (running = await startSmpProcess(dataDir));
}

/** Answers the package's id. */
async function createPackage(smp: SmpProcess, path: string): Promise<string> {
  const { createPackage: made } = await ask<{ createPackage: { package: { id: string } } }>(
    smp,
    `mutation ($path: String!) {
      createPackage(input: { name: "Tool", source: { kind: LOCAL, path: $path } }) {
        package { id }
      }
    }`,
    { path },
  );
  return made.package.id;
}

const UPDATE = `mutation ($id: ID!) {
  updateDistributionPoints(input: { packageIds: [$id] }) { jobs { id } userErrors { message } }
}`;

interface PackageState {
  readonly internalVersion: number;
  readonly sourceState: string;
  readonly snapshot: { readonly fileCount: number } | null;
}

async function readPackage(smp: SmpProcess, id: string): Promise<PackageState> {
  const query = `query ($id: ID!) {
    package(by: { id: $id }) { internalVersion sourceState snapshot { fileCount } }
  }`;
  return (await ask<{ package: PackageState }>(smp, query, { id })).package;
}

async function fillSource(fileCount: number): Promise<string> {
  const source = join(folder, 'source');
  await mkdir(source);
  const names = Array.from({ length: fileCount }, (_, index) => `file-${index}.bin`);
  await Promise.all(names.map((name) => writeFile(join(source, name), name.repeat(20_000))));
  return source;
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0, and it starts again', async (how) => {
  const first = await start();
  expect(await first.end(how)).toEqual({ code: 0, signal: null });
  const again = await start();
  expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
});

test('the data directory is private to one process, and kill -9 frees it', async () => {
  const first = await start();
  await expect(startSmpProcess(dataDir)).rejects.toThrow(/is used by process \d+/);
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  expect((await stat(join(dataDir, 'admin.token'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(dataDir, 'identity', 'node.key'))).mode & 0o777).toBe(0o600);
  await first.end('SIGKILL');
  const again = await start();
  expect((await fetch(`${again.url}/livez`)).status).toBe(200);
});

test('an update that kill -9 interrupts is finished by the next process', async () => {
  const source = await fillSource(200);
  const first = await start();
  const id = await createPackage(first, source);
  await ask(first, UPDATE, { id });
  await first.end('SIGKILL');
  const second = await start();
  await waitFor(async () => (await readPackage(second, id)).sourceState === 'VERIFIED');
  const { internalVersion, snapshot } = await readPackage(second, id);
  expect(snapshot).toEqual({ fileCount: 200 });
  const guid = await packageGuid(second, id);
  const path = `/Altiris/PackageShare/{${guid.toUpperCase()}}/${internalVersion}/FILE-7.bin`;
  const answer = await fetch(second.url + path);
  expect(await answer.text()).toBe(await readFile(join(source, 'file-7.bin'), 'utf8'));
});

async function packageGuid(smp: SmpProcess, id: string): Promise<string> {
  const query = 'query ($id: ID!) { package(by: { id: $id }) { guid } }';
  return (await ask<{ package: { guid: string } }>(smp, query, { id })).package.guid;
}

test('a node key of another server is refused, with the cure', async () => {
  await (await start()).end('SIGTERM');
  const other = await startSmpProcess(join(folder, 'other'));
  await other.end('SIGTERM');
  const key = await readFile(join(folder, 'other', 'identity', 'node.key'));
  await writeFile(join(dataDir, 'identity', 'node.key'), key);
  await expect(startSmpProcess(dataDir)).rejects.toThrow(/Put the key file back/);
});
