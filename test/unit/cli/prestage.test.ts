// Shows: bundles from the command line, what it refuses, and which packages a site lacks.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lockDataDirectory } from '../../../content/data-directory-lock.ts';
import { exportBundle, readPrestaged, storePaths } from '../../../content/index.ts';
import { systemClock } from '../../../core/clock.ts';
import { generateIdentity } from '../../../core/identity.ts';
import {
  bytesOf,
  OFFICE,
  openStore,
  signedPackage,
  writeTree,
  ZIP,
} from '../content/prestage/support.ts';
import type { TestPackage } from '../content/prestage/support.ts';
import { startFakeSmp, type FakeSmp } from './fake-smp.ts';
import { createOutside, type Outside } from './support.ts';

const owner = generateIdentity();
let outside: Outside;
let smp: FakeSmp;
let zip: TestPackage;
let office: TestPackage;
let bundle: string;
let data: string;

beforeAll(async () => {
  smp = await startFakeSmp();
  outside = await createOutside({ environment: { CANOPY_URL: smp.url, CANOPY_TOKEN: 'canopy_x' } });
  const source = await openStore(path.join(outside.folder, 'source'));
  zip = await signedPackage(source, owner, {
    packageId: ZIP,
    folder: writeTree(path.join(outside.folder, 'zip'), { 'a.bin': bytesOf('a', 5000) }),
  });
  office = await signedPackage(source, owner, {
    packageId: OFFICE,
    name: 'Office',
    folder: writeTree(path.join(outside.folder, 'office'), { 'b.bin': bytesOf('b', 7000) }),
  });
  bundle = path.join(outside.folder, 'bundle.tar');
  const snapshots = [zip.snapshot];
  await exportBundle(source, { snapshots, file: bundle, identity: owner, clock: systemClock });
  await source.close();
  data = path.join(outside.folder, 'ps');
});
afterAll(async () => {
  await smp.close();
  await outside.remove();
});

test('a sound bundle is told from a damaged one by the exit code', async () => {
  expect(await outside.run('prestage', 'verify', bundle, '-o', 'json')).toBe(0);
  expect(JSON.parse(outside.stdout)).toMatchObject({ problems: [], contentBytes: 5000 });
  const bytes = await readFile(bundle);
  bytes[bytes.length - 3000]! ^= 1;
  const damaged = path.join(outside.folder, 'damaged.tar');
  await writeFile(damaged, bytes);
  expect(await outside.run('prestage', 'verify', damaged)).toBe(1);
  expect(outside.stderr).toMatch(/damaged at byte \d+ \(objects/);
  expect(await outside.run('prestage', 'verify', 'nowhere.tar')).toBe(5);
});

test('an import needs a trusted owner, a free directory, and one of a package server', async () => {
  const words = ['prestage', 'import', bundle, '--data-dir', data];
  expect(await outside.run(...words)).toBe(6);
  expect(outside.stderr).toContain(`--trust ${owner.nodeId}`);
  const trusted = [...words, '--trust', owner.nodeId];
  const lock = lockDataDirectory(data);
  expect(await outside.run(...trusted)).toBe(1);
  expect(outside.stderr).toContain('is used by process');
  lock.release();
  expect(await outside.run(...trusted, '-o', 'name')).toBe(0);
  expect([outside.stdout, outside.stderr]).toEqual(['Zip\n', expect.stringContaining('4.9 KiB')]);
  expect(await readPrestaged({ paths: storePaths(data) })).toEqual([zip.snapshot]);
  const server = path.join(outside.folder, 'smp');
  await mkdir(server);
  await writeFile(path.join(server, 'admin.token'), 'canopy_x\n');
  expect(await outside.run('prestage', 'import', bundle, '--data-dir', server)).toBe(2);
});

test('what was imported can be packed again, by a package server with a key', async () => {
  await mkdir(path.join(data, 'identity'), { recursive: true });
  await writeFile(path.join(data, 'identity', 'node.key'), generateIdentity().exportPrivateKey());
  const words = ['prestage', 'export', 'again.tar', '--data-dir', data];
  expect(await outside.run(...words, '--package', 'Zip')).toBe(0);
  expect(await outside.run('prestage', 'verify', 'again.tar')).toBe(0);
  expect(await outside.run(...words)).toBe(2);
  expect(outside.stderr).toContain('--yes');
  expect(await outside.run(...words, '--yes')).toBe(0);
  expect(await outside.run(...words, '--package', 'Nothing')).toBe(5);
});

const SITE = '00000000-0000-0000-0000-0000000000b0';
const SERVER = '00000000-0000-0000-0000-0000000000c0';
const rowOf = ({ snapshot }: TestPackage, mode: string, servers: string[], sites: string[]) =>
  [
    ...[snapshot.packageId, snapshot.name, snapshot.internalVersion, snapshot.rootHash],
    ...[snapshot.manifestHash, snapshot.chunkIndexHash, snapshot.sizeBytes, owner.nodeId],
    ...[owner.publicKey, snapshot.signature, 'true', mode],
    ...[JSON.stringify(servers), JSON.stringify(sites)],
  ].map(String);

function answer(rows: string[][], upToDate: string[] = []): void {
  const packageServer = { guid: SERVER, name: 'PS01' };
  smp.answers = {
    readOnlySql: { columns: [], rows, truncated: false },
    'Site.packageServers': [{ manuallyAssigned: true, packageServer }],
    packageServer: {
      ...packageServer,
      enabled: true,
      sites: [{ site: { guid: SITE, name: 'B' } }],
    },
    'PackageStatusRowConnection.nodes': upToDate.map((packageGuid) => ({
      packageGuid,
      upToDate: true,
    })),
  };
}

async function lacked(): Promise<string[]> {
  expect(await outside.run('prestage', 'missing', '--site', 'Berlin', '-o', 'json')).toBe(0);
  const rows = JSON.parse(outside.stdout) as { name: string; packageServers: string[] }[];
  for (const row of rows) expect(row.packageServers).toEqual(['PS01']);
  return rows.map(({ name }) => name);
}

test.each<[string, string[], string[], boolean]>([
  ['ALL', [], [], true],
  ['INDIVIDUALLY', [SERVER], [], true],
  ['INDIVIDUALLY', [ZIP], [], false],
  ['SITE', [], [SITE], true],
  ['SITE', [SERVER], [ZIP], false],
  ['AUTOMATIC', [], [SITE], true],
])(
  'a site lacks what is assigned to its package servers: %s %j %j',
  async (mode, ps, sites, yes) => {
    answer([rowOf(zip, mode, ps, sites)]);
    expect(await lacked()).toEqual(yes ? ['Zip'] : []);
    answer([rowOf(zip, mode, ps, sites)], [ZIP]);
    expect(await lacked()).toEqual([]);
  },
);

test('what is still missing is told in bytes, after a bundle or beside a store', async () => {
  answer([rowOf(zip, 'ALL', [], []), rowOf(office, 'ALL', [], [])]);
  for (const place of [
    ['--bundle', bundle],
    ['--data-dir', data],
  ]) {
    expect(await outside.run('prestage', 'missing', ...place, '-o', 'json')).toBe(0);
    expect(JSON.parse(outside.stdout)).toMatchObject([{ name: 'Office', missingBytes: 7000 }]);
  }
  expect(await outside.run('prestage', 'missing')).toBe(2);
});
