// Shows files arriving chunk by chunk: exact, planned, from what is here and from several sources.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { receivePackage, type ReceiveOptions } from '../../../delivery/receive-package.ts';
import { TransferBudget } from '../../../delivery/transfer-budget.ts';
import type { TransferPlan } from '../../../delivery/transfer-plan.ts';
import { systemClock } from '../../../core/clock.ts';
import {
  chunkIndexOf,
  Cleanup,
  noise,
  packedChunks,
  partAskedFor,
  readFiles,
  receiveOptions,
  serveFiles,
  sha256,
  startServer,
  temporaryFolder,
  writeFiles,
  type Files,
  type TestServer,
} from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MIB = 1024 * 1024;
const V1 = 1_390_562_687;
const old: Files = { 'big.bin': noise(2 * MIB, 'big'), 'b/other.bin': noise(MIB, 'other') };

/** Replaces `remove` bytes at `at` by `insert` new ones. */
function edit(bytes: Buffer, at: number, change: { remove: number; insert: Buffer }): Buffer {
  return Buffer.concat([bytes.subarray(0, at), change.insert, bytes.subarray(at + change.remove)]);
}

const edited: Files = {
  ...old,
  'big.bin': edit(old['big.bin']!, 700_000, { remove: 100, insert: noise(3_000, 'insert') }),
};

function chunkOptions(
  folder: string,
  files: Files,
  servers: readonly TestServer[],
): ReceiveOptions {
  const codebases = servers.map(({ codebase }) => codebase);
  return {
    ...receiveOptions({ folder, files, codebases, internalVersion: V1 + 1 }),
    chunkIndex: chunkIndexOf(files),
  };
}

/** A folder where `files` are in use as the version before. */
async function folderWith(files: Files): Promise<string> {
  const folder = await temporaryFolder(cleanup);
  const server = await startServer(cleanup, serveFiles(files));
  const codebases = [server.codebase];
  await receivePackage(receiveOptions({ folder, files, codebases, internalVersion: V1 }));
  return folder;
}

async function expectInUse(folder: string, files: Files): Promise<void> {
  const found = await readFiles(join(folder, 'cache'), Object.keys(files));
  const hashes = (of: Files): string[] => Object.values(of).map(sha256);
  expect(hashes(found)).toEqual(hashes(files));
}

test('of an edited file only the chunks around the edit are fetched, as planned', async () => {
  const folder = await folderWith(old);
  const server = await startServer(cleanup, serveFiles(edited));
  const plans: TransferPlan[] = [];
  const reception = await receivePackage({
    ...chunkOptions(folder, edited, [server]),
    onPlan: (plan) => {
      expect(server.requests).toEqual([]);
      plans.push(plan);
    },
  });
  expect(plans[0]).toMatchObject({ extent: 'CHANGED', requestsPlanned: 1 });
  expect(plans[0]!.bytesPlanned).toBeLessThan(3 * 64 * 1024);
  expect(reception).toMatchObject({ state: 'RECEIVED', bytesFetched: plans[0]!.bytesPlanned });
  expect(server.bytesServed).toBe(plans[0]!.bytesPlanned);
  await expectInUse(folder, edited);
});

test('any edits: the result is exact, and never more than 101 % of a full download', async () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat(200_000),
    insert: fc.nat(200_000),
  });
  const changes = fc.array(change, { maxLength: 6 });
  const base = noise(600_000, 'base');
  await fc.assert(
    fc.asyncProperty(changes, async (drawn) => {
      const run = new Cleanup();
      try {
        let bytes = base;
        drawn.forEach(({ at, remove, insert }, index) => {
          const seed = `insert ${index} ${insert}`;
          const place = Math.floor(at * bytes.length);
          bytes = edit(bytes, place, { remove, insert: noise(insert, seed) });
        });
        const files = { 'a.bin': bytes, 'same.bin': base.subarray(0, 70_000) };
        const folder = await temporaryFolder(run);
        await writeFiles(join(folder, 'cache'), { 'a.bin': base });
        const server = await startServer(run, serveFiles(files));
        let plan: TransferPlan | undefined;
        const reception = await receivePackage({
          ...chunkOptions(folder, files, [server]),
          onPlan: (made) => (plan = made),
        });
        expect(reception.state).toBe('RECEIVED');
        const full = bytes.length + 70_000 + 2 * 200;
        const planned = plan!.bytesPlanned + plan!.requestsPlanned * 200;
        expect(planned).toBeLessThanOrEqual(full * 1.01);
        expect(server.bytesServed).toBe(plan!.bytesPlanned);
        await expectInUse(folder, files);
      } finally {
        await run.run();
      }
    }),
    { numRuns: 25 },
  );
});

test('a damaged file in place is healed by its damaged chunk alone', async () => {
  const folder = await folderWith(old);
  const place = join(folder, 'cache/big.bin');
  const damaged = Buffer.from(old['big.bin']!);
  damaged[1_234_567]! ^= 1;
  await writeFile(place, damaged);
  const server = await startServer(cleanup, serveFiles(old));
  const options = chunkOptions(folder, old, [server]);
  const wanted = { ...options.wanted, internalVersion: V1 };
  const reception = await receivePackage({ ...options, wanted, recheck: 'HASHES' });
  expect(reception.state).toBe('RECEIVED');
  expect(server.bytesServed).toBeLessThanOrEqual(64 * 1024);
  await expectInUse(folder, old);
});

test('contents of other packages give whole files and chunks, wrong claims cost nothing', async () => {
  const elsewhere = await temporaryFolder(cleanup);
  await writeFiles(elsewhere, { ...old, 'liar.bin': noise(2 * MIB, 'lies') });
  const packed = packedChunks(old);
  const big = sha256(old['big.bin']!);
  const local = (
    name: string,
    of: string,
  ): { path: string; sha256: string; sizeBytes: number } => ({
    path: join(elsewhere, name),
    sha256: sha256(old[of]!),
    sizeBytes: old[of]!.length,
  });
  const server = await startServer(cleanup, serveFiles(edited));
  const folder = await temporaryFolder(cleanup);
  const reception = await receivePackage({
    ...chunkOptions(folder, edited, [server]),
    localContents: [
      { ...local('gone.bin', 'b/other.bin'), chunks: undefined },
      { ...local('b/other.bin', 'b/other.bin'), chunks: undefined },
      { ...local('big.bin', 'big.bin'), chunks: packed.get(big) },
      { ...local('liar.bin', 'big.bin'), chunks: packed.get(big) },
    ],
  });
  expect(reception.state).toBe('RECEIVED');
  expect(server.bytesServed).toBeLessThan(3 * 64 * 1024);
  await expectInUse(folder, edited);
});

test('an index that is wrong about a file costs the file whole, and is no fault of a source', async () => {
  const files = { 'big.bin': noise(MIB, 'true') };
  const lie = noise(MIB, 'lie');
  const index = chunkIndexOf({ 'big.bin': lie });
  const lying = {
    ...index,
    chunksOf: () => index.chunksOf({ sha256: sha256(lie), sizeBytes: MIB }),
    packedOf: () => index.packedOf(sha256(lie)),
  };
  const folder = await temporaryFolder(cleanup);
  // All chunks that the index names are found here, and the file that they make is not the one.
  await writeFiles(join(folder, 'cache'), { 'lie.bin': lie });
  const server = await startServer(cleanup, serveFiles(files));
  const options = chunkOptions(folder, files, [server]);
  const reception = await receivePackage({ ...options, chunkIndex: lying });
  expect(reception.state).toBe('RECEIVED');
  expect(options.book.rank(options.codebases)[0]!.errors).toBe(0);
  await expectInUse(folder, files);
});

/** Sends at most `bytesPerSecond`, and only when the last block was taken. */
function slowly(files: Files, bytesPerSecond: number) {
  return (request: IncomingMessage, response: ServerResponse, path: string): void => {
    const bytes = files[path]!;
    const etag = `"${sha256(bytes)}"`;
    const { start, end, isPart } = partAskedFor(request, bytes.length, etag);
    response.setHeader('ETag', etag);
    response.setHeader('Content-Length', end - start);
    const range = `bytes ${start}-${end - 1}/${bytes.length}`;
    if (isPart) response.setHeader('Content-Range', range);
    response.writeHead(isPart ? 206 : 200);
    const block = 16 * 1024;
    const send = (at: number): void => {
      if (response.destroyed) return;
      if (at >= end) return void response.end();
      const part = bytes.subarray(at, Math.min(end, at + block));
      const waitMs = (part.length / bytesPerSecond) * 1_000;
      response.write(part, () => setTimeout(send, waitMs, at + part.length));
    };
    send(start);
  };
}

test('several sources share one file, each byte once', async () => {
  const files = { 'big.bin': noise(6 * MIB, 'shared') };
  const servers = await Promise.all(
    [1, 1, 1].map(() => startServer(cleanup, slowly(files, 8 * MIB))),
  );
  const folder = await temporaryFolder(cleanup);
  const options = chunkOptions(folder, files, servers);
  for (const codebase of options.codebases) options.book.recordSpeed(codebase, 4 * MIB);
  const reception = await receivePackage(options);
  expect(reception.state).toBe('RECEIVED');
  const served = servers.map(({ bytesServed }) => bytesServed);
  expect(Math.min(...served)).toBeGreaterThan(MIB / 2);
  const total = served.reduce((sum, bytes) => sum + bytes, 0);
  // What a source still sends of a part that another took over.
  expect(total).toBeLessThan(6 * MIB * 1.1);
  await expectInUse(folder, files);
});

test.each([
  ['wrong bytes', { 'big.bin': noise(4 * MIB, 'wrong') }],
  ['one wrong byte', { 'big.bin': Buffer.from(noise(4 * MIB, 'right')).fill(1, 900_000, 900_001) }],
])(
  'a source with %s is found out; the others deliver, and nothing right is lost',
  async (_, lies) => {
    const files = { 'big.bin': noise(4 * MIB, 'right') };
    const lieHandler = serveFiles(lies);
    const liar = await startServer(cleanup, (request, response, path) => {
      // Its tag claims the right content.
      const setHeader = response.setHeader.bind(response);
      response.setHeader = (name, value) =>
        setHeader(name, name === 'ETag' ? `"${sha256(files['big.bin'])}"` : value);
      lieHandler(request, response, path);
    });
    const honest = await startServer(cleanup, slowly(files, 16 * MIB));
    const folder = await temporaryFolder(cleanup);
    const options = chunkOptions(folder, files, [liar, honest]);
    options.book.recordSpeed(liar.codebase, 64 * MIB);
    options.book.recordSpeed(honest.codebase, 16 * MIB);
    const reception = await receivePackage(options);
    expect(reception.state).toBe('RECEIVED');
    expect(options.book.rank([liar.codebase])[0]!.errors).toBeGreaterThan(0);
    await expectInUse(folder, files);
  },
);

test('one source with one wrong byte: the next source is asked for that chunk alone', async () => {
  const files = { 'big.bin': noise(4 * MIB, 'right') };
  const lie = Buffer.from(files['big.bin']);
  lie[2_000_000]! ^= 1;
  const liar = await startServer(cleanup, (_request, response) => response.end(lie));
  const folder = await temporaryFolder(cleanup);
  const alone = await receivePackage(chunkOptions(folder, files, [liar]));
  expect(alone).toMatchObject({ state: 'INCOMPLETE', progressed: true });
  const honest = await startServer(cleanup, serveFiles(files));
  const reception = await receivePackage(chunkOptions(folder, files, [honest]));
  expect(reception.state).toBe('RECEIVED');
  expect(honest.bytesServed).toBeLessThanOrEqual(64 * 1024);
});

test('what a stalled source holds is taken over long before it is given up', async () => {
  const files = { 'big.bin': noise(4 * MIB, 'taken') };
  const stalled = await startServer(cleanup, (request, response) => {
    const { start, end } = partAskedFor(request, 4 * MIB, '');
    response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${4 * MIB}`);
    response.writeHead(206).write(files['big.bin'].subarray(start, start + 1_000));
  });
  const honest = await startServer(cleanup, slowly(files, 8 * MIB));
  const folder = await temporaryFolder(cleanup);
  const options = chunkOptions(folder, files, [stalled, honest]);
  for (const codebase of options.codebases) options.book.recordSpeed(codebase, 8 * MIB);
  const startedAtMs = performance.now();
  const reception = await receivePackage(options);
  expect(reception.state).toBe('RECEIVED');
  // The stall limit is 30 s.
  expect(performance.now() - startedAtMs).toBeLessThan(15_000);
  await expectInUse(folder, files);
});

test('a source that knows no ranges is no source of chunks', async () => {
  const folder = await folderWith(old);
  const whole = await startServer(cleanup, (_request, response, path) =>
    response.end(edited[path]),
  );
  const reception = await receivePackage(chunkOptions(folder, edited, [whole]));
  expect(reception.state).toBe('INCOMPLETE');
  if (reception.state !== 'INCOMPLETE') return;
  expect(reception.failures[0]!.faults[0]!.message).toMatch(/whole files only/);
  expect(whole.bytesServed).toBeLessThan(4 * MIB);
});

test('two packages that want the same content fetch it once', async () => {
  const files = { 'big.bin': noise(2 * MIB, 'twice'), 'few.txt': noise(900, 'few') };
  const server = await startServer(cleanup, slowly(files, 8 * MIB));
  const budget = new TransferBudget(systemClock);
  const folders = [await temporaryFolder(cleanup), await temporaryFolder(cleanup)];
  const receptions = await Promise.all(
    folders.map((folder) => receivePackage({ ...chunkOptions(folder, files, [server]), budget })),
  );
  expect(receptions.map(({ state }) => state)).toEqual(['RECEIVED', 'RECEIVED']);
  expect(server.bytesServed).toBe(2 * MIB + 900);
  for (const folder of folders) await expectInUse(folder, files);
});

test('when the one that fetches fails, the other fetches for itself', async () => {
  const files = { 'big.bin': noise(MIB, 'handed over') };
  const abort = new AbortController();
  let tellAsked = (): void => undefined;
  const asked = new Promise<void>((resolve) => (tellAsked = resolve));
  const hanging = await startServer(cleanup, () => tellAsked());
  const honest = await startServer(cleanup, serveFiles(files));
  const budget = new TransferBudget(systemClock);
  const [folder, other] = [await temporaryFolder(cleanup), await temporaryFolder(cleanup)];
  const first = receivePackage({
    ...chunkOptions(folder, files, [hanging]),
    budget,
    signal: abort.signal,
  });
  await asked;
  const second = receivePackage({
    ...chunkOptions(other, files, [honest]),
    budget,
    onProgress: ({ phase }) => phase === 'FETCHING' && abort.abort(new Error('stop')),
  });
  await expect(first).rejects.toThrow('stop');
  expect((await second).state).toBe('RECEIVED');
});

test('an attempt cut short is gone on with, chunk by chunk, from another source', async () => {
  const files = { 'big.bin': noise(3 * MIB, 'cut short') };
  const folder = await temporaryFolder(cleanup);
  let turn = 0;
  const breaking = await startServer(cleanup, (_request, response) => {
    turn += 1;
    if (turn > 1) return void response.destroy();
    response.setHeader('Content-Length', 3 * MIB);
    response.write(files['big.bin'].subarray(0, 2 * MIB), () => response.destroy());
  });
  const cut = await receivePackage(chunkOptions(folder, files, [breaking]));
  expect(cut.state).toBe('INCOMPLETE');
  const content = join(folder, 'partial', String(V1 + 1), 'content');
  const [kept] = (await readdir(content)).filter((name) => /part$|chunks$/.test(name));
  const here = (await readFile(join(content, kept!))).length;
  const server = await startServer(cleanup, serveFiles(files));
  const reception = await receivePackage(chunkOptions(folder, files, [server]));
  expect(reception.state).toBe('RECEIVED');
  expect(here).toBeGreaterThan(MIB);
  expect(server.bytesServed).toBeLessThanOrEqual(3 * MIB - here + 64 * 1024);
  await expectInUse(folder, files);
});
