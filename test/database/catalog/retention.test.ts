// Versions are kept while current, in grace or among the newest; then rows, trees and bytes go.
import { existsSync } from 'node:fs';
import { updateDistributionPoint } from '../../../catalog/distribution-points.ts';
import type { JobRun } from '../../../catalog/jobs.ts';
import type { Snapshot } from '../../../catalog/model.ts';
import { createPackage, deletePackage } from '../../../catalog/packages.ts';
import { updateSettings } from '../../../catalog/settings-service.ts';
import type { Guid } from '../../../core/guid.ts';
import { contentSweep } from '../../../server/content-jobs.ts';
import { settableClock, START_MS } from './support/settable-clock.ts';
import { testSource, type TestSource } from './support/source-folder.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const HOUR_MS = 3_600_000;
const clock = settableClock();
let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let source: TestSource;
let id: Guid;

beforeEach(async () => {
  clock.setWall(START_MS);
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock });
  source = testSource(directories.sources, 'one');
  source.write('shared.txt', 'in every version');
  const input = { name: 'One', source: { kind: 'LOCAL', path: source.path } } as const;
  id = (await createPackage(smp.context, input)).id;
});
afterEach(async () => {
  await smp?.close();
  await directories?.remove();
});

async function publish(text: string): Promise<Snapshot> {
  source.write('setup.exe', text);
  const request = { packageId: id, recheck: 'content', force: false } as const;
  const outcome = await updateDistributionPoint(smp.point, request);
  if (outcome.kind !== 'NEW_VERSION') throw new Error(outcome.kind);
  return outcome.snapshot;
}

async function sweep(): Promise<string> {
  const { signal } = new AbortController();
  return contentSweep(smp.point)({ signal } as JobRun);
}

const isOnDisk = ({ packageId, internalVersion }: Snapshot): boolean =>
  existsSync(smp.content.paths.tree(packageId, internalVersion));

async function expectWhole(snapshot: Snapshot): Promise<void> {
  const manifest = await smp.content.readManifest(snapshot.manifestHash);
  const { packageId, internalVersion } = snapshot;
  const damage = await smp.content.verifyTree(packageId, internalVersion, manifest);
  expect(damage).toEqual({ damaged: [], missing: [], extra: [] });
}

test('a superseded version outlives its grace time only among the newest', async () => {
  await updateSettings(smp.context, { keepSnapshots: 1, versionGraceMinutes: 24 * 60 });
  const first = await publish('first');
  clock.advance(HOUR_MS);
  const second = await publish('second');
  clock.advance(24 * HOUR_MS);
  expect(await sweep()).toBe('Removed 0 snapshots, kept 2.');
  for (const one of [first, second]) await expectWhole(one);

  const before = await smp.content.usage();
  clock.advance(1);
  expect(await sweep()).toBe('Removed 1 snapshots, kept 1.');
  expect(smp.model.snapshots(id).map((one) => one.internalVersion)).toEqual([
    second.internalVersion,
  ]);
  expect(isOnDisk(first)).toBe(false);
  expect(existsSync(smp.content.paths.blob(first.manifestHash))).toBe(false);
  expect((await smp.content.usage()).objects).toBe(before.objects - 1);
  await expectWhole(second);

  clock.advance(1_000 * 24 * HOUR_MS);
  expect(await sweep()).toBe('Removed 0 snapshots, kept 1.');
  await expectWhole(second);
});

test('the newest versions are kept whatever their age', async () => {
  await updateSettings(smp.context, { keepSnapshots: 2, versionGraceMinutes: 0 });
  const versions: Snapshot[] = [];
  for (const text of ['first', 'second', 'third']) versions.push(await publish(text));
  clock.advance(2 * HOUR_MS);
  expect(await sweep()).toBe('Removed 1 snapshots, kept 2.');
  expect(versions.map(isOnDisk)).toEqual([false, true, true]);
  for (const one of versions.slice(1)) await expectWhole(one);
});

test('a grace time begun by a clock in the future ends all the same', async () => {
  await updateSettings(smp.context, { keepSnapshots: 1, versionGraceMinutes: 60 });
  const first = await publish('first');
  clock.setWall(Date.UTC(2100, 0));
  await publish('second');
  clock.setWall(START_MS);
  expect(await sweep()).toBe('Removed 0 snapshots, kept 2.');
  clock.advance(HOUR_MS);
  expect(await sweep()).toBe('Removed 0 snapshots, kept 2.');
  clock.advance(1);
  expect(await sweep()).toBe('Removed 1 snapshots, kept 1.');
  expect(isOnDisk(first)).toBe(false);
});

test('a deleted package leaves nothing on the disk', async () => {
  const snapshot = await publish('first');
  const { paths } = smp.content;
  expect(existsSync(paths.snapshotXml(id))).toBe(true);
  await deletePackage(smp.context, id);
  clock.advance(2 * HOUR_MS);
  await sweep();
  expect(existsSync(paths.packageFolder(id))).toBe(false);
  expect(existsSync(paths.snapshotXml(id))).toBe(false);
  expect(existsSync(paths.blob(snapshot.manifestHash))).toBe(false);
  expect(await smp.content.usage()).toMatchObject({ objects: 0, bytes: 0 });
});
