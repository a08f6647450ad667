// Shows what an open door for range bundles withstands: hostile lists, crowds, slow readers, damage.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { createFileIndex } from '../../../content/file-index.ts';
import {
  BASE_VERSION_HEADER,
  BUNDLE_LIMITS,
  RangeBundleServer,
  type BundleLimits,
} from '../../../content/range-bundle.ts';
import { encodeRangeList, RANGE_LIST_TYPE } from '../../../content/range-list.ts';
import { systemClock } from '../../../core/clock.ts';
import { ERRORS, isCanopyError } from '../../../core/errors.ts';
import { silentLogger } from '../../../core/logger.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const noise = (sizeBytes: number, seed: string): Buffer => {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, at) =>
    createHash('sha256').update(`${seed}${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, sizeBytes);
};
const large = noise(3 * 1024 * 1024, 'large');
const old = Buffer.concat([noise(5_000, 'before'), large]);
const OLD_VERSION = 7;

let folder: string;
let server: Server | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'canopy-bundles-'));
});
beforeEach(async () => {
  for (const bytes of [large, old]) await writeFile(join(folder, sha256(bytes)), bytes);
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const indexOf = (bytes: Buffer) =>
  createFileIndex({
    files: [{ path: 'f', sizeBytes: bytes.length, sha256: sha256(bytes), modifiedAtMs: 0 }],
    emptyFolders: [],
  });

interface Started {
  readonly url: string;
  readonly responses: ServerResponse[];
}

async function start(change: Partial<BundleLimits> = {}, clock = systemClock): Promise<Started> {
  const limits = { ...BUNDLE_LIMITS, ...change };
  const objectPath = (hash: string) => join(folder, hash);
  const bundles = new RangeBundleServer({ objectPath, clock, logger: silentLogger, limits });
  const responses: ServerResponse[] = [];
  server = createServer((request, response) => {
    responses.push(response);
    const client = String(request.headers['x-client'] ?? 'one');
    const target = {
      index: indexOf(large),
      indexOf: async (version: number) => (version === OLD_VERSION ? indexOf(old) : undefined),
      client,
    };
    bundles.serve(request, response, target).catch((error: unknown) => {
      if (!isCanopyError(error)) return void response.destroy();
      const { code, retryAfterMs = 0 } = error;
      response.setHeader('Retry-After', retryAfterMs / 1_000);
      response.writeHead(ERRORS[code].status).end(`${code} ${error.message}`);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, responses };
}

const post = (url: string, body: string, headers = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': RANGE_LIST_TYPE, ...headers }, body });
const range = (bytes: Buffer, offsetBytes: number, lengthBytes: number) => ({
  sha256: sha256(bytes),
  offsetBytes,
  lengthBytes,
});
const WHOLE = encodeRangeList({ ranges: [range(large, 0, large.length)] });

/** More than the buffers of two sockets hold, so that an answer waits for its reader. */
const HUGE_LIMIT = { rangeBytes: 64 * 1024 * 1024 };
const HUGE = encodeRangeList({ ranges: Array(16).fill(range(large, 0, large.length)) });

/** A client that asks and does not read. */
function askWithoutReading(url: string, client: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': RANGE_LIST_TYPE, 'x-client': client };
    const asking = httpRequest(url, { method: 'POST', headers }, (response) => {
      response.on('error', () => undefined);
      resolve(() => asking.destroy());
    });
    asking.on('error', reject).end(HUGE);
  });
}

test('ranges come in the order asked for, and against a base as little as differs', async () => {
  const { url } = await start();
  const list = { ranges: [range(large, 100, 50), range(large, 0, 10)] };
  const plain = await post(url, encodeRangeList(list));
  const expected = Buffer.concat([large.subarray(100, 150), large.subarray(0, 10)]);
  expect(zstdDecompressSync(Buffer.from(await plain.arrayBuffer()))).toEqual(expected);

  const base = { internalVersion: OLD_VERSION, ranges: [range(old, 0, old.length)] };
  const based = await post(url, encodeRangeList({ ranges: [range(large, 0, large.length)], base }));
  expect(based.headers.get(BASE_VERSION_HEADER)).toBe(String(OLD_VERSION));
  const bytes = Buffer.from(await based.arrayBuffer());
  expect(bytes.length).toBeLessThan(5_000);
  expect(zstdDecompressSync(bytes, { dictionary: old }).equals(large)).toBe(true);
});

const hash = sha256(large);
const list = (...groups: unknown[]): string => JSON.stringify({ ranges: groups });
test.each([
  ['no JSON', 400, '{', /body/],
  ['null', 400, 'null', /body/],
  ['no list', 400, '{"ranges":{}}', /ranges is not a list/],
  ['an empty list', 400, list(), /ranges is empty/],
  ['half a pair', 400, list([hash, 0]), /ranges\.0/],
  ['a negative offset', 400, list([hash, 0, 1, -1, 5]), /ranges\.0\.3/],
  ['no length', 400, list([hash, 0, 0]), /ranges\.0\.2/],
  ['a fraction', 400, list([hash, 0, 1.5]), /ranges\.0\.2/],
  ['a number past all files', 400, list([hash, 0, 1e300]), /ranges\.0\.2/],
  ['a path for a hash', 400, list(['../../etc/passwd', 0, 5]), /ranges\.0\.0/],
  ['a bad base', 400, `{"ranges":[["${hash}",0,1]],"base":5}`, /base/],
  ['a base of no version', 400, `{"ranges":[["${hash}",0,1]],"base":{}}`, /base\.version/],
  ['more than there is', 404, list([hash, large.length - 1, 2]), /ends after it/],
  ['a content of another package', 404, list(['0'.repeat(64), 0, 1]), /no content 000/],
  ['too many ranges', 413, list([hash, ...Array(10_002).fill(1)]), /5000 ranges/],
  ['too many bytes', 413, list([hash, 0, 3_000_000, 0, 3_000_000]), /4194304 bytes/],
  ['too long a request', 413, ' '.repeat(BUNDLE_LIMITS.requestBytes + 1), /body/],
])(
  'a list with %s is refused with %i and says what is wrong',
  async (_name, status, body, text) => {
    const { url } = await start();
    const response = await post(url, body);
    expect([response.status, await response.text()]).toEqual([status, expect.stringMatching(text)]);
  },
);

test('one client gets no more than its share at once, and all together no more than theirs', async () => {
  const { url, responses } = await start({ ...HUGE_LIMIT, answers: 3, answersPerClient: 2 });
  const leave = [await askWithoutReading(url, 'slow'), await askWithoutReading(url, 'slow')];
  const third = await post(url, WHOLE, { 'x-client': 'slow' });
  expect([third.status, third.headers.get('retry-after')]).toEqual([429, '2']);
  leave.push(await askWithoutReading(url, 'other'));
  const fourth = await post(url, WHOLE, { 'x-client': 'fourth' });
  expect([fourth.status, fourth.headers.get('retry-after')]).toEqual([503, '2']);
  const closed = Promise.all(
    responses
      .filter(({ writableFinished, destroyed }) => !writableFinished && !destroyed)
      .map((response) => new Promise((resolve) => response.once('close', resolve))),
  );
  for (const go of leave) go();
  await closed;
  const after = await post(url, WHOLE, { 'x-client': 'slow' });
  expect(after.status).toBe(200);
  expect((await after.arrayBuffer()).byteLength).toBeGreaterThan(0);
});

test('a reader that does not take its answer in time is cut off', async () => {
  let expire: () => void = () => undefined;
  const clock = {
    ...systemClock,
    sleep: () => new Promise<void>((resolve) => (expire = resolve)),
  };
  const { url, responses } = await start(HUGE_LIMIT, clock);
  await askWithoutReading(url, 'slow');
  const closed = new Promise((resolve) => responses[0]!.once('close', resolve));
  expire();
  await closed;
  expect(responses[0]!.writableFinished).toBe(false);
});

test('a damaged content is an error, a damaged base is left aside', async () => {
  const { url } = await start();
  const base = { internalVersion: OLD_VERSION, ranges: [range(old, 0, 9)] };
  await truncate(join(folder, sha256(old)), 100);
  const alone = await post(url, encodeRangeList({ ranges: [range(large, 0, 9)], base }));
  expect([alone.status, alone.headers.get(BASE_VERSION_HEADER)]).toEqual([200, null]);
  await alone.arrayBuffer();
  await truncate(join(folder, sha256(large)), 100);
  const damaged = await post(url, WHOLE);
  expect([damaged.status, await damaged.text()]).toEqual([500, expect.stringMatching(/DAMAGED/)]);
});
