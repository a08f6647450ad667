// Shows many ranges in one compressed answer: exact, verified, and optional on both sides.
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createZstdCompress } from 'node:zlib';
import { createFileIndex } from '../../../content/file-index.ts';
import {
  asksForBundle,
  RANGE_BUNDLE_TYPE,
  RangeBundleServer,
} from '../../../content/range-bundle.ts';
import { systemClock } from '../../../core/clock.ts';
import { silentLogger } from '../../../core/logger.ts';
import type { BaseVersion } from '../../../delivery/bundle-base.ts';
import { receivePackage } from '../../../delivery/receive-package.ts';
import type { SourceBook } from '../../../delivery/source-book.ts';
import type { TransferPlan } from '../../../delivery/transfer-plan.ts';
import {
  chunkIndexOf,
  manifestOf,
  Cleanup,
  noise,
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
const text = (seed: string): Buffer => Buffer.from(noise(400_000, seed).toString('hex'));
const files: Files = {
  'big.txt': text('big'),
  'empty.txt': Buffer.alloc(0),
  'near.txt': Buffer.concat([noise(4_000, 'near'), noise(32, 'is'), noise(3_968, 'far')]),
  ...Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`few/${index}.txt`, noise(2_000, `few ${index}`)]),
  ),
};
const old: Files = {
  ...files,
  'big.txt': Buffer.concat([files['big.txt']!.subarray(0, 300_000), text('was')]),
  'few/7.txt': noise(2_000, 'was'),
  'near.txt': Buffer.concat([noise(4_000, 'near'), noise(32, 'was'), noise(3_968, 'far')]),
};

const OLD_VERSION = 1_390_000_000;

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

interface BundleServer extends TestServer {
  /** `POST`s so far. */
  readonly asked: () => number;
}

/** Serves `files` and answers bundles by `answer`; default: as the product does, with `old` as base. */
async function startBundleServer(
  answer?: Answer,
  { offers = true, busyOffers = 0 } = {},
): Promise<BundleServer> {
  const folder = await temporaryFolder(cleanup);
  for (const bytes of [...Object.values(files), ...Object.values(old)]) {
    await writeFile(join(folder, sha256(bytes)), bytes);
  }
  const bundles = new RangeBundleServer({
    objectPath: (hash) => join(folder, hash),
    clock: systemClock,
    logger: silentLogger,
  });
  const target = {
    index: createFileIndex(manifestOf(files)),
    indexOf: async (version: number) =>
      version === OLD_VERSION ? createFileIndex(manifestOf(old)) : undefined,
    client: '10.1.1.1',
  };
  const serve = serveFiles(files);
  let asked = 0;
  const handler: Parameters<typeof startServer>[1] = (request, response, path) => {
    if (!asksForBundle(request)) return serve(request, response, path);
    if (request.method === 'OPTIONS' && busyOffers > 0) {
      busyOffers -= 1;
      return void response.writeHead(503, { 'Retry-After': 1 }).end();
    }
    if (request.method === 'POST') asked += 1;
    if (request.method === 'POST' && answer) return void answer(request, response);
    void bundles.serve(request, response, target);
  };
  const server = await startServer(cleanup, handler, { offersBundles: offers });
  return Object.assign(server, { asked: () => asked });
}

/** The version `old` in `folder`, as it lies in a package's own folder. */
function baseIn(folder: string): BaseVersion {
  const manifest = manifestOf(old);
  const paths = new Map(manifest.files.map(({ sha256: hash, path }) => [hash, path]));
  return {
    internalVersion: OLD_VERSION,
    manifest,
    chunkIndex: chunkIndexOf(old),
    pathOf: (hash) => join(folder, paths.get(hash)!),
  };
}

interface Reach {
  readonly folder?: string;
  readonly base?: BaseVersion;
  readonly book?: SourceBook;
  readonly stallMs?: number;
}

async function receive(servers: TestServer | readonly TestServer[], reach: Reach = {}) {
  const folder = reach.folder ?? (await temporaryFolder(cleanup));
  const codebases = [servers].flat().map(({ codebase }) => codebase);
  const options = receiveOptions({ folder, files, codebases });
  const book = reach.book ?? options.book;
  const plans: TransferPlan[] = [];
  const reception = await receivePackage({
    ...options,
    book,
    chunkIndex: chunkIndexOf(files),
    base: reach.base,
    stallLimit: { windowMs: reach.stallMs ?? 10_000, minBytes: 1_000 },
    onPlan: (plan) => plans.push(plan),
  });
  const found = await readFiles(join(folder, 'cache'), Object.keys(files));
  const isExact = Object.entries(files).every(([path, bytes]) => bytes.equals(found[path]!));
  return { reception, isExact, plan: plans[0]!, book, errors: book.rank(codebases)[0]!.errors };
}

function wireBytesOf({ reception }: Awaited<ReturnType<typeof receive>>): number {
  if (reception.state === 'HERE') throw new Error('nothing was fetched');
  return reception.wireBytes;
}

async function folderWithOld(of: Files = old): Promise<string> {
  const folder = await temporaryFolder(cleanup);
  await writeFiles(join(folder, 'cache'), of);
  return folder;
}

test('the small files of a package are one request, and an update is', async () => {
  const server = await startBundleServer();
  const first = await receive(server);
  expect(first).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
  // Whether it is offered, one bundle, and the large file as it is: its source may be fast.
  expect(server.requests).toHaveLength(3);

  server.requests.length = 0;
  server.bytesServed = 0;
  const update = await receive(server, { folder: await folderWithOld(), book: first.book });
  expect(update).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
  expect(server.requests).toHaveLength(1);
  const { bytesPlanned } = update.plan;
  expect(update.reception).toMatchObject({ bytesFetched: bytesPlanned });
  // Hexadecimal digits in half as many bytes.
  expect(wireBytesOf(update)).toBeLessThan(bytesPlanned * 0.65);
});

test('against a base only the differences travel; a damaged byte of it is no fault of the source', async () => {
  const server = await startBundleServer();
  const copy = await temporaryFolder(cleanup);
  await writeFiles(copy, old);
  const base = baseIn(copy);
  const nearlyNew = { ...files, 'near.txt': old['near.txt']! };
  const alone = await receive(server, { folder: await folderWithOld(nearlyNew) });
  const update = await receive(server, { folder: await folderWithOld(nearlyNew), base });
  expect(update).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
  // 32 of 8,000 bytes are new.
  expect(wireBytesOf(alone)).toBeGreaterThan(8_000);
  expect(wireBytesOf(update)).toBeLessThan(200);

  await writeFile(join(copy, 'near.txt'), noise(8_000, 'rotten'));
  const again = await receive(server, { folder: await folderWithOld(), base });
  expect(again).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
});

test('a source without the base sends the bundle without it', async () => {
  const server = await startBundleServer();
  const folder = await folderWithOld();
  const base = { ...baseIn(join(folder, 'cache')), internalVersion: 7 };
  const update = await receive(server, { folder, base });
  expect(update).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
});

test('what bundles save is expected of the next plan', async () => {
  const server = await startBundleServer();
  const first = await receive(server, { folder: await folderWithOld() });
  expect(first.plan.wireBytesExpected).toBe(first.plan.bytesPlanned);
  const { plan } = await receive(server, { folder: await folderWithOld(), book: first.book });
  expect(plan.wireBytesExpected).toBeLessThan(plan.bytesPlanned * 0.65);
});

test('a source that does not offer bundles is asked for files, without a fault, and once', async () => {
  const server = await startBundleServer(undefined, { offers: false });
  const first = await receive(server);
  expect(first).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
  const whole = server.requests.length;
  const second = await receive(server, { book: first.book });
  expect(second).toMatchObject({ isExact: true, errors: 0 });
  expect(server.requests).toHaveLength(2 * whole);
  expect(server.asked()).toBe(0);
});

test('a source that is busy is asked again after its Retry-After', async () => {
  let refusals = 0;
  const server = await startBundleServer((request, response) => {
    request.resume();
    refusals += 1;
    response.writeHead(503, { 'Retry-After': 0 }).end();
  });
  const result = await receive(server);
  expect(result).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
  // The first time, three more, and then single files.
  expect(refusals).toBe(4);
});

test('a source that was too busy to say whether it has bundles is asked by the next download', async () => {
  const server = await startBundleServer(undefined, { busyOffers: 1 });
  const first = await receive(server);
  expect(first).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
  expect(server.asked()).toBe(0);
  await receive(server, { book: first.book });
  expect(server.asked()).toBeGreaterThan(0);
});

const compressed = (bytes: Buffer, response: ServerResponse): void => {
  const stream = createZstdCompress();
  response.writeHead(200, { 'Content-Type': RANGE_BUNDLE_TYPE });
  stream.pipe(response);
  stream.end(bytes);
};

test.each<[string, Answer]>([
  ['wrong bytes', async (_, response) => compressed(noise(2 * MIB, 'wrong'), response)],
  ['too few bytes', async (_, response) => compressed(files['big.txt']!.subarray(0, 9), response)],
  [
    'what is not zstd',
    async (_, response) => {
      response.writeHead(200, { 'Content-Type': RANGE_BUNDLE_TYPE }).end('hello');
    },
  ],
  [
    'a stall',
    async (_, response) => {
      response.writeHead(200, { 'Content-Type': RANGE_BUNDLE_TYPE }).write('h');
    },
  ],
  [
    'a reset',
    async (_, response) => {
      response.writeHead(200, { 'Content-Type': RANGE_BUNDLE_TYPE });
      // Before the head a reset may be an idle connection that was closed, which is asked once more.
      response.write('h', () => response.destroy());
    },
  ],
  [
    'more than it holds',
    (_, response) => {
      response.writeHead(200, { 'Content-Type': RANGE_BUNDLE_TYPE });
      response.end(noise(2 * MIB, 'long'));
    },
  ],
])('a bundle of %s is a fault, and the rest comes from elsewhere', async (_name, answer) => {
  const server = await startBundleServer(answer);
  const result = await receive(server, { stallMs: 1_000 });
  expect(result).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true });
  expect(result.errors).toBeGreaterThan(0);
  expect(server.asked()).toBe(1);
});
