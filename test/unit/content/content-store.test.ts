// The store takes private copies of source folders, publishes them as plain folders, and heals.
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildProgress } from '../../../content/build-request.ts';
import type { ContentStore } from '../../../content/content-store.ts';
import { createTestFolder, openTestStore, toPrevious, type TestFolder } from './helpers.ts';
import { sha256Hex } from '../../../content/tree.ts';
import { toGuid } from '../../../core/guid.ts';

const packageId = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');
let folder: TestFolder;
let store: ContentStore;
let source: string;

beforeEach(async () => {
  folder = createTestFolder();
  source = join(folder.path, 'source');
  mkdirSync(join(source, 'sub', 'empty'), { recursive: true });
  writeFileSync(join(source, 'setup.exe'), Buffer.alloc(300_000, 'installer '));
  writeFileSync(join(source, 'sub', 'readme.txt'), 'read me');
  writeFileSync(join(source, 'zero'), '');
  store = await openTestStore(folder.path);
});

afterEach(async () => {
  await store.close();
  folder.remove();
});

const build = (recheck: 'content' | 'metadata' = 'content', extra = {}) =>
  store.build({ sourceFolder: source, recheck, ...extra });

test('a tree is described, stored read-only and published as a plain folder', async () => {
  const tree = await build();
  expect(tree).toMatchObject({
    fileCount: 3,
    folderCount: 2,
    sizeBytes: 300_007,
    unchanged: false,
  });
  expect(await store.readManifest(tree.manifestHash)).toEqual(tree.manifest);
  const index = await store.readChunkIndex(tree.chunkIndexHash, tree.manifest);
  const setup = tree.manifest.files.find((file) => file.path === 'setup.exe')!;
  const lengths = index.chunksOf(setup).map((chunk) => chunk.lengthBytes);
  expect(lengths.length).toBeGreaterThan(1);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(300_000);

  await store.publishTree(packageId, 7, tree.manifest);
  const published = store.paths.tree(packageId, 7);
  expect(readFileSync(join(published, 'sub', 'readme.txt'), 'utf8')).toBe('read me');
  expect(existsSync(join(published, 'sub', 'empty'))).toBe(true);
  expect(statSync(join(published, 'setup.exe')).mode & 0o777).toBe(0o444);
  expect(await store.verifyTree(packageId, 7, tree.manifest)).toEqual({
    damaged: [],
    missing: [],
    extra: [],
  });
});

test('editing the source in place does not change what was published', async () => {
  const tree = await build();
  await store.publishTree(packageId, 7, tree.manifest);
  writeFileSync(join(source, 'sub', 'readme.txt'), 'CHANGED', { flag: 'r+' });
  const published = join(store.paths.tree(packageId, 7), 'sub', 'readme.txt');
  expect(readFileSync(published, 'utf8')).toBe('read me');
});

test('a touched but equal tree is unchanged and keeps the manifest of the snapshot', async () => {
  const first = await build();
  utimesSync(join(source, 'setup.exe'), 1_000_000, 1_000_000);
  const again = await build('content', { previous: toPrevious(first) });
  expect(again).toEqual({ ...first, unchanged: true });
  expect((await build('content')).unchanged).toBe(false);
});

test('the quick recheck skips files by size and time, the full one reads them', async () => {
  const path = join(source, 'sub', 'readme.txt');
  for (const name of ['setup.exe', 'zero']) utimesSync(join(source, name), 1000, 1000);
  utimesSync(path, 1000, 1000);
  const previous = toPrevious(await build());
  writeFileSync(path, 'RED ME!');
  utimesSync(path, 1000, 1000);
  const read: BuildProgress[] = [];
  const quick = await build('metadata', {
    previous,
    onProgress: (p: BuildProgress) => read.push(p),
  });
  expect(quick.unchanged).toBe(true);
  expect(read.every((progress) => progress.bytesDone === 0)).toBe(true);
  expect((await build('content', { previous })).unchanged).toBe(false);
});

test('the quick recheck reads a file whose time is too close to the snapshot', async () => {
  const previous = { ...toPrevious(await build()), createdAtMs: 0 };
  const phases: string[] = [];
  await build('metadata', { previous, onProgress: (p: BuildProgress) => phases.push(p.phase) });
  expect(phases).toContain('HASH');
});

test('a source that changes while it is read is read again', async () => {
  let isTouched = false;
  const tree = await build('content', {
    onProgress: ({ phase }: BuildProgress) => {
      if (phase !== 'COPY' || isTouched) return;
      isTouched = true;
      writeFileSync(join(source, 'sub', 'readme.txt'), 'second text');
    },
  });
  expect(isTouched).toBe(true);
  expect(tree.manifest.files.find((file) => file.path === 'sub/readme.txt')?.sizeBytes).toBe(11);
});

test('a source that never rests is refused, naming the files', async () => {
  let count = 0;
  const torn = build('content', {
    onProgress: ({ phase }: BuildProgress) => {
      if (phase === 'CONFIRM') writeFileSync(join(source, 'setup.exe'), `try ${(count += 1)}`);
    },
  });
  await expect(torn).rejects.toMatchObject({
    code: 'SOURCE_CHANGED',
    message: expect.stringContaining('"setup.exe"'),
  });
  expect(readdirSync(store.paths.temporary)).toEqual([]);
});

test('links, reserved names and clashes are refused together', async () => {
  symlinkSync('/etc/hostname', join(source, 'link'));
  writeFileSync(join(source, 'CON.txt'), '');
  writeFileSync(join(source, 'ZERO'), '');
  writeFileSync(Buffer.concat([Buffer.from(`${source}/bad`), Buffer.from([0xff])]), '');
  const error = await build().catch((reason: unknown) => reason);
  const paths = (error as { problems: { path: string[] }[] }).problems.map(({ path }) => path[0]);
  expect(error).toMatchObject({ code: 'PACKAGE_REFUSED' });
  expect(paths.sort()).toEqual(['CON.txt', 'bad\ufffd', 'link', 'zero']);
});

test('missing, empty and overlapping sources are told apart', async () => {
  const at = (sourceFolder: string) => store.build({ sourceFolder, recheck: 'content' });
  mkdirSync(join(folder.path, 'nothing'));
  await expect(at(join(folder.path, 'absent'))).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
  await expect(at(join(folder.path, 'nothing'))).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
  await expect(at(folder.path)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
});

test('a disk without room is refused before anything is copied, with both figures', async () => {
  const small = await openTestStore(join(folder.path, 'small'), { freeBytes: async () => 4096 });
  try {
    const refused = small.build({ sourceFolder: source, recheck: 'content' });
    await expect(refused).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringMatching(/needs \d+ bytes, and 4096 are free/),
    });
    expect(await small.usage()).toMatchObject({ objects: 0, bytes: 0 });
  } finally {
    await small.close();
  }
});

test('an aborted build rejects with the reason and leaves nothing', async () => {
  const controller = new AbortController();
  const stopped = build('content', {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('stop')),
  });
  await expect(stopped).rejects.toThrow('stop');
  expect(readdirSync(store.paths.temporary)).toEqual([]);
});

test('scrub finds a flipped bit; build and publish heal it', async () => {
  const tree = await build();
  await store.publishTree(packageId, 7, tree.manifest);
  const setup = tree.manifest.files.find((file) => file.path === 'setup.exe')!;
  const object = store.paths.object(setup.sha256);
  chmodSync(object, 0o644);
  const bytes = readFileSync(object);
  bytes[1234]! ^= 1;
  writeFileSync(object, bytes, { flag: 'r+' });

  const damage = await store.verifyTree(packageId, 7, tree.manifest);
  expect(damage).toEqual({ damaged: ['setup.exe'], missing: [], extra: [] });
  const scrubbed = await store.scrub();
  expect(scrubbed).toEqual({
    checkedObjects: 3,
    damaged: [{ sha256: setup.sha256, sizeBytes: 300_000 }],
  });
  await expect(store.publishTree(packageId, 8, tree.manifest)).rejects.toMatchObject({
    code: 'CONTENT_DAMAGED',
  });
  expect(await store.publishedVersions(packageId)).toEqual([7]);

  expect((await build('metadata', { previous: toPrevious(tree) })).unchanged).toBe(true);
  await store.publishTree(packageId, 7, tree.manifest);
  expect((await store.verifyTree(packageId, 7, tree.manifest)).damaged).toEqual([]);
  expect((await store.scrub()).damaged).toEqual([]);
});

test('publishing again repairs missing, extra and misplaced entries', async () => {
  const tree = await build();
  await store.publishTree(packageId, 7, tree.manifest);
  const published = store.paths.tree(packageId, 7);
  rmSync(join(published, 'zero'));
  mkdirSync(join(published, 'zero', 'deep'), { recursive: true });
  rmSync(join(published, 'sub', 'empty'), { recursive: true });
  writeFileSync(join(published, 'extra'), 'x');
  expect(await store.verifyTree(packageId, 7, tree.manifest)).toEqual({
    damaged: [],
    missing: ['sub/empty', 'zero'],
    extra: ['extra', 'zero/deep'],
  });
  await store.publishTree(packageId, 7, tree.manifest);
  expect(await store.verifyTree(packageId, 7, tree.manifest)).toEqual({
    damaged: [],
    missing: [],
    extra: [],
  });
});

test('sweep keeps what kept versions and recent work need, and nothing else', async () => {
  let nowMs = 0;
  const swept = await openTestStore(join(folder.path, 'swept'), { monotonicMs: () => nowMs });
  try {
    const old = await swept.build({ sourceFolder: source, recheck: 'content' });
    await swept.publishTree(packageId, 1, old.manifest);
    writeFileSync(join(source, 'setup.exe'), 'smaller');
    const current = await swept.build({ sourceFolder: source, recheck: 'content' });
    await swept.publishTree(packageId, 2, current.manifest);
    await swept.setCurrent(packageId, 2);
    const keep = [{ packageId, internalVersion: 2, ...current }];

    expect(await swept.sweep({ keep })).toMatchObject({ trees: 0, objects: 0, blobs: 0 });
    nowMs += 2 * 60 * 60 * 1000;
    const result = await swept.sweep({ keep });
    expect(result).toMatchObject({ trees: 1, objects: 1, blobs: 2 });
    expect(await swept.publishedVersions(packageId)).toEqual([2]);
    expect(readFileSync(join(swept.paths.current(packageId), 'setup.exe'), 'utf8')).toBe('smaller');
    expect(await swept.usage()).toMatchObject({ objects: 3, bytes: 14 });

    await swept.sweep({ keep: [] });
    expect(await swept.usage()).toMatchObject({ objects: 0, bytes: 0 });
    expect(readdirSync(swept.paths.packageShare)).toEqual([]);
  } finally {
    await swept.close();
  }
});

test('received files become objects only when they are what they claim', async () => {
  const content = {
    sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    sizeBytes: 3,
  };
  const wrong = store.temporaryFile();
  writeFileSync(wrong, 'bar');
  await expect(store.adopt(wrong, content)).rejects.toMatchObject({ code: 'CONTENT_DAMAGED' });
  expect(existsSync(wrong)).toBe(false);
  const right = store.temporaryFile();
  writeFileSync(right, 'foo');
  expect(await store.has([content])).toEqual([false]);
  await store.adopt(right, content);
  expect(await store.has([content])).toEqual([true]);
});

test('a damaged blob is refused and written anew by the next build', async () => {
  const tree = await build();
  const path = store.paths.blob(tree.manifestHash);
  chmodSync(path, 0o644);
  writeFileSync(path, 'garbage');
  await expect(store.readManifest(tree.manifestHash)).rejects.toMatchObject({
    code: 'CONTENT_DAMAGED',
  });
  await build('content', { previous: toPrevious(tree) });
  expect(await store.readManifest(tree.manifestHash)).toEqual(tree.manifest);
});

test('a listed file that was replaced by a link is not followed, and the tree is refused', async () => {
  const secret = join(folder.path, 'secret');
  writeFileSync(secret, 'seven b');
  // Free space is asked for after the listing and before the copying.
  const freeBytes = async (): Promise<number> => {
    rmSync(join(source, 'sub', 'readme.txt'), { force: true });
    symlinkSync(secret, join(source, 'sub', 'readme.txt'));
    return 2 ** 40;
  };
  const replaced = await openTestStore(join(folder.path, 'replaced'), { freeBytes });
  try {
    const refused = replaced.build({ sourceFolder: source, recheck: 'content' });
    await expect(refused).rejects.toMatchObject({
      code: 'PACKAGE_REFUSED',
      problems: [{ path: ['sub/readme.txt'] }],
    });
    const contents = [{ sha256: sha256Hex('seven b'), sizeBytes: 7 }];
    expect(await replaced.has(contents)).toEqual([false]);
  } finally {
    await replaced.close();
  }
});

test('several builds and publishes at once give one and the same tree', async () => {
  const trees = await Promise.all([build(), build(), build()]);
  const [tree] = trees;
  for (const other of trees) expect(other).toEqual(tree);
  await Promise.all(
    [7, 7, 8, 7].map((version) => store.publishTree(packageId, version, tree!.manifest)),
  );
  expect(await store.publishedVersions(packageId)).toEqual([8, 7]);
  for (const version of [7, 8]) {
    const damage = await store.verifyTree(packageId, version, tree!.manifest);
    expect(damage).toEqual({ damaged: [], missing: [], extra: [] });
  }
  await store.unpublishTree(packageId, 8);
  expect(await store.publishedVersions(packageId)).toEqual([7]);
});

test('a sweep removes nothing when the manifest of a kept version is gone', async () => {
  let nowMs = 0;
  const swept = await openTestStore(join(folder.path, 'kept'), { monotonicMs: () => nowMs });
  try {
    const tree = await swept.build({ sourceFolder: source, recheck: 'content' });
    rmSync(swept.paths.blob(tree.manifestHash));
    nowMs += 2 * 60 * 60 * 1000;
    const keep = [{ packageId, internalVersion: 1, ...tree }];
    await expect(swept.sweep({ keep })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await swept.usage()).toMatchObject({ objects: 3 });
  } finally {
    await swept.close();
  }
});

test('closing rejects what is under way', async () => {
  const closing = await openTestStore(join(folder.path, 'closing'));
  const running = closing.build({
    sourceFolder: source,
    recheck: 'content',
    onProgress: () => void closing.close(),
  });
  await expect(running).rejects.toMatchObject({ code: 'NOT_READY' });
  await closing.close();
});
