// An update makes a version only of a changed tree, strictly rising whatever the clock does, and
// signs, publishes and renders it; sources that cannot be read are told apart.
import { readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  updateDistributionPoint,
  type UpdateOutcome,
  type UpdateRequest,
} from '../../../catalog/distribution-points.ts';
import type { PackageSource, Snapshot } from '../../../catalog/model.ts';
import { createPackage, updatePackage } from '../../../catalog/packages.ts';
import { snapshotStatement } from '../../../content/statement.ts';
import type { Guid } from '../../../core/guid.ts';
import { verifyStatement } from '../../../core/identity.ts';
import { parseSnapshotXml } from '../../../legacy/snapshot-reader.ts';
import { aPackage } from '../../support/database-items.ts';
import { settableClock, START_MS } from './support/settable-clock.ts';
import { testSource, type TestSource } from './support/source-folder.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const START_SECONDS = START_MS / 1000;
const clock = settableClock();
let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let source: TestSource;
let made = 0;

beforeAll(async () => {
  directories = await smpDirectories();
  const uncMounts = {
    '\\\\filer\\pkgs': directories.sources,
    '\\\\filer\\pkgs\\other': '/nowhere',
  };
  smp = await openTestSmp(directories.data, { clock, uncMounts });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});
beforeEach(() => {
  clock.setWall(START_MS);
  source = testSource(directories.sources, `source-${(made += 1)}`);
  source.write('setup.exe', 'first');
  source.write('data/readme.txt', 'read me');
});

async function aPackageOf(of: PackageSource): Promise<Guid> {
  return (await createPackage(smp.context, { name: 'One', source: of })).id;
}
const aLocalPackage = (): Promise<Guid> => aPackageOf({ kind: 'LOCAL', path: source.path });

function update(packageId: Guid, more: Partial<UpdateRequest> = {}): Promise<UpdateOutcome> {
  const request = { packageId, recheck: 'content', force: false, ...more } as const;
  return updateDistributionPoint(smp.point, request);
}

async function newVersion(packageId: Guid): Promise<Snapshot> {
  const outcome = await update(packageId);
  if (outcome.kind !== 'NEW_VERSION') throw new Error(`not a new version: ${outcome.kind}`);
  return outcome.snapshot;
}

async function expectWhole(snapshot: Snapshot): Promise<void> {
  const manifest = await smp.content.readManifest(snapshot.manifestHash);
  const { packageId, internalVersion } = snapshot;
  const damage = await smp.content.verifyTree(packageId, internalVersion, manifest);
  expect(damage).toEqual({ damaged: [], missing: [], extra: [] });
}

test('a new tree is signed, published, rendered and pointed at', async () => {
  const id = await aLocalPackage();
  const { revision } = smp.model.position;
  const snapshot = await newVersion(id);
  expect(snapshot).toMatchObject({ internalVersion: START_SECONDS, fileCount: 2, sizeBytes: 12 });
  expect(smp.model.package(id)).toMatchObject({
    internalVersion: START_SECONDS,
    sourceState: 'VERIFIED',
    updatedAtMs: START_MS,
  });
  expect(smp.model.snapshots(id)).toEqual([snapshot]);
  const changed = (await smp.changesSince(revision)).map(({ kind }) => kind);
  expect(changed.sort()).toEqual(['package', 'snapshot']);

  const statement = snapshotStatement(snapshot);
  expect(verifyStatement(smp.identity.publicKey, statement, snapshot.signature)).toBe(true);
  const altered = snapshotStatement({ ...snapshot, internalVersion: START_SECONDS + 1 });
  expect(verifyStatement(smp.identity.publicKey, altered, snapshot.signature)).toBe(false);

  await expectWhole(snapshot);
  const { paths } = smp.content;
  expect(await readlink(paths.current(id))).toBe(`v${START_SECONDS}`);
  const rendered = parseSnapshotXml(await readFile(paths.snapshotXml(id)));
  expect(rendered).toMatchObject({ internalVersion: START_SECONDS, sizeBytes: 12 });
  expect(rendered.files.map((file) => file.path).sort()).toEqual(['data/readme.txt', 'setup.exe']);
});

test('an unchanged tree keeps its version and writes nothing to the log', async () => {
  const id = await aLocalPackage();
  const { internalVersion } = await newVersion(id);
  const { revision } = smp.model.position;
  clock.advance(3_600_000);
  source.touch('setup.exe', START_SECONDS - 7_200);
  for (const recheck of ['content', 'metadata'] as const) {
    const outcome = await update(id, { recheck });
    expect(outcome).toMatchObject({ kind: 'UNCHANGED', snapshot: { internalVersion } });
  }
  expect(await smp.changesSince(revision)).toEqual([]);
});

test('an older tree that comes back is a new version on that tree', async () => {
  const id = await aLocalPackage();
  const first = await newVersion(id);
  source.write('setup.exe', 'second');
  const second = await newVersion(id);
  source.write('setup.exe', 'first');
  const third = await newVersion(id);
  expect(second.internalVersion).toBe(first.internalVersion + 1);
  expect(third.internalVersion).toBe(second.internalVersion + 1);
  expect(third.rootHash).toBe(first.rootHash);
  for (const one of [first, second, third]) await expectWhole(one);
  expect(smp.model.snapshots(id).map((one) => one.supersededAtMs)).toEqual([
    undefined,
    START_MS,
    START_MS,
  ]);
});

test('versions rise strictly and stay believable whatever the clock says', async () => {
  const id = await aLocalPackage();
  const walls = [
    [START_MS, START_SECONDS],
    [START_MS - 7_200_000, START_SECONDS + 1],
    [0, START_SECONDS + 2],
    [Date.UTC(2100, 0), START_SECONDS + 3],
    [-1, START_SECONDS + 4],
    [START_MS + 60_000, START_SECONDS + 60],
  ] as const;
  for (const [index, [wallMs, expected]] of walls.entries()) {
    clock.setWall(wallMs);
    source.write('setup.exe', `at ${index}`);
    expect((await newVersion(id)).internalVersion).toBe(expected);
  }
});

test('lost files, blobs and manifests of the current version are made whole again', async () => {
  const id = await aLocalPackage();
  const snapshot = await newVersion(id);
  const { paths } = smp.content;
  const { revision } = smp.model.position;
  await rm(join(paths.tree(id, snapshot.internalVersion), 'setup.exe'));
  await rm(paths.blob(snapshot.manifestHash));
  await rm(paths.snapshotXml(id));
  expect(await update(id)).toMatchObject({ kind: 'UNCHANGED' });
  await expectWhole(snapshot);
  expect((await readFile(paths.snapshotXml(id))).length).toBeGreaterThan(0);

  await rm(paths.blob(snapshot.manifestHash));
  await writeFile(paths.blob(snapshot.manifestHash), 'not a manifest');
  expect(await update(id)).toMatchObject({ kind: 'UNCHANGED' });
  await expectWhole(snapshot);
  expect(await smp.changesSince(revision)).toEqual([]);
});

test('a UNC source is read through the longest mount that covers it', async () => {
  const name = source.path.slice(directories.sources.length + 1);
  const id = await aPackageOf({ kind: 'UNC', path: `\\\\FILER\\Pkgs\\${name}` });
  await expectWhole(await newVersion(id));
  expect(smp.model.package(id)).toMatchObject({ sourceState: 'VERIFIED', sourceReason: '' });

  const beyond = await aPackageOf({ kind: 'UNC', path: '\\\\filer\\pkgs\\other\\one' });
  await expect(update(beyond)).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
});

test('a URL with a directory is verified', async () => {
  const url = 'https://vendor.example/one/';
  await expectWhole(
    await newVersion(await aPackageOf({ kind: 'URL', url, directory: source.path })),
  );
});

test.each<PackageSource>([
  { kind: 'URL', url: 'https://vendor.example/one/', directory: undefined },
  { kind: 'UNC', path: '\\\\elsewhere\\pkgs\\one' },
])('an unreadable $kind source gets a version only by force', async (unreadable) => {
  const id = await aPackageOf(unreadable);
  const first = await update(id);
  expect(first).toMatchObject({ kind: 'UNVERIFIED', internalVersion: START_SECONDS });
  const { revision } = smp.model.position;
  clock.advance(60_000);
  expect(await update(id)).toMatchObject({ internalVersion: START_SECONDS });
  expect(await smp.changesSince(revision)).toEqual([]);
  const forced = await update(id, { force: true });
  expect(forced).toMatchObject({ internalVersion: START_SECONDS + 60 });
  const reason = (forced as { reason: string }).reason;
  expect(reason).not.toBe('');
  expect(smp.model.package(id)).toMatchObject({ sourceState: 'UNVERIFIED', sourceReason: reason });
  expect(smp.model.snapshots(id)).toEqual([]);
});

test('a source that becomes readable again supersedes what was before it lost its place', async () => {
  const id = await aLocalPackage();
  await newVersion(id);
  await updatePackage(smp.context, id, { source: { kind: 'UNC', path: '\\\\gone\\pkgs\\one' } });
  await update(id, { force: true });
  await updatePackage(smp.context, id, { source: { kind: 'LOCAL', path: source.path } });
  const { internalVersion } = await newVersion(id);
  expect(internalVersion).toBe(START_SECONDS + 2);
  expect(smp.model.snapshots(id).map((one) => one.supersededAtMs)).toEqual([undefined, START_MS]);
});

test('a package without source, of the parent, or that is not there is refused', async () => {
  const none = await aPackageOf({ kind: 'NONE' });
  await expect(update(none)).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
  expect(smp.model.package(none)).toMatchObject({ sourceState: 'EMPTY', internalVersion: 0 });

  const received = aPackage({ origin: 'REPLICATED', source: { kind: 'LOCAL', path: source.path } });
  await smp.context.write(async (tx) => tx.put('package', received));
  await expect(update(received.id)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(smp.model.package(received.id)).toEqual(received);

  await expect(update(smp.context.random.guid())).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
