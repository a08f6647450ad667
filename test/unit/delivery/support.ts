import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock, type Clock } from '../../../core/clock.ts';
import type { Manifest } from '../../../content/manifest.ts';
import { sortManifest } from '../../../content/tree.ts';
import { parseCodebase, type Codebase } from '../../../delivery/source.ts';
import { SourceBook } from '../../../delivery/source-book.ts';
import type { ReceiveOptions } from '../../../delivery/receive-package.ts';

export type Files = Readonly<Record<string, Buffer>>;
type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => void;

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

/** A real HTTP server on loopback; `handler` gets the decoded path without its first `/`. */
export async function startServer(cleanup: Cleanup, handler: Handler): Promise<TestServer> {
  const server = createServer((request, response) => {
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

/** Serves `files` rightly: whole, or from an offset when `If-Range` allows. */
export function serveFiles(files: Files): Handler {
  return (request, response, path) => {
    const bytes = files[path];
    if (!bytes) return void response.writeHead(404).end();
    const etag = `"${sha256(bytes)}"`;
    const ifRange = request.headers['if-range'];
    const start = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const offset = start !== undefined && (!ifRange || ifRange === etag) ? Number(start) : 0;
    response.setHeader('ETag', etag);
    response.setHeader('Content-Length', bytes.length - offset);
    if (offset > 0) {
      response.setHeader('Content-Range', `bytes ${offset}-${bytes.length - 1}/${bytes.length}`);
    }
    response.writeHead(offset > 0 ? 206 : 200);
    response.write(bytes.subarray(offset));
    response.end();
  };
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
    fetch: globalThis.fetch,
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
    sleep: async (delayMs, signal) => {
      signal?.throwIfAborted();
      sleeps.push(delayMs);
      nowMs += delayMs;
    },
  };
}
