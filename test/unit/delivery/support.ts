import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock, type Clock } from '../../../core/clock.ts';
import {
  encodeChunkIndex,
  parseChunkIndex,
  type ChunkIndex,
  type PackedChunks,
} from '../../../content/chunk-index.ts';
import { findCut } from '../../../content/chunker.ts';
import type { Manifest } from '../../../content/manifest.ts';
import { sortManifest } from '../../../content/tree.ts';
import { parseCodebase, type Codebase } from '../../../delivery/source.ts';
import { createFileThreads } from '../../../delivery/file-threads.ts';
import { createHttpTransport } from '../../../delivery/http-transport.ts';
import { SourceBook } from '../../../delivery/source-book.ts';
import type { ReceiveOptions } from '../../../delivery/receive-package.ts';

export type Files = Readonly<Record<string, Buffer>>;
type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => void;

/** Of all receptions of a test file. */
const threads = createFileThreads();
afterAll(() => threads.close());

/** Undone in reverse order after each test. */
export class Cleanup {
  private readonly steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.steps.splice(0).reverse()) await step();
  }
}

export async function temporaryFolder(cleanup: Cleanup): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'canopy-delivery-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Bytes that look random and are the same in every run. */
export function noise(sizeBytes: number, seed = 'seed'): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0, index = 0; at < sizeBytes; at += 32, index += 1) {
    blocks.push(createHash('sha256').update(`${seed}${index}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, sizeBytes);
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

export function manifestOf(files: Files, emptyFolders: readonly string[] = []): Manifest {
  return sortManifest({
    files: Object.entries(files).map(([path, bytes]) => ({
      path,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
      modifiedAtMs: 1_390_562_687_000,
    })),
    emptyFolders,
  });
}

export interface TestServer {
  readonly origin: string;
  readonly codebase: Codebase;
  /** Body bytes handed to sockets. */
  bytesServed: number;
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
}

/**
 * A real HTTP server on loopback; `handler` gets the decoded path without its first `/`. Unless it
 * `offersBundles`, it refuses the question for them as a server does that has no idea of them.
 */
export async function startServer(
  cleanup: Cleanup,
  handler: Handler,
  { offersBundles = false } = {},
): Promise<TestServer> {
  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS' && !offersBundles) return void response.writeHead(405).end();
    const path = decodeURIComponent((request.url ?? '/').slice(1));
    state.requests.push({ path, range: request.headers.range });
    const write = response.write.bind(response) as (...all: unknown[]) => boolean;
    response.write = (chunk: Uint8Array, ...rest: unknown[]) => {
      state.bytesServed += chunk.length;
      return write(chunk, ...rest);
    };
    handler(request, response, path);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const state: TestServer = {
    origin,
    codebase: parseCodebase(origin),
    bytesServed: 0,
    requests: [],
  };
  cleanup.add(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return state;
}

/** Serves `files` rightly: whole, or the part asked for when `If-Range` allows. */
export function serveFiles(files: Files): Handler {
  return (request, response, path) => {
    const bytes = files[path];
    if (!bytes) return void response.writeHead(404).end();
    const etag = `"${sha256(bytes)}"`;
    const { start, end, isPart } = partAskedFor(request, bytes.length, etag);
    response.setHeader('ETag', etag);
    response.setHeader('Content-Length', end - start);
    if (isPart) {
      response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${bytes.length}`);
    }
    response.writeHead(isPart ? 206 : 200);
    response.write(bytes.subarray(start, end));
    response.end();
  };
}

/** Exclusive end; everything when no part is asked for or `If-Range` forbids it. */
export function partAskedFor(
  request: IncomingMessage,
  sizeBytes: number,
  etag: string,
): { start: number; end: number; isPart: boolean } {
  const ifRange = request.headers['if-range'];
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const isPart = range !== null && (!ifRange || ifRange === etag);
  if (!isPart) return { start: 0, end: sizeBytes, isPart };
  const [, start, last] = range;
  return { start: Number(start), end: last ? Number(last) + 1 : sizeBytes, isPart };
}

/** The chunks of every content that has more than one. */
export function packedChunks(files: Files): Map<string, PackedChunks> {
  const packed = new Map<string, PackedChunks>();
  for (const bytes of Object.values(files)) {
    const parts: Buffer[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = findCut(bytes, start, bytes.length);
      const part = Buffer.alloc(36);
      part.writeUInt32BE(end - start);
      part.write(sha256(bytes.subarray(start, end)), 4, 'hex');
      parts.push(part);
      start = end;
    }
    if (parts.length > 1) packed.set(sha256(bytes), Buffer.concat(parts));
  }
  return packed;
}

export function chunkIndexOf(files: Files): ChunkIndex {
  return parseChunkIndex(encodeChunkIndex(packedChunks(files)), manifestOf(files));
}

export interface ReceiveSetup {
  readonly folder: string;
  readonly files: Files;
  readonly codebases: readonly Codebase[];
  readonly internalVersion?: number;
  readonly clock?: Clock;
}

/** Options of `receivePackage` for files that are known. */
export function receiveOptions(setup: ReceiveSetup): ReceiveOptions {
  const clock = setup.clock ?? systemClock;
  return {
    folder: setup.folder,
    wanted: {
      internalVersion: setup.internalVersion ?? 1_390_562_687,
      manifest: manifestOf(setup.files),
    },
    codebases: setup.codebases,
    book: new SourceBook(clock),
    clock,
    transport: createHttpTransport(),
    threads,
    uncMounts: [],
    signal: new AbortController().signal,
  };
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

export async function readFiles(folder: string, paths: Iterable<string>): Promise<Files> {
  const files: Record<string, Buffer> = {};
  for (const path of paths) files[path] = await readFile(join(folder, path));
  return files;
}

/** A clock that stands still until a sleep moves it on at once. */
export function leapingClock(): Clock & { readonly sleeps: number[] } {
  let nowMs = 1_700_000_000_000;
  const sleeps: number[] = [];
  return {
    sleeps,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: systemClock.after,
    sleep: async (delayMs, signal) => {
      signal?.throwIfAborted();
      sleeps.push(delayMs);
      nowMs += delayMs;
    },
  };
}
