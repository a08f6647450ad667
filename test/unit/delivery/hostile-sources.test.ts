// Shows that no lying, slow or breaking source puts a wrong byte here, and that the next one helps.
import { readFile, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { WorkerPool } from '../../../content/worker-pool.ts';
import { fetchFile, type FetchFileOptions } from '../../../delivery/fetch-file.ts';
import { createHttpTransport } from '../../../delivery/http-transport.ts';
import { BlockPool } from '../../../delivery/part-writer.ts';
import { httpSource } from '../../../delivery/http-source.ts';
import { systemClock } from '../../../core/clock.ts';
import { receivePackage } from '../../../delivery/receive-package.ts';
import {
  Cleanup,
  manifestOf,
  noise,
  receiveOptions,
  serveFiles,
  sha256,
  startServer,
  temporaryFolder,
  type TestServer,
} from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const SIZE = 1024 * 1024;
const bytes = noise(SIZE);
const files = { 'setup.bin': bytes };
const otherBytes = noise(SIZE, 'other');
const patient = { windowMs: 30_000, minBytes: 16 * 1024 };
const quick = { windowMs: 150, minBytes: 16 * 1024 };

type Lie = (response: ServerResponse, request: IncomingMessage) => void;
const LIES: Record<string, { readonly lie: Lie; readonly fault: RegExp; readonly stalls?: true }> =
  {
    'wrong bytes of the right length': {
      lie: (response) => response.setHeader('Content-Length', SIZE).end(otherBytes),
      fault: /wrong content/,
    },
    'a shorter file that says so': {
      lie: (response) => response.end(bytes.subarray(0, SIZE - 1)),
      fault: /announces 1048575 bytes instead of 1048576/,
    },
    'a shorter file that does not say so': {
      lie: (response) => {
        response.write(bytes.subarray(0, SIZE - 1));
        response.end();
      },
      fault: /ends after 1048575 of 1048576 bytes/,
    },
    'an endless file': {
      lie: (response) => {
        const pump = (): void => {
          while (!response.destroyed && response.write(bytes));
          if (!response.destroyed) response.once('drain', pump);
        };
        pump();
      },
      fault: /sends more than 1048576 bytes/,
    },
    'a stall in the middle': {
      lie: (response) => void response.write(bytes.subarray(0, SIZE / 2)),
      fault: /fewer than 16384/,
      stalls: true,
    },
    'no answer at all': {
      lie: () => undefined,
      fault: /sent 0 bytes in 0.15 s/,
      stalls: true,
    },
    'a byte now and then': {
      lie: (response) => {
        const timer = setInterval(() => response.write(bytes.subarray(0, 1)), 20);
        response.on('close', () => clearInterval(timer));
      },
      fault: /fewer than 16384/,
      stalls: true,
    },
    'a reset in the middle': {
      lie: (response) => response.write(bytes.subarray(0, SIZE / 2), () => response.destroy()),
      fault: /the connection broke/,
    },
    'a redirect': {
      lie: (response) => response.writeHead(302, { Location: '/elsewhere' }).end(),
      fault: /redirects \(HTTP 302\)/,
    },
    'a compressed answer': {
      lie: (response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bytes),
      fault: /encoded as gzip/,
    },
    'another version, by its tag': {
      lie: (response) => response.writeHead(200, { ETag: `"${'0'.repeat(64)}"` }).end(bytes),
      fault: /other content under this name/,
    },
    'an error page': {
      lie: (response) => response.writeHead(500).end('sorry'),
      fault: /answers HTTP 500/,
    },
    'a file it does not have': {
      lie: (response) => response.writeHead(404).end(),
      fault: /has no file setup.bin \(HTTP 404\)/,
    },
  };

describe.each(Object.entries(LIES))('a source with %s', (_name, { lie, fault, stalls }) => {
  const stallLimit = stalls ? quick : patient;

  test('alone: nothing is put into use, and the fault is told', async () => {
    const liar = await startServer(cleanup, (request, response) => lie(response, request));
    const folder = await temporaryFolder(cleanup);
    const reception = await receivePackage({
      ...receiveOptions({ folder, files, codebases: [liar.codebase] }),
      stallLimit,
    });
    expect(reception.state).toBe('INCOMPLETE');
    if (reception.state !== 'INCOMPLETE') return;
    expect(reception.failures[0]!.faults[0]!.message).toMatch(fault);
    expect(await readdir(folder)).toEqual(['partial']);
  });

  test('beside an honest one: the honest one delivers', async () => {
    const liar = await startServer(cleanup, (request, response) => lie(response, request));
    const honest = await startServer(cleanup, serveFiles(files));
    const folder = await temporaryFolder(cleanup);
    const options = receiveOptions({ folder, files, codebases: [liar.codebase, honest.codebase] });
    options.book.recordSpeed(liar.codebase, 1e9);
    options.book.recordSpeed(honest.codebase, 1e3);
    const reception = await receivePackage({ ...options, stallLimit });
    expect(reception.state).toBe('RECEIVED');
    expect(sha256(await readFile(join(folder, 'cache/setup.bin')))).toBe(sha256(bytes));
    const [liarRank] = options.book.rank([liar.codebase]);
    expect(liarRank!.errors).toBeGreaterThan(0);
  });
});

async function fetchOptions(server: TestServer): Promise<FetchFileOptions> {
  const pool = new WorkerPool(1);
  cleanup.add(() => pool.close());
  return {
    file: manifestOf(files).files[0]!,
    part: join(await temporaryFolder(cleanup), 'setup.bin.part'),
    thread: { pool, blocks: new BlockPool() },
    source: httpSource(server.codebase, createHttpTransport()),
    clock: systemClock,
    signal: new AbortController().signal,
    stallLimit: patient,
    throttle: undefined,
    onBytes: () => undefined,
  };
}

test('a version that changes between two ranges costs the first part, nothing else', async () => {
  let broken = false;
  const old = otherBytes;
  const server = await startServer(cleanup, (request, response, path) => {
    if (broken) return serveFiles(files)(request, response, path);
    broken = true;
    response.setHeader('ETag', '"old"');
    response.write(old.subarray(0, SIZE / 2), () => response.destroy());
  });
  const options = await fetchOptions(server);
  await expect(fetchFile(options)).rejects.toMatchObject({ fault: 'UNREACHABLE' });
  await fetchFile(options);
  const [first, second] = server.requests.map(({ range }) => range);
  expect(first).toBeUndefined();
  // A reset may take the last bytes that were on their way with it.
  const from = Number(/^bytes=(\d+)-$/.exec(second ?? '')?.[1]);
  expect(from).toBeGreaterThan(0);
  expect(from).toBeLessThanOrEqual(SIZE / 2);
  expect(sha256(await readFile(options.part))).toBe(sha256(bytes));
});

test('a change that If-Range cannot see is seen by the hash', async () => {
  let turn = 0;
  const server = await startServer(cleanup, (request, response, path) => {
    turn += 1;
    if (turn > 1) return serveFiles(files)(request, response, path);
    response.write(otherBytes.subarray(0, SIZE / 2), () => response.destroy());
  });
  const options = await fetchOptions(server);
  await expect(fetchFile(options)).rejects.toMatchObject({ fault: 'UNREACHABLE' });
  await fetchFile(options);
  expect(turn).toBe(3);
  expect(sha256(await readFile(options.part))).toBe(sha256(bytes));
});

test('a connection that breaks again and again is resumed until it is done', async () => {
  const server = await startServer(cleanup, (request, response) => {
    const from = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
    const part = bytes.subarray(from, from + 300_000);
    response.setHeader('Content-Length', SIZE - from);
    if (from > 0) response.setHeader('Content-Range', `bytes ${from}-${SIZE - 1}/${SIZE}`);
    response.writeHead(from > 0 ? 206 : 200);
    response.write(part, () => response.destroy());
  });
  const folder = await temporaryFolder(cleanup);
  const reception = await receivePackage(
    receiveOptions({ folder, files, codebases: [server.codebase] }),
  );
  expect(reception).toMatchObject({ state: 'RECEIVED', bytesFetched: SIZE });
  expect(server.requests).toHaveLength(4);
});

test('a wrong range is refused', async () => {
  let turn = 0;
  const server = await startServer(cleanup, (_request, response) => {
    turn += 1;
    if (turn === 1)
      return void response.write(bytes.subarray(0, SIZE / 2), () => response.destroy());
    response.setHeader('Content-Range', `bytes 0-8/${SIZE}`);
    response.writeHead(206).end(bytes.subarray(0, 9));
  });
  const options = await fetchOptions(server);
  await expect(fetchFile(options)).rejects.toMatchObject({ fault: 'UNREACHABLE' });
  await expect(fetchFile(options)).rejects.toMatchObject({ fault: 'OTHER_CONTENT' });
});
