/**
 * How fast a whole package arrives over loopback: from one of our servers beside curl from nginx,
 * and from three throttled sources beside the sum of their limits. README.md says how.
 */
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../core/clock.ts';
import { parseChunkIndex, parseManifest, totalBytes, type Manifest } from '../content/index.ts';
import {
  createFileThreads,
  createHttpTransport,
  createThrottle,
  parseCodebase,
  receivePackage,
  SourceBook,
} from '../delivery/index.ts';
import { cpuMsOf, isInstalled, measure, median, run, table, type Cost } from './processes.ts';
import { NEW_VERSION } from './published-package.ts';

const ROUNDS = Number(process.env['CANOPY_BENCH_ROUNDS'] ?? 9);
const MIB = 1024 * 1024;
const LARGE = { name: '8 files of 32 MiB', count: 8, sizeBytes: 32 * MIB };
const SMALL = { name: '5,000 files of 4 KiB', count: 5_000, sizeBytes: 4 * 1024 };
const LIMITS_BYTES_PER_SECOND = [24 * MIB, 16 * MIB, 8 * MIB];

const transport = createHttpTransport();
const threads = createFileThreads();
const work = await mkdtemp(join(tmpdir(), 'canopy-bench-'));
const cleanups: (() => unknown)[] = [
  () => rm(work, { recursive: true, force: true }),
  () => threads.close(),
];
try {
  const large = await startOurs(LARGE);
  await compareWithNginx([large, await startOurs(SMALL)]);
  await shareThree(large);
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}

interface Ours {
  readonly name: string;
  /** The folder of its files. */
  readonly source: string;
  readonly codebase: string;
  readonly pid: number;
  readonly manifest: Manifest;
  readonly index: Buffer;
}

/** Makes a package of files of noise and publishes it as a package server does, in a process of its own. */
async function startOurs({ name, count, sizeBytes }: typeof LARGE): Promise<Ours> {
  const source = await mkdtemp(join(work, 'source-'));
  for (let index = 0; index < count; index += 1) {
    await writeFile(join(source, `${index}.bin`), randomFillSync(Buffer.alloc(sizeBytes)));
  }
  const program = fileURLToPath(new URL('serve.ts', import.meta.url));
  const args = [program, source, await mkdtemp(join(work, 'store-'))];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanups.push(() => child.kill());
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const ready = JSON.parse(line) as Record<'codebase' | 'manifest' | 'chunkIndex', string>;
  const manifest = parseManifest(await readFile(ready.manifest));
  const index = await readFile(ready.chunkIndex);
  return { name, source, codebase: ready.codebase, pid: child.pid!, manifest, index };
}

/** Receives the package into a new folder; what is learnt of the sources stays in `book`. */
async function receive(ours: Ours, urls: readonly string[], book: SourceBook): Promise<void> {
  const folder = await mkdtemp(join(work, 'received-'));
  const reception = await receivePackage({
    folder,
    wanted: { internalVersion: NEW_VERSION, manifest: ours.manifest },
    chunkIndex: parseChunkIndex(ours.index, ours.manifest),
    codebases: urls.map(parseCodebase),
    book,
    clock: systemClock,
    transport,
    threads,
    uncMounts: [],
    signal: new AbortController().signal,
  });
  if (reception.state !== 'RECEIVED') throw new Error(`the package is ${reception.state}`);
  await rm(folder, { recursive: true });
}

/** One way to take a package, and the process that sends it. */
interface Way {
  readonly name: string;
  readonly senderPid: number;
  take(): Promise<unknown>;
}

interface WayCost extends Cost {
  readonly senderCpuMs: number;
}

/** A row for each package and way, the ways of one package alternating. */
async function compareWithNginx(packages: readonly Ours[]): Promise<void> {
  const canCompare = isInstalled('nginx') && isInstalled('curl');
  if (!canCompare) console.log('nginx or curl is not installed, so they are not compared.\n');
  const rows: string[][] = [];
  for (const ours of packages) {
    const ways: Way[] = [
      {
        name: 'receivePackage',
        senderPid: ours.pid,
        take: () => receive(ours, [ours.codebase], new SourceBook(systemClock)),
      },
    ];
    if (canCompare) ways.push(await curlFromNginx(ours.source));
    // What is only done once, starting threads for example, is not of the transfer.
    for (const way of ways) await way.take();
    const runs = ways.map((): WayCost[] => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, way] of ways.entries()) runs[at]!.push(await costOf(way));
    }
    rows.push(
      ...ways.map(({ name }, at) => rowOf(ours, name, { own: runs[at]!, last: runs.at(-1)! })),
    );
  }
  const heads = ['MiB/s', 'wall ms', 'speed to curl', 'receiver CPU ms', 'sender CPU ms'];
  console.log(table(['package', 'way', ...heads], rows));
}

async function costOf({ senderPid, take }: Way): Promise<WayCost> {
  const before = cpuMsOf(senderPid);
  const cost = await measure(take);
  return { ...cost, senderCpuMs: cpuMsOf(senderPid) - before };
}

/** The ratio is the median of the rounds' own ratios: neighbours in time had the same machine. */
function rowOf(
  ours: Ours,
  way: string,
  { own, last }: { readonly own: readonly WayCost[]; readonly last: readonly WayCost[] },
): string[] {
  const wallMs = median(own.map((cost) => cost.wallMs));
  const ratio = median(own.map((cost, round) => last[round]!.wallMs / cost.wallMs));
  const cpuMs = [own.map((cost) => cost.cpuMs), own.map((cost) => cost.senderCpuMs)].map(median);
  const figures = [rate(ours, wallMs), wallMs.toFixed(0), ratio.toFixed(2)];
  return [ours.name, way, ...figures, ...cpuMs.map((ms) => ms.toFixed(0))];
}

/** All files of a folder by one `curl --parallel`, from nginx that serves this folder alone. */
async function curlFromNginx(source: string): Promise<Way> {
  const { origin, pid } = await startNginx(source);
  const urls = (await readdir(source)).map((name) => `${origin}/${name}`);
  const args = ['--silent', '--fail', '--parallel', '--parallel-max', '6', '--remote-name-all'];
  const take = async (): Promise<void> => {
    const folder = await mkdtemp(join(work, 'curl-'));
    await run('curl', [...args, ...urls], { cwd: folder });
    await rm(folder, { recursive: true });
  };
  return { name: 'curl from nginx', senderPid: pid, take };
}

async function startNginx(
  source: string,
): Promise<{ readonly origin: string; readonly pid: number }> {
  const folder = await mkdtemp(join(work, 'nginx-'));
  const port = await freePort();
  const lines = [
    'daemon off; worker_processes 2; user root;',
    `pid ${join(folder, 'pid')}; error_log ${join(folder, 'error')};`,
    'events {}',
    `http { access_log off; sendfile on; server { listen 127.0.0.1:${port}; root ${source}; } }`,
  ];
  await writeFile(join(folder, 'nginx.conf'), lines.join('\n'));
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error')];
  const child = spawn('nginx', args, {
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` },
    stdio: 'inherit',
  });
  cleanups.push(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const origin = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error('nginx did not start');
    const isUp = await fetch(origin).then(
      () => true,
      () => false,
    );
    if (isUp) return { origin, pid: child.pid! };
    await systemClock.sleep(50);
  }
}

/** Our server behind a proxy that holds the sum of its answers to a rate. */
async function startThrottled(ours: Ours, bytesPerSecond: number): Promise<string> {
  const throttle = createThrottle(bytesPerSecond, systemClock);
  const { signal } = new AbortController();
  const { origin, pathname } = new URL(ours.codebase);
  const server: Server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const range = request.headers.range;
      const answer = await fetch(`${origin}${request.url}`, {
        headers: range ? { range } : {},
      });
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      const held = async function* (): AsyncGenerator<Uint8Array> {
        for await (const bytes of answer.body!) {
          await throttle.take(bytes.length, signal);
          yield bytes;
        }
      };
      await pipeline(held, response);
    };
    pass().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`;
}

async function shareThree(ours: Ours): Promise<void> {
  const urls = await Promise.all(
    LIMITS_BYTES_PER_SECOND.map((limit) => startThrottled(ours, limit)),
  );
  const sumMibs = LIMITS_BYTES_PER_SECOND.reduce((sum, limit) => sum + limit, 0) / MIB;
  const walls: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    // Nothing is known of the sources at first, so measuring them is part of it.
    const { wallMs } = await measure(() => receive(ours, urls, new SourceBook(systemClock)));
    walls.push(wallMs);
  }
  const reached = Number(rate(ours, median(walls)));
  const row = [`${sumMibs}`, `${reached}`, (reached / sumMibs).toFixed(2)];
  console.log(`\n${table(['sum of three limits, MiB/s', 'reached, MiB/s', 'ratio'], [row])}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function rate({ manifest }: Ours, wallMs: number): string {
  return ((totalBytes(manifest) / MIB / wallMs) * 1_000).toFixed(0);
}
