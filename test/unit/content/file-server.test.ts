// Ranges and preconditions are answered as RFC 9110 says, over real HTTP.
import { createHash } from 'node:crypto';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createFileIndex } from '../../../content/file-index.ts';
import { FileServer } from '../../../content/file-server.ts';
import { sha256Hex } from '../../../content/tree.ts';
import { systemClock } from '../../../core/clock.ts';
import { silentLogger } from '../../../core/logger.ts';
import { createTestFolder, type TestFolder } from './helpers.ts';

const small = Buffer.from('0123456789'.repeat(10));
const large = createHash('shake256', { outputLength: 1_000_000 }).update('large').digest();
const modifiedAtMs = Date.UTC(2014, 0, 24, 9, 45, 49, 700);
const lastModified = 'Fri, 24 Jan 2014 09:45:49 GMT';
const older = 'Fri, 24 Jan 2014 09:45:48 GMT';
const newer = 'Fri, 24 Jan 2014 09:45:50 GMT';

let folder: TestFolder;
let server: Server;
let finished: Promise<void>[];
const objectPath = (sha256: string): string => join(folder.path, 'objects', sha256);

beforeAll(async () => {
  folder = createTestFolder();
  mkdirSync(join(folder.path, 'objects'));
  const contents: [string, Buffer][] = [
    ['Small.TXT', small],
    ['dir/large é%.bin', large],
    ['zero', Buffer.alloc(0)],
    ['torn', Buffer.alloc(200_000, 't')],
  ];
  for (const [, bytes] of contents) writeFileSync(objectPath(sha256Hex(bytes)), bytes);
  const files = contents.map(([path, bytes]) => {
    return { path, sizeBytes: bytes.length, sha256: sha256Hex(bytes), modifiedAtMs };
  });
  // More than the system's socket buffers take, so that the server has to wait for its client.
  const huge = { path: 'huge', sizeBytes: 2 ** 28, sha256: sha256Hex('huge'), modifiedAtMs };
  writeFileSync(objectPath(huge.sha256), '');
  truncateSync(objectPath(huge.sha256), huge.sizeBytes);
  const gone = { path: 'gone', sizeBytes: 5, sha256: sha256Hex('gone'), modifiedAtMs };
  const future = { ...files[0]!, path: 'future', modifiedAtMs: Date.UTC(2200, 1) };
  const index = createFileIndex({ files: [...files, huge, gone, future], emptyFolders: ['empty'] });
  const fileServer = new FileServer({ objectPath, clock: systemClock, logger: silentLogger });
  finished = [];
  server = createServer((request, response) => {
    const isCurrent = request.url!.startsWith('/current/');
    const encodedPath = request.url!.slice(isCurrent ? '/current/'.length : 1);
    const currentSinceMs = isCurrent ? Date.UTC(2020, 0) : undefined;
    const tree = { index, currentSinceMs };
    finished.push(fileServer.servePath(request, response, { tree, encodedPath }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  folder.remove();
});

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, headers, method, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: Buffer.concat(parts),
        });
      });
    })
      .on('error', reject)
      .end();
  });
}

const tag = `"${sha256Hex(small)}"`;

test('a whole file comes with its validators and digest', async () => {
  const { status, headers, body } = await ask('/small.txt');
  expect(status).toBe(200);
  expect(body.equals(small)).toBe(true);
  expect(headers).toMatchObject({
    etag: tag,
    'last-modified': lastModified,
    'accept-ranges': 'bytes',
    'content-length': '100',
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    'cache-control': 'public, max-age=31536000, immutable',
    'repr-digest': `sha-256=:${createHash('sha256').update(small).digest('base64')}:`,
  });
});

test.each<[string, string, number, string | undefined, Buffer]>([
  ['single', 'bytes=10-19', 206, 'bytes 10-19/100', small.subarray(10, 20)],
  ['suffix', 'bytes=-7', 206, 'bytes 93-99/100', small.subarray(93)],
  ['suffix longer than the file', 'bytes=-700', 206, 'bytes 0-99/100', small],
  ['open', 'bytes=95-', 206, 'bytes 95-99/100', small.subarray(95)],
  ['end beyond the file', 'bytes=95-1000', 206, 'bytes 95-99/100', small.subarray(95)],
  [
    'end beyond all numbers',
    `bytes=95-${'9'.repeat(400)}`,
    206,
    'bytes 95-99/100',
    small.subarray(95),
  ],
  ['beyond the end', 'bytes=100-', 416, 'bytes */100', Buffer.alloc(0)],
  ['several', 'bytes=0-1,4-5', 200, undefined, small],
  ['overlapping', 'bytes=0-50,20-70', 200, undefined, small],
  ['backwards', 'bytes=9-3', 200, undefined, small],
  ['malformed', 'bytes=a-b', 200, undefined, small],
  ['a lone hyphen', 'bytes=-', 200, undefined, small],
  ['another unit', 'lines=1-2', 200, undefined, small],
  ['unit in capitals', 'BYTES=0-1', 206, 'bytes 0-1/100', small.subarray(0, 2)],
  ['first byte', 'bytes=0-0', 206, 'bytes 0-0/100', small.subarray(0, 1)],
  ['nothing', 'bytes=-0', 416, 'bytes */100', Buffer.alloc(0)],
  [
    '1,000 tiny',
    `bytes=${Array.from({ length: 1000 }, (_, at) => `${at}-${at}`).join()}`,
    200,
    undefined,
    small,
  ],
])('range: %s', async (_name, range, status, contentRange, body) => {
  const answer = await ask('/small.txt', { Range: range });
  expect(answer.status).toBe(status);
  expect(answer.headers['content-range']).toBe(contentRange);
  expect(answer.body.equals(body)).toBe(true);
});

test.each([
  ['strong tag', tag, 206],
  ['weak tag', `W/${tag}`, 200],
  ['other tag', '"other"', 200],
  ['equal date', lastModified, 206],
  ['older date', older, 200],
  ['newer date', newer, 200],
  ['nonsense', 'yesterday', 200],
])('If-Range: %s', async (_name, value, status) => {
  const answer = await ask('/small.txt', { Range: 'bytes=0-4', 'If-Range': value });
  expect(answer.status).toBe(status);
  expect(answer.body.length).toBe(status === 206 ? 5 : 100);
});

test.each<[string, Record<string, string>, number]>([
  ['If-None-Match *', { 'If-None-Match': '*' }, 304],
  ['If-None-Match same', { 'If-None-Match': tag }, 304],
  ['If-None-Match weak', { 'If-None-Match': `W/${tag}` }, 304],
  ['If-None-Match in a list', { 'If-None-Match': `"a,b", ,${tag}` }, 304],
  ['If-None-Match other', { 'If-None-Match': '"other"' }, 200],
  ['If-None-Match without quotes', { 'If-None-Match': sha256Hex(small) }, 200],
  ['If-None-Match and a range', { 'If-None-Match': tag, Range: 'bytes=0-1' }, 304],
  ['If-None-Match other and a range', { 'If-None-Match': '"other"', Range: 'bytes=0-1' }, 206],
  ['If-None-Match wins over a date', { 'If-None-Match': '"x"', 'If-Modified-Since': newer }, 200],
  ['If-Match *', { 'If-Match': '*' }, 200],
  ['If-Match same', { 'If-Match': `"x", ${tag}` }, 200],
  ['If-Match wrong', { 'If-Match': '"other"' }, 412],
  ['If-Match weak', { 'If-Match': `W/${tag}` }, 412],
  ['If-Match wins over a date', { 'If-Match': tag, 'If-Unmodified-Since': older }, 200],
  ['If-Match fails before If-None-Match', { 'If-Match': '"x"', 'If-None-Match': tag }, 412],
  ['If-Modified-Since equal', { 'If-Modified-Since': lastModified }, 304],
  ['If-Modified-Since older', { 'If-Modified-Since': older }, 200],
  ['If-Modified-Since newer', { 'If-Modified-Since': newer }, 304],
  ['If-Modified-Since, RFC 850', { 'If-Modified-Since': 'Friday, 24-Jan-14 09:45:49 GMT' }, 304],
  ['If-Modified-Since, asctime', { 'If-Modified-Since': 'Fri Jan 24 09:45:49 2014' }, 304],
  ['If-Modified-Since, ISO', { 'If-Modified-Since': '2030-01-01T00:00:00Z' }, 200],
  ['If-Unmodified-Since equal', { 'If-Unmodified-Since': lastModified }, 200],
  ['If-Unmodified-Since older', { 'If-Unmodified-Since': older }, 412],
  [
    'If-Unmodified-Since of no day',
    { 'If-Unmodified-Since': 'Fri, 31 Feb 2014 09:45:49 GMT' },
    200,
  ],
])('%s', async (_name, headers, status) => {
  const answer = await ask('/small.txt', headers);
  expect(answer.status).toBe(status);
  if (status === 304) expect(answer.headers).toMatchObject({ etag: tag });
});

test('HEAD ignores the range and has no body', async () => {
  for (const path of ['/small.txt', '/dir/large%20%C3%A9%25.bin']) {
    const answer = await ask(path, { Range: 'bytes=0-4' }, 'HEAD');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-range']).toBeUndefined();
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(50);
    expect(answer.body.length).toBe(0);
  }
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not allowed', async (method) => {
  const answer = await ask('/small.txt', {}, method);
  expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
});

test('large files are whole, in parts, and found in any letter case', async () => {
  const path = '/DIR/Large%20%C3%89%25.BIN';
  expect((await ask(path)).body.equals(large)).toBe(true);
  const part = await ask(path, { Range: 'bytes=300000-899999' });
  expect(part.headers['content-range']).toBe('bytes 300000-899999/1000000');
  expect(part.body.equals(large.subarray(300_000, 900_000))).toBe(true);
});

test('an empty file has no ranges to speak of', async () => {
  expect((await ask('/zero')).status).toBe(200);
  expect((await ask('/zero', { Range: 'bytes=0-' })).status).toBe(416);
  expect((await ask('/zero', { Range: 'bytes=-5' })).status).toBe(200);
});

test.each([
  ['/', 404],
  ['/dir', 404],
  ['/dir/', 404],
  ['/empty', 404],
  ['/absent', 404],
  ['//small.txt', 404],
  ['/../small.txt', 404],
  ['/%2e%2e/small.txt', 404],
  ['/dir%2flarge%20%C3%A9%25.bin', 404],
  ['/..%5csmall.txt', 404],
  ['/small.txt%00', 404],
  ['/%', 400],
  ['/%zz', 400],
  ['/%c0%ae', 400],
])('%s is answered with %i', async (path, status) => {
  expect((await ask(path)).status).toBe(status);
});

test('an address without a version dates its content by the version', async () => {
  const { headers } = await ask('/current/small.txt');
  expect(headers).toMatchObject({
    'last-modified': 'Wed, 01 Jan 2020 00:00:00 GMT',
    'cache-control': 'no-cache',
  });
});

test('a date in the future is not told', async () => {
  const { headers, status } = await ask('/future');
  expect([status, headers['last-modified']]).toEqual([200, undefined]);
});

test('content that is missing or damaged is never served', async () => {
  expect((await ask('/gone')).status).toBe(500);
  truncateSync(objectPath(sha256Hex(Buffer.alloc(200_000, 't'))), 100);
  expect((await ask('/torn')).status).toBe(500);
});

test('a client that goes away ends the work for it', async () => {
  const { port } = server.address() as AddressInfo;
  finished.length = 0;
  await new Promise<void>((resolve) => {
    const path = '/huge';
    const request = httpRequest({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.once('data', () => request.destroy());
      response.on('error', () => undefined);
    });
    request
      .on('close', resolve)
      .on('error', () => undefined)
      .end();
  });
  await Promise.all(finished);
  expect((await ask('/small.txt')).status).toBe(200);
});
