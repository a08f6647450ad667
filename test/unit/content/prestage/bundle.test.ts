// Shows: a bundle brings exactly what it was made of, once; older and untrusted packages stay out.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  exportBundle,
  findMissing,
  forgetPrestaged,
  importBundle,
  readPrestaged,
  verifyBundle,
  type ContentStore,
  type ImportRequest,
} from '../../../../content/index.ts';
import { decodeTarHeader, encodeTarHeader } from '../../../../content/prestage/tar-header.ts';
import { systemClock } from '../../../../core/clock.ts';
import { generateIdentity } from '../../../../core/identity.ts';
import { createTestFolder, type TestFolder } from '../helpers.ts';
import {
  bytesOf,
  holdsAll,
  OFFICE,
  openStore,
  signedPackage,
  writeTree,
  ZIP,
  type TestPackage,
} from './support.ts';

const owner = generateIdentity();
const trust = {
  trustedOwners: new Set([owner.nodeId as string]),
  current: async () => undefined,
} satisfies ImportRequest;

let folder: TestFolder;
let source: ContentStore;
let zip: TestPackage;
let office: TestPackage;
let file: string;
let stores = 0;

beforeAll(async () => {
  folder = createTestFolder();
  source = await openStore(join(folder.path, 'source'));
  const shared = bytesOf('shared', 90_000);
  zip = await signedPackage(source, owner, {
    packageId: ZIP,
    folder: writeTree(join(folder.path, 'zip'), {
      'setup.exe': bytesOf('zip', 200_000),
      'lib/shared.dll': shared,
      'empty.txt': '',
    }),
  });
  office = await signedPackage(source, owner, {
    packageId: OFFICE,
    name: 'Office',
    folder: writeTree(join(folder.path, 'office'), {
      'office.msi': bytesOf('office', 150_000),
      'copy of shared.dll': shared,
    }),
  });
  file = join(folder.path, 'media', 'bundle.tar');
  await exportBundle(source, request());
});
afterAll(async () => {
  await source.close();
  folder.remove();
});

function request() {
  const snapshots = [zip.snapshot, office.snapshot];
  return { snapshots, file, identity: owner, clock: systemClock };
}

async function withStore(work: (store: ContentStore) => Promise<void>): Promise<void> {
  stores += 1;
  const store = await openStore(join(folder.path, `target-${stores}`));
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

test('what was exported is verified, imported, and then nothing is missing', async () => {
  const verified = await verifyBundle(file);
  expect(verified.problems).toEqual([]);
  expect(verified.index?.maker.nodeId).toBe(owner.nodeId);
  expect([verified.objects, verified.contentBytes]).toEqual([4, 440_000]);
  await withStore(async (store) => {
    const before = await findMissing([zip.snapshot, office.snapshot], { store });
    expect(before.snapshots.map(({ isExact }) => isExact)).toEqual([false, false]);
    const imported = await importBundle(store, file, trust);
    expect(imported.packages.map(({ outcome }) => outcome)).toEqual(['IMPORTED', 'IMPORTED']);
    expect([imported.writtenBytes, imported.presentBytes]).toEqual([440_000, 0]);
    expect(await holdsAll(store, [zip, office])).toBe(true);
    expect((await findMissing([zip.snapshot, office.snapshot], { store })).missingBytes).toBe(0);
    expect(readdirSync(store.paths.temporary)).toEqual([]);
    const manifest = await store.readManifest(zip.snapshot.manifestHash);
    await store.readChunkIndex(zip.snapshot.chunkIndexHash, manifest);
    await store.publishTree(ZIP, zip.snapshot.internalVersion, manifest);
  });
});

test('a second import writes nothing, and a sweep that keeps what was imported removes nothing', async () => {
  await withStore(async (store) => {
    await importBundle(store, file, trust);
    const again = await importBundle(store, file, trust);
    expect([again.writtenBytes, again.presentBytes]).toEqual([0, 440_000]);
  });
  const reopened = await openStore(join(folder.path, `target-${stores}`));
  try {
    const keep = await readPrestaged(reopened);
    expect(keep).toHaveLength(2);
    expect((await reopened.sweep({ keep })).objects).toBe(0);
    await forgetPrestaged(reopened, ({ packageId }) => packageId === OFFICE);
    const swept = await reopened.sweep({ keep: await readPrestaged(reopened) });
    expect(swept.freedBytes).toBeGreaterThan(150_000);
    expect(await holdsAll(reopened, [zip])).toBe(true);
  } finally {
    await reopened.close();
  }
});

test('a package of which a newer version is here is left out, whoever brought it', async () => {
  await withStore(async (store) => {
    const newer = zip.snapshot.internalVersion + 1;
    const current = async (id: string) => (id === ZIP ? newer : undefined);
    const imported = await importBundle(store, file, { ...trust, current });
    expect(imported.packages).toEqual([
      { snapshot: zip.snapshot, outcome: 'OLDER', currentVersion: newer },
      { snapshot: office.snapshot, outcome: 'IMPORTED', currentVersion: undefined },
    ]);
    expect(imported.writtenBytes).toBe(240_000);
    expect((await readPrestaged(store)).map(({ packageId }) => packageId)).toEqual([OFFICE]);
    const missing = await findMissing([zip.snapshot], { store });
    expect(missing.missingBytes).toBe(zip.snapshot.sizeBytes);
  });
  await withStore(async (store) => {
    const next = await signedPackage(source, owner, {
      packageId: ZIP,
      folder: join(folder.path, 'zip'),
      internalVersion: zip.snapshot.internalVersion + 5,
    });
    const newest = join(folder.path, 'newest.tar');
    await exportBundle(source, { ...request(), snapshots: [next.snapshot], file: newest });
    await importBundle(store, newest, trust);
    const { packages } = await importBundle(store, file, trust);
    expect(packages.map(({ outcome }) => outcome)).toEqual(['OLDER', 'IMPORTED']);
  });
});

test('packages of an owner that is not trusted are refused before anything is written', async () => {
  await withStore(async (store) => {
    const nobody = { ...trust, trustedOwners: new Set<string>() };
    await expect(importBundle(store, file, nobody)).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_TRUSTED',
      problems: [{ path: [ZIP] }, { path: [OFFICE] }],
    });
    expect((await store.usage()).objects).toBe(0);
    expect(await readPrestaged(store)).toEqual([]);
  });
});

test('a snapshot that its owner did not sign, or another tree, is not exported', async () => {
  const target = join(folder.path, 'never.tar');
  const forged = { ...zip.snapshot, internalVersion: zip.snapshot.internalVersion + 1 };
  const ask = (snapshot: typeof forged) =>
    exportBundle(source, { ...request(), snapshots: [snapshot], file: target });
  await expect(ask(forged)).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_TRUSTED' });
  const { manifestHash } = office.snapshot;
  await expect(ask({ ...zip.snapshot, manifestHash })).rejects.toMatchObject({
    code: 'SNAPSHOT_NOT_TRUSTED',
  });
  expect(existsSync(target)).toBe(false);
});

test('a damaged object of the store ends the export and leaves the old bundle', async () => {
  const store = await openStore(join(folder.path, 'rotten'));
  try {
    const rotten = await signedPackage(store, owner, {
      packageId: ZIP,
      folder: join(folder.path, 'zip'),
    });
    const victim = rotten.manifest.files.find(({ path }) => path === 'setup.exe')!;
    const object = store.paths.object(victim.sha256);
    const bytes = readFileSync(object);
    bytes[1000]! ^= 1;
    await promisify(execFile)('chmod', ['u+w', object]);
    writeFileSync(object, bytes);
    const target = join(folder.path, 'kept.tar');
    writeFileSync(target, 'old');
    const { snapshot } = rotten;
    await expect(
      exportBundle(store, { ...request(), snapshots: [snapshot], file: target }),
    ).rejects.toMatchObject({ code: 'CONTENT_DAMAGED' });
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(existsSync(`${target}.partial`)).toBe(false);
  } finally {
    await store.close();
  }
});

test('without room nothing is begun, and both figures are told', async () => {
  const freeBytes = async () => 1000;
  const target = join(folder.path, 'small.tar');
  await expect(
    exportBundle(source, { ...request(), file: target, freeBytes }),
  ).rejects.toMatchObject({ code: 'DISK_FULL', message: expect.stringMatching(/\d{8} .*1000/) });
  await withStore(async (store) => {
    await expect(importBundle(store, file, { ...trust, freeBytes })).rejects.toMatchObject({
      code: 'DISK_FULL',
    });
    expect((await store.usage()).objects).toBe(0);
  });
});

test('what a bundle lacks is told in bytes', async () => {
  const partial = join(folder.path, 'partial.tar');
  await exportBundle(source, { ...request(), snapshots: [office.snapshot], file: partial });
  const wanted = [zip.snapshot, office.snapshot];
  const unknown = await findMissing(wanted, { bundle: partial });
  expect(unknown.snapshots.map(({ missingBytes }) => missingBytes)).toEqual([290_000, 0]);
  expect(unknown.snapshots.map(({ isExact }) => isExact)).toEqual([false, true]);
  await withStore(async (store) => {
    await store.writeBlob(await source.readBlob(zip.snapshot.manifestHash));
    const known = await findMissing(wanted, { bundle: partial, store });
    expect(known.snapshots.map(({ missingBytes }) => missingBytes)).toEqual([200_000, 0]);
    expect(known.snapshots[0]!.missingFiles).toEqual(['empty.txt', 'setup.exe']);
    const without = await findMissing(wanted, { store });
    expect(without.missingBytes).toBe(290_000 + 240_000);
  });
  expect((await findMissing(wanted)).missingBytes).toBe(290_000 + 240_000);
  const fetchManifest = (sha256: string) => source.readBlob(sha256);
  const fetched = await findMissing(wanted, { bundle: partial, fetchManifest });
  expect([fetched.missingBytes, fetched.snapshots[0]!.isExact]).toEqual([200_000, true]);
  const other = async () => Buffer.from('{"emptyFolders":[],"files":[]}');
  const lied = await findMissing(wanted, { bundle: partial, fetchManifest: other });
  expect([lied.missingBytes, lied.snapshots[0]!.isExact]).toEqual([290_000, false]);
});

test('any tar lists the members', async () => {
  const { stdout } = await promisify(execFile)('tar', ['-tvf', file]);
  const names = stdout.trim().split('\n');
  expect(names).toHaveLength(1 + 4 + 4 + 1);
  expect(names[0]).toMatch(/canopy-bundle\.json$/);
  expect(names.at(-1)).toMatch(/signature$/);
});

test.each([0, 1, 511, 8 ** 11 - 1, 8 ** 11, 2 ** 45])('a header for %d bytes', (sizeBytes) => {
  const header = encodeTarHeader({ name: 'objects/x', sizeBytes });
  expect(decodeTarHeader(header)).toEqual({ name: 'objects/x', sizeBytes });
});

test('tar reads the size of a member that its own header cannot hold', async () => {
  const big = join(folder.path, 'big.tar');
  const sizeBytes = 9 * 2 ** 30;
  writeFileSync(big, encodeTarHeader({ name: 'objects/big', sizeBytes }));
  const listed = await promisify(execFile)('tar', ['-tvf', big]).catch(
    (error: { stdout: string }) => error,
  );
  expect(listed.stdout).toContain(String(sizeBytes));
});
