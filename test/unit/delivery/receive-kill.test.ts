// Shows that kill -9 at any byte loses at most what was in flight, and never the version in use.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TransferProgress } from '../../../delivery/progress.ts';
import { encodeChunkIndex } from '../../../content/chunk-index.ts';
import {
  Cleanup,
  manifestOf,
  noise,
  packedChunks,
  partAskedFor,
  readFiles,
  sha256,
  startServer,
  temporaryFolder,
  type Files,
} from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MIB = 1024 * 1024;
const BLOCK = 64 * 1024;
const old: Files = { 'big.bin': noise(2 * MIB, 'old'), 'small.txt': noise(5_000, 'old small') };
const young: Files = {
  // Parts of it are in the old version, where only chunks can find them.
  'big.bin': Buffer.concat([noise(MIB, 'a'), noise(MIB, 'old'), noise(2 * MIB, 'big')]),
  'second.bin': noise(2 * MIB, 'second'),
  ...Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`few/${index}.txt`, noise(3_000, `few ${index}`)]),
  ),
};
const totalBytes = Object.values(young).reduce((sum, bytes) => sum + bytes.length, 0);
const child = fileURLToPath(new URL('receive-child.ts', import.meta.url));

/** Sends a block only when the last one was taken, so that little is in flight at a kill. */
async function startSlowServer(): ReturnType<typeof startServer> {
  return await startServer(cleanup, (request, response, path) => {
    const bytes = path.startsWith('1/') ? old[path.slice(2)]! : young[path.slice(2)]!;
    const tag = `"${sha256(bytes)}"`;
    const { start, end, isPart } = partAskedFor(request, bytes.length, tag);
    response.setHeader('ETag', tag);
    response.setHeader('Content-Length', end - start);
    const range = `bytes ${start}-${end - 1}/${bytes.length}`;
    if (isPart) response.setHeader('Content-Range', range);
    response.writeHead(isPart ? 206 : 200);
    const send = (at: number): void => {
      if (response.destroyed) return;
      if (at >= end) return void response.end();
      const block = bytes.subarray(at, Math.min(end, at + BLOCK));
      response.write(block, () => setTimeout(send, 4, at + block.length));
    };
    send(start);
  });
}

interface Run {
  readonly folder: string;
  readonly url: string;
  readonly manifest: string;
  readonly internalVersion: number;
  /** Chunk index file. */
  readonly index?: string;
}

/** Runs the child until it ends, or kills it at the first report that `isEnough`. */
async function receive(
  run: Run,
  isEnough: (progress: TransferProgress) => boolean,
): Promise<string> {
  const args = [child, run.folder, run.url, run.manifest, String(run.internalVersion)];
  if (run.index) args.push(run.index);
  const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => process_.once('exit', resolve));
  let state = 'ENDED WITHOUT A STATE';
  for await (const line of createInterface({ input: process_.stdout })) {
    const report = JSON.parse(line) as TransferProgress & { readonly state?: string };
    if (report.state !== undefined) state = report.state;
    else if (state !== 'KILLED' && isEnough(report)) {
      process_.kill('SIGKILL');
      state = 'KILLED';
    }
  }
  await ended;
  return state;
}

test.each(['by files', 'by chunks'])(
  'killed again and again: bytes are served once and the old version stays, %s',
  async (way) => {
    const server = await startSlowServer();
    const folder = await temporaryFolder(cleanup);
    const manifests = await temporaryFolder(cleanup);
    const manifestFile = async (name: string, files: Files): Promise<string> => {
      const path = join(manifests, name);
      await writeFile(path, JSON.stringify(manifestOf(files)));
      return path;
    };
    const run = { folder: join(folder, 'package') };
    const oldRun = {
      ...run,
      url: `${server.origin}/1`,
      manifest: await manifestFile('old', old),
      internalVersion: 1,
    };
    const newRun = {
      ...run,
      url: `${server.origin}/2`,
      manifest: await manifestFile('new', young),
      internalVersion: 2,
      ...(way === 'by chunks' ? { index: join(manifests, 'index') } : {}),
    };
    await writeFile(join(manifests, 'index'), encodeChunkIndex(packedChunks(young)));
    expect(await receive(oldRun, () => false)).toBe('RECEIVED');
    server.bytesServed = 0;

    const cache = join(run.folder, 'cache');
    const isOldIntact = async (): Promise<boolean> => {
      const files = await readFiles(cache, Object.keys(old));
      return Object.entries(old).every(([path, bytes]) => bytes.equals(files[path]!));
    };
    const kills = [0.1, 0.35, 0.6, 0.85];
    for (const share of kills) {
      const isEnough = ({ bytesDone, phase }: TransferProgress): boolean =>
        phase === 'FETCHING' && bytesDone >= totalBytes * share;
      expect(await receive(newRun, isEnough)).toBe('KILLED');
      expect(await isOldIntact()).toBe(true);
    }
    expect(await receive(newRun, ({ phase }) => phase === 'SWITCHING')).toMatch(/KILLED|RECEIVED/);
    expect(await receive(newRun, () => false)).toMatch(/RECEIVED|HERE/);

    const files = await readFiles(cache, Object.keys(young));
    expect(Object.entries(young).every(([path, bytes]) => bytes.equals(files[path]!))).toBe(true);
    // Six transfers may each have a few blocks in flight when the process dies, and the large files
    // two blocks of 256 KiB that their thread, perhaps only starting, has not written.
    const unwritten = 2 * 2 * 256 * 1024;
    const inFlight = kills.length * (6 * 4 * BLOCK + unwritten);
    const hereBytes = way === 'by chunks' ? MIB - 2 * BLOCK : 0;
    expect(server.bytesServed).toBeGreaterThanOrEqual(totalBytes - MIB);
    expect(server.bytesServed).toBeLessThan(totalBytes - hereBytes + inFlight);
  },
);
