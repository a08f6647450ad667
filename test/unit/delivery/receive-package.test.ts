// Shows a package arriving: planned first, only what is missing fetched, switched over at once.
import { spawnSync } from 'node:child_process';
import { access, lstat, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOfUnc } from '../../../delivery/folder-source.ts';
import type { TransferProgress } from '../../../delivery/progress.ts';
import { receivePackage, type ReceiveOptions } from '../../../delivery/receive-package.ts';
import { parseCodebase } from '../../../delivery/source.ts';
import { createThrottle } from '../../../delivery/transfer-budget.ts';
import type { TransferPlan } from '../../../delivery/transfer-plan.ts';
import {
  Cleanup,
  leapingClock,
  manifestOf,
  noise,
  readFiles,
  receiveOptions,
  serveFiles,
  sha256,
  startServer,
  temporaryFolder,
  writeFiles,
  type Files,
} from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const V1 = 1_390_562_687;
const V2 = V1 + 1;
const first: Files = {
  'setup.exe': noise(700_000, 'setup'),
  'data/part 1.cab': noise(300_000, 'one'),
  'data/größe#%.txt': noise(2_000, 'name'),
  'data/copy.cab': noise(300_000, 'one'),
  'readme.txt': Buffer.alloc(0),
};
const second: Files = { ...first, 'setup.exe': noise(700_000, 'new setup') };

async function setup(files: Files = first): Promise<ReceiveOptions & { requests: unknown[] }> {
  const server = await startServer(cleanup, serveFiles({ ...first, ...files }));
  const folder = await temporaryFolder(cleanup);
  const options = receiveOptions({ folder, files, codebases: [server.codebase] });
  return { ...options, requests: server.requests };
}

/** The files under `cache`, by hash: buffers compare slowly. */
async function hashesIn(folder: string, files: Files): Promise<Record<string, string>> {
  const found = await readFiles(folder, Object.keys(files));
  return Object.fromEntries(Object.entries(found).map(([path, bytes]) => [path, sha256(bytes)]));
}
const hashesOf = (files: Files): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, sha256(bytes)]));

test('a first download: planned, complete, verified, with times and empty folders', async () => {
  const options = await setup();
  const manifest = { ...manifestOf(first), emptyFolders: ['logs/old'] };
  const plans: TransferPlan[] = [];
  const reception = await receivePackage({
    ...options,
    wanted: { internalVersion: V1, manifest },
    onPlan: (plan) => {
      expect(options.requests).toEqual([]);
      plans.push(plan);
    },
  });
  expect(plans[0]).toMatchObject({ extent: 'WHOLE', filesTotal: 5, bytesPlanned: 1_002_000 });
  expect(reception).toMatchObject({ state: 'RECEIVED', bytesFetched: 1_002_000 });
  const cache = join(options.folder, 'cache');
  expect(await hashesIn(cache, first)).toEqual(hashesOf(first));
  expect((await stat(join(cache, 'setup.exe'))).mtimeMs).toBe(1_390_562_687_000);
  expect((await stat(join(cache, 'logs/old'))).isDirectory()).toBe(true);
  expect((await readdir(options.folder)).sort()).toEqual(['cache', 'partial', `v${V1}`]);
});

test('a file that two paths share is fetched once and is two files', async () => {
  const options = await setup();
  await receivePackage(options);
  expect(options.requests).toHaveLength(3);
  await writeFile(join(options.folder, 'cache/data/copy.cab'), 'edited');
  const { size } = await stat(join(options.folder, 'cache/data/part 1.cab'));
  expect(size).toBe(300_000);
});

test('a second version: only what changed is fetched, and moves over in one step', async () => {
  const options = await setup(second);
  await receivePackage({
    ...options,
    wanted: {
      internalVersion: V1,
      manifest: manifestOf({ ...second, 'setup.exe': first['setup.exe']! }),
    },
    codebases: (await setup()).codebases,
  });
  const reception = await receivePackage({
    ...options,
    wanted: { internalVersion: V2, manifest: manifestOf(second) },
  });
  expect(reception).toMatchObject({ state: 'RECEIVED', bytesFetched: 700_000 });
  expect(options.requests).toEqual([{ path: 'setup.exe', range: undefined }]);
  expect(await hashesIn(join(options.folder, 'cache'), second)).toEqual(hashesOf(second));
  const names = async (): Promise<string[]> => (await readdir(options.folder)).sort();
  expect(await names()).toEqual(['cache', 'partial', `v${V1}`, `v${V2}`]);
  await receivePackage({
    ...options,
    wanted: { internalVersion: V2, manifest: manifestOf(second) },
  });
  expect(await names()).toEqual(['cache', 'partial', `v${V2}`]);
});

test('at every moment of an update `cache` is one complete version', async () => {
  const options = await setup(second);
  await receivePackage({
    ...options,
    wanted: { internalVersion: V1, manifest: manifestOf(first) },
    codebases: (await setup()).codebases,
  });
  const cache = join(options.folder, 'cache');
  let isOver = false;
  let looks = 0;
  const seen = new Set<string>();
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const bytes = (await readFiles(cache, ['setup.exe']))['setup.exe']!;
      seen.add(sha256(bytes));
      looks += 1;
    }
  };
  const watching = watch();
  await receivePackage({
    ...options,
    wanted: { internalVersion: V2, manifest: manifestOf(second) },
    onProgress: () => undefined,
  });
  isOver = true;
  await watching;
  seen.add(sha256((await readFiles(cache, ['setup.exe']))['setup.exe']!));
  expect(looks).toBeGreaterThan(0);
  expect([...seen]).toEqual([sha256(first['setup.exe']!), sha256(second['setup.exe']!)]);
});

test('asked again it is HERE without a request; damage is repaired from what is right', async () => {
  const options = await setup();
  await receivePackage(options);
  options.requests.length = 0;
  expect((await receivePackage(options)).state).toBe('HERE');
  expect(options.requests).toEqual([]);
  const damaged = Buffer.from(first['setup.exe']!);
  damaged[350_000]! ^= 1;
  await writeFile(join(options.folder, 'cache/setup.exe'), damaged);
  expect((await receivePackage({ ...options, recheck: 'SIZES' })).state).toBe('HERE');
  const repaired = await receivePackage({ ...options, recheck: 'HASHES' });
  expect(repaired).toMatchObject({ state: 'RECEIVED', bytesFetched: 700_000 });
  expect(await hashesIn(join(options.folder, 'cache'), first)).toEqual(hashesOf(first));
});

test('prestaged files in a plain cache folder are verified and not fetched', async () => {
  const options = await setup();
  const cache = join(options.folder, 'cache');
  await writeFiles(cache, { ...first, 'setup.exe': noise(700_000, 'stale') });
  const reception = await receivePackage(options);
  expect(reception).toMatchObject({ state: 'RECEIVED', bytesFetched: 700_000 });
  expect((await lstat(cache)).isSymbolicLink()).toBe(true);
  expect(await hashesIn(cache, first)).toEqual(hashesOf(first));
});

test('without a source the old version stays and the attempt says so', async () => {
  const options = await setup();
  await receivePackage(options);
  const gone = parseCodebase('http://127.0.0.1:1');
  const reception = await receivePackage({
    ...options,
    codebases: [gone],
    wanted: { internalVersion: V2, manifest: manifestOf(second) },
  });
  expect(reception).toMatchObject({ state: 'INCOMPLETE', progressed: false });
  expect(await hashesIn(join(options.folder, 'cache'), first)).toEqual(hashesOf(first));
});

test('what one attempt brought the next one need not fetch', async () => {
  const options = await setup();
  const half = await startServer(cleanup, serveFiles({ 'setup.exe': first['setup.exe']! }));
  const incomplete = await receivePackage({ ...options, codebases: [half.codebase] });
  expect(incomplete).toMatchObject({ state: 'INCOMPLETE', progressed: true });
  const complete = await receivePackage(options);
  expect(complete).toMatchObject({ state: 'RECEIVED', bytesFetched: 302_000 });
});

test('a full disk is refused before the first byte, with both figures', async () => {
  const options = await setup();
  await expect(
    receivePackage({ ...options, freeBytes: async () => 1_301_999 }),
  ).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/1302000.*1301999/),
  });
  expect(options.requests).toEqual([]);
  const reception = await receivePackage({ ...options, freeBytes: async () => 1_302_000 });
  expect(reception.state).toBe('RECEIVED');
});

test('paths that would leave the folder are refused whole', async () => {
  const options = await setup();
  const [file] = manifestOf(first).files;
  const manifest = { files: [{ ...file!, path: '../outside' }], emptyFolders: [] };
  await expect(
    receivePackage({ ...options, wanted: { internalVersion: V1, manifest } }),
  ).rejects.toMatchObject({ code: 'PACKAGE_REFUSED' });
  expect(await readdir(options.folder)).toEqual([]);
});

test('one reception at a time; the lock of a dead process is taken over', async () => {
  const options = await setup();
  const both = await Promise.allSettled([receivePackage(options), receivePackage(options)]);
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const lock = join(options.folder, 'partial', 'lock');
  await writeFile(lock, String(process.ppid));
  await expect(receivePackage(options)).rejects.toMatchObject({ code: 'CONFLICT' });
  const dead = spawnSync(process.execPath, ['--version']).pid;
  await writeFile(lock, String(dead));
  expect((await receivePackage(options)).state).toBe('HERE');
  await expect(access(lock)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('an abort stops it with its reason and leaves what arrived', async () => {
  const options = await setup();
  const abort = new AbortController();
  const stopped = receivePackage({
    ...options,
    parallelFiles: 1,
    signal: abort.signal,
    onProgress: ({ filesDone }) => filesDone > 0 && abort.abort(new Error('stop')),
    clock: { ...options.clock, monotonicMs: steps(300) },
  });
  await expect(stopped).rejects.toThrow('stop');
  const again = await receivePackage(options);
  expect(again).toMatchObject({ state: 'RECEIVED' });
  if (again.state === 'RECEIVED') expect(again.bytesFetched).toBeLessThan(1_002_000);
});

/** A monotonic clock that moves on at each look, so that every change is reported. */
function steps(stepMs: number): () => number {
  let nowMs = 0;
  return () => (nowMs += stepMs);
}

test('progress counts up to the totals, names the source and ends with DONE', async () => {
  const options = await setup();
  const told: TransferProgress[] = [];
  await receivePackage({
    ...options,
    onProgress: (progress) => told.push(progress),
    clock: { ...options.clock, monotonicMs: steps(300) },
  });
  const last = told.at(-1)!;
  expect(last).toMatchObject({
    phase: 'DONE',
    filesDone: 5,
    filesTotal: 5,
    bytesDone: 1_302_000,
    bytesTotal: 1_302_000,
    bytesPlanned: 1_002_000,
    bytesFetched: 1_002_000,
    etaMs: 0,
    source: options.codebases[0]!.url,
  });
  const done = told.map(({ bytesDone }) => bytesDone);
  expect(done).toEqual(done.toSorted((a, b) => a - b));
  expect([...new Set(told.map(({ phase }) => phase))]).toEqual([
    'CHECKING',
    'FETCHING',
    'SWITCHING',
    'DONE',
  ]);
});

test('a share is read through its mount, and an unmapped one says what is missing', async () => {
  const options = await setup();
  const share = await temporaryFolder(cleanup);
  await writeFiles(join(share, 'pkgs/v1'), first);
  const codebase = parseCodebase('FILE://filer/pkgs/v1');
  const unmapped = await receivePackage({ ...options, codebases: [codebase] });
  expect(unmapped).toMatchObject({ state: 'INCOMPLETE' });
  expect(JSON.stringify(unmapped)).toContain('no uncMounts entry');
  const mounted = await receivePackage({
    ...options,
    codebases: [codebase],
    uncMounts: [{ unc: '\\\\FILER\\', folder: share }],
  });
  expect(mounted.state).toBe('RECEIVED');
  expect(options.requests).toEqual([]);
});

test('the longest mount counts', () => {
  const mounts = [
    { unc: '\\\\filer', folder: '/all' },
    { unc: '\\\\filer\\Pkgs', folder: '/pkgs' },
    { unc: '\\\\filer\\pk', folder: '/wrong' },
  ];
  expect(folderOfUnc('\\\\FILER\\pkgs\\{G}\\v1', mounts)).toBe(join('/pkgs', '{G}', 'v1'));
  expect(folderOfUnc('\\\\other\\pkgs', mounts.slice(1))).toBeUndefined();
});

test('sources of unknown speed are measured first, for 1 % of the download', async () => {
  const large: Files = { 'big.bin': noise(8_000_000, 'big') };
  const slow = await startServer(cleanup, (request, response, path) => {
    setImmediate(() => setTimeout(() => serveFiles(large)(request, response, path), 150));
  });
  const fast = await startServer(cleanup, serveFiles(large));
  const folder = await temporaryFolder(cleanup);
  const codebases = [slow.codebase, fast.codebase];
  const options = receiveOptions({ folder, files: large, codebases });
  const reception = await receivePackage(options);
  expect(reception.state).toBe('RECEIVED');
  expect(slow.requests).toHaveLength(1);
  expect(fast.requests).toHaveLength(2);
  expect(options.book.rank(codebases).map(({ state }) => state)).toEqual(['MEASURED', 'MEASURED']);
});

test('a throttle holds parallel transfers to one rate', async () => {
  const clock = leapingClock();
  const throttle = createThrottle(1_000, clock);
  const { signal } = new AbortController();
  const startedAtMs = clock.monotonicMs();
  await Promise.all([throttle.take(500, signal), throttle.take(1_500, signal)]);
  await throttle.take(1_000, signal);
  expect(clock.monotonicMs() - startedAtMs).toBeGreaterThanOrEqual(3_000);
});

test('leftovers of a version that is no longer wanted go', async () => {
  const options = await setup();
  const leftover = join(options.folder, 'partial', '1', 'content');
  await mkdir(leftover, { recursive: true });
  await writeFile(join(leftover, `${'0'.repeat(64)}.part`), 'x');
  await receivePackage(options);
  await expect(access(leftover)).rejects.toMatchObject({ code: 'ENOENT' });
  await rm(join(options.folder, 'cache'));
  const healed = await receivePackage(options);
  expect(healed).toMatchObject({ state: 'RECEIVED', bytesFetched: 0 });
});
