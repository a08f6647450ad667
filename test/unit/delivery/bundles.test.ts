// Shows many ranges in one compressed answer: exact, verified, and optional on both sides.
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createZstdCompress } from 'node:zlib';
import {
  asksForBundle,
  BUNDLE_LIMITS,
  RANGE_BUNDLE_TYPE,
  RANGE_LIST_TYPE,
  serveRangeBundle,
} from '../../../content/range-bundle.ts';
import { receivePackage } from '../../../delivery/receive-package.ts';
import {
  chunkIndexOf,
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
  ...Object.fromEntries(
    Array.from({ length: 60 }, (_, index) => [`few/${index}.txt`, noise(2_000, `few ${index}`)]),
  ),
};
const old: Files = {
  ...files,
  'big.txt': Buffer.concat([files['big.txt']!.subarray(0, 300_000), text('was')]),
  'few/7.txt': noise(2_000, 'was'),
};

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Serves files and answers bundles by `answer`; default: as the product does. */
async function startBundleServer(of: Files, answer?: Answer): Promise<TestServer> {
  const folder = await temporaryFolder(cleanup);
  const sizes = new Map<string, number>();
  for (const bytes of Object.values(of)) {
    sizes.set(sha256(bytes), bytes.length);
    await writeFile(join(folder, sha256(bytes)), bytes);
  }
  const source = {
    sizeOf: (hash: string) => sizes.get(hash),
    objectPath: (hash: string) => join(folder, hash),
  };
  const asUsual: Answer = (request, response) => serveRangeBundle(request, response, source);
  const serve = serveFiles(of);
  return await startServer(cleanup, (request, response, path) => {
    if (asksForBundle(request)) void (answer ?? asUsual)(request, response);
    else serve(request, response, path);
  });
}

async function receive(server: TestServer, folder: string) {
  const codebases = [server.codebase];
  const options = receiveOptions({ folder, files, codebases });
  const chunkIndex = chunkIndexOf(files);
  const quick = { windowMs: 300, minBytes: 1_000 };
  const all = { ...options, chunkIndex, bundles: true, stallLimit: quick };
  const reception = await receivePackage(all);
  const found = await readFiles(join(folder, 'cache'), Object.keys(files));
  const isExact = Object.entries(files).every(([path, bytes]) => bytes.equals(found[path]!));
  return { reception, isExact, errors: options.book.rank(codebases)[0]!.errors };
}

test('a whole package and an update are one request each, and fewer bytes than there are', async () => {
  const server = await startBundleServer(files);
  const first = await receive(server, await temporaryFolder(cleanup));
  expect(first).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
  expect(server.requests).toHaveLength(1);
  expect(server.bytesServed).toBeLessThan(700_000);

  const folder = await temporaryFolder(cleanup);
  await writeFiles(join(folder, 'cache'), old);
  server.requests.length = 0;
  server.bytesServed = 0;
  const update = await receive(server, folder);
  expect(update).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true });
  expect(server.requests).toHaveLength(1);
  expect(server.bytesServed).toBeLessThan(350_000);
});

test('a source that does not know bundles is asked for files, without a fault', async () => {
  const server = await startServer(cleanup, (request, response, path) => {
    if (request.method === 'POST') return void response.writeHead(405).end();
    serveFiles(files)(request, response, path);
  });
  const result = await receive(server, await temporaryFolder(cleanup));
  expect(result).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true, errors: 0 });
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
  ['a reset', async (_, response) => void response.destroy()],
])('a bundle of %s is a fault, and the ranges come singly', async (_name, answer) => {
  const server = await startBundleServer(files, answer);
  const result = await receive(server, await temporaryFolder(cleanup));
  expect(result).toMatchObject({ reception: { state: 'RECEIVED' }, isExact: true });
  expect(result.errors).toBeGreaterThan(0);
});

const small = sha256(files['few/1.txt']!);
test.each([
  ['not JSON', 400, '{'],
  ['no list', 400, '{"ranges":{}}'],
  ['null', 400, 'null'],
  ['a negative offset', 400, JSON.stringify({ ranges: [[small, -1, 5]] })],
  ['a path for a hash', 400, JSON.stringify({ ranges: [['../../etc/passwd', 0, 5]] })],
  ['more than there is', 404, JSON.stringify({ ranges: [[small, 1_999, 2]] })],
  ['a content of another package', 404, JSON.stringify({ ranges: [['0'.repeat(64), 0, 1]] })],
  ['too many ranges', 400, JSON.stringify({ ranges: Array(10_001).fill([small, 0, 1]) })],
  ['too much', 413, ' '.repeat(BUNDLE_LIMITS.requestBytes + 1)],
])('a request with %s is refused with %i', async (_name, status, body) => {
  const server = await startBundleServer(files);
  const response = await fetch(server.origin, {
    method: 'POST',
    headers: { 'content-type': RANGE_LIST_TYPE },
    body,
  });
  await response.text();
  expect(response.status).toBe(status);
});
