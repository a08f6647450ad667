// What goes wrong with a source, or meets an edit, leaves the old version deliverable and says why.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  updateDistributionPoint,
  type DistributionPoint,
  type UpdateOutcome,
} from '../../../catalog/distribution-points.ts';
import { listCodebases } from '../../../catalog/list-codebases.ts';
import type { Snapshot } from '../../../catalog/model.ts';
import { createPackage, deletePackage, updatePackage } from '../../../catalog/packages.ts';
import type { ContentStore } from '../../../content/index.ts';
import { CanopyError, type Problem } from '../../../core/errors.ts';
import type { Guid } from '../../../core/guid.ts';
import { failureOf } from './support/failure.ts';
import { settableClock } from './support/settable-clock.ts';
import { testSource, type TestSource } from './support/source-folder.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const clock = settableClock();
let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let source: TestSource;
let id: Guid;
let first: Snapshot;
let made = 0;

beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});

/** Every test starts with a package that has one version. */
beforeEach(async () => {
  source = testSource(directories.sources, `source-${(made += 1)}`);
  source.write('setup.exe', 'first');
  const input = { name: 'One', source: { kind: 'LOCAL', path: source.path } } as const;
  id = (await createPackage(smp.context, input)).id;
  const outcome = await update();
  if (outcome.kind !== 'NEW_VERSION') throw new Error(outcome.kind);
  first = outcome.snapshot;
});

function update(point: DistributionPoint = smp.point): Promise<UpdateOutcome> {
  return updateDistributionPoint(point, { packageId: id, recheck: 'content', force: false });
}

/** The same server, where `event` happens between the reading of a source and its commit. */
function pointWhere(event: () => Promise<unknown>): DistributionPoint {
  const { content } = smp;
  const build: ContentStore['build'] = async (request) => {
    const tree = await content.build(request);
    await event();
    return tree;
  };
  return {
    ...smp.point,
    content: Object.assign(Object.create(content) as ContentStore, { build }),
  };
}

async function expectDeliverable({ packageId, internalVersion, manifestHash }: Snapshot) {
  const rows = listCodebases(smp.model, packageId);
  expect(rows).toMatchObject([{ internalVersion, trust: 'OWN' }]);
  const manifest = await smp.content.readManifest(manifestHash);
  const damage = await smp.content.verifyTree(packageId, internalVersion, manifest);
  expect(damage).toEqual({ damaged: [], missing: [], extra: [] });
}

test('hostile names are refused with every reason, and the old version stays', async () => {
  const hostile = ['con.txt', 'trailing dot.', 'a:b', 'rtl\u202ename', 'Setup.EXE', 'tab\there'];
  for (const name of hostile) source.write(name, 'x');
  mkdirSync(join(source.path, 'deep'));
  symlinkSync('/etc/passwd', join(source.path, 'deep', 'link'));
  const error = await failureOf(update());
  expect(error.code).toBe('PACKAGE_REFUSED');
  const named = new Set(error.problems.map((problem: Problem) => problem.path[0]));
  for (const name of [...hostile.slice(0, 4), 'tab\there', 'deep/link']) {
    expect(named).toContain(name);
  }
  expect(named.has('Setup.EXE') || named.has('setup.exe')).toBe(true);
  expect(error.problems.every((problem: Problem) => problem.hint !== undefined)).toBe(true);
  expect(smp.model.package(id)).toMatchObject({
    sourceState: 'FAILED',
    sourceReason: error.message,
    internalVersion: first.internalVersion,
  });
  await expectDeliverable(first);

  for (const name of [...hostile, 'deep']) source.remove(name);
  expect(await update()).toMatchObject({ kind: 'UNCHANGED' });
  expect(smp.model.package(id)).toMatchObject({ sourceState: 'VERIFIED', sourceReason: '' });
});

test('a source that is gone fails once, and costs the log one change', async () => {
  source.remove('setup.exe');
  const { revision } = smp.model.position;
  expect(await failureOf(update())).toMatchObject({ code: 'SOURCE_MISSING' });
  expect(await failureOf(update())).toMatchObject({ code: 'SOURCE_MISSING' });
  expect(await smp.changesSince(revision)).toMatchObject([{ kind: 'package', key: id }]);
  await expectDeliverable(first);
});

test('a source folder inside the data folder is refused', async () => {
  const path = smp.content.paths.tree(id, first.internalVersion);
  await updatePackage(smp.context, id, { source: { kind: 'LOCAL', path } });
  expect(await failureOf(update())).toMatchObject({ code: 'INVALID_INPUT' });
  expect(smp.model.package(id)?.sourceState).toBe('FAILED');
  await expectDeliverable(first);
});

test('an edit during the update keeps what was edited', async () => {
  source.write('setup.exe', 'second');
  const edit = () =>
    updatePackage(smp.context, id, { name: 'Renamed', priority: 'HIGH', version: '2.0' });
  expect(await update(pointWhere(edit))).toMatchObject({ kind: 'NEW_VERSION' });
  expect(smp.model.package(id)).toMatchObject({
    name: 'Renamed',
    priority: 'HIGH',
    version: '2.0',
    sourceState: 'VERIFIED',
    internalVersion: first.internalVersion + 1,
  });
});

test('a source replaced during the update keeps the old version and its own state', async () => {
  source.write('setup.exe', 'second');
  const other = testSource(directories.sources, `source-${(made += 1)}`);
  other.write('setup.exe', 'other');
  const replace = () =>
    updatePackage(smp.context, id, { source: { kind: 'LOCAL', path: other.path } });
  expect(await failureOf(update(pointWhere(replace)))).toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(smp.model.package(id)).toMatchObject({
    sourceState: 'PENDING',
    sourceReason: '',
    internalVersion: first.internalVersion,
  });
  await expectDeliverable(first);

  const next = await update();
  expect(next).toMatchObject({ snapshot: { internalVersion: first.internalVersion + 1 } });
  await expectDeliverable((next as { snapshot: Snapshot }).snapshot);
});

test('a source written to in every reading is SOURCE_CHANGED and FAILED', async () => {
  let writes = 0;
  const request = {
    packageId: id,
    recheck: 'content',
    force: false,
    onProgress: ({ phase }: { readonly phase: string }) => {
      if (phase === 'CONFIRM') source.write('setup.exe', `change ${(writes += 1)}`);
    },
  } as const;
  const error = await failureOf(updateDistributionPoint(smp.point, request));
  expect(error).toMatchObject({ code: 'SOURCE_CHANGED' });
  expect(error.message).toContain('setup.exe');
  expect(smp.model.package(id)).toMatchObject({ sourceState: 'FAILED' });
  await expectDeliverable(first);
});

test('a package deleted during the update stays deleted', async () => {
  source.write('setup.exe', 'second');
  const error = await failureOf(update(pointWhere(() => deletePackage(smp.context, id))));
  expect(error).toMatchObject({ code: 'NOT_FOUND' });
  expect(smp.model.package(id)).toBeUndefined();
  expect(smp.model.snapshots(id)).toEqual([]);
});

test('two updates at once take turns, and each version is one tree', async () => {
  source.write('setup.exe', 'second');
  let later: Promise<UpdateOutcome> | undefined;
  const sooner = await update(
    pointWhere(async () => {
      source.write('setup.exe', 'third');
      later = update();
    }),
  );
  const versions = [sooner, await later!] as { kind: string; snapshot: Snapshot }[];
  expect(versions.map((one) => one.kind)).toEqual(['NEW_VERSION', 'NEW_VERSION']);
  expect(versions.map((one) => one.snapshot.internalVersion - first.internalVersion)).toEqual([
    1, 2,
  ]);
  for (const { snapshot } of versions) {
    const manifest = await smp.content.readManifest(snapshot.manifestHash);
    const damage = await smp.content.verifyTree(id, snapshot.internalVersion, manifest);
    expect(damage).toEqual({ damaged: [], missing: [], extra: [] });
  }
});

test('a cancelled update, or one of a server that stops, changes nothing', async () => {
  source.write('setup.exe', 'second');
  const { revision } = smp.model.position;
  const reason = new Error('cancelled');
  const request = { packageId: id, recheck: 'content', force: false } as const;
  const signal = AbortSignal.abort(reason);
  await expect(updateDistributionPoint(smp.point, { ...request, signal })).rejects.toBe(reason);
  const stopping = pointWhere(async () => {
    throw new CanopyError('NOT_READY', 'The server stops.');
  });
  expect(await failureOf(update(stopping))).toMatchObject({ code: 'NOT_READY' });
  expect(await smp.changesSince(revision)).toEqual([]);
  await expectDeliverable(first);
});
