/**
 * How many bytes and how much CPU an update takes: for consecutive releases of real packages, the
 * product's chunks beside a compressed full download, rsync -z and casync. README.md says how.
 */
import { cp, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { parseChunkIndex, parseManifest } from '../content/index.ts';
import {
  createFileThreads,
  createHttpTransport,
  type LocalContent,
  parseCodebase,
  receivePackage,
  SourceBook,
  type TransferPlan,
} from '../delivery/index.ts';
import { PAIRS, unpackedPackage, type Pair } from './npm-packages.ts';
import { startBenchServer, type BenchServer } from './package-server.ts';
import { isInstalled, measure, median, run, table } from './processes.ts';

const ROUNDS = Number(process.env['CANOPY_BENCH_ROUNDS'] ?? 3);

/** Two releases, unpacked, and served. */
interface Update {
  readonly pair: Pair;
  readonly from: string;
  readonly to: string;
  readonly old: BenchServer;
  readonly server: BenchServer;
  /** A folder that each run may fill. */
  readonly scratch: string;
}

interface Way {
  readonly name: string;
  /** Work that every receiver has done long before; not measured. */
  prepare?(update: Update): Promise<void>;
  /** Answers the bytes that moved. */
  update(update: Update): Promise<number>;
}

const fullDownload: Way = {
  name: 'full, zstd -3',
  update: async ({ to, scratch }) => {
    const archive = join(scratch, 'full.tar.zst');
    await run('sh', ['-c', 'tar -C "$1" -c . | zstd -q -3 -o "$2"', 'sh', to, archive]);
    return (await stat(archive)).size;
  },
};

const chunks: Way = {
  name: 'chunks',
  prepare: ({ from, scratch }) => cp(from, join(scratch, 'package/cache'), { recursive: true }),
  update: async ({ old, server, scratch }) => {
    server.takeWireBytes();
    const reception = await receiveUpdate({ old, server, scratch });
    if (reception !== 'RECEIVED') throw new Error(`the package is ${reception}`);
    return server.takeWireBytes();
  },
};

async function receiveUpdate(
  { old, server, scratch }: Pick<Update, 'old' | 'server' | 'scratch'>,
  onPlan?: (plan: TransferPlan) => void,
): Promise<string> {
  const blob = async (sha256: string): Promise<Buffer> => {
    const response = await fetch(`${server.origin}/blobs/${sha256}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const manifest = parseManifest(await blob(server.tree.manifestHash));
  const chunkIndex = parseChunkIndex(await blob(server.tree.chunkIndexHash), manifest);
  const folder = join(scratch, 'package');
  const reception = await receivePackage({
    folder,
    wanted: { internalVersion: 2, manifest },
    chunkIndex,
    localContents: await localContents(old, join(folder, 'cache')),
    bundles: true,
    codebases: [parseCodebase(`${server.origin}/files`)],
    book: new SourceBook(systemClock),
    clock: systemClock,
    transport: createHttpTransport(),
    threads: createFileThreads(),
    uncMounts: [],
    signal: new AbortController().signal,
    ...(onPlan ? { onPlan } : {}),
  });
  return reception.state;
}

/** The old version with the index that its receiver kept. */
async function localContents(
  { store, tree }: BenchServer,
  folder: string,
): Promise<LocalContent[]> {
  const index = await store.readChunkIndex(tree.chunkIndexHash, tree.manifest);
  return tree.manifest.files.map(({ path, sha256, sizeBytes }) => ({
    path: join(folder, path),
    sha256,
    sizeBytes,
    chunks: index.packedOf(sha256),
  }));
}

const rsync: Way = {
  name: 'rsync -z',
  prepare: ({ from, scratch }) => cp(from, join(scratch, 'rsync'), { recursive: true }),
  update: async ({ to, scratch }) => {
    // A remote shell that stays here, so that rsync speaks its protocol; npm gives every release
    // the same times, so files are compared by checksum.
    const shell = `sh -c 'shift; exec "$@"' rsh`;
    const options = ['-rcz', '--delete', '--no-whole-file', '--stats', '-e', shell];
    const printed = await run('rsync', [...options, `${to}/`, `here:${join(scratch, 'rsync')}/`]);
    return ['sent', 'received']
      .map((way) => new RegExp(`Total bytes ${way}: ([\\d,.]+)`).exec(printed)![1]!)
      .reduce((sum, text) => sum + Number(text.replaceAll(/[,.]/g, '')), 0);
  },
};

const casync: Way = {
  name: 'casync',
  prepare: async ({ from, to, scratch }) => {
    const make = (name: string, folder: string): Promise<string> =>
      run('casync', [
        'make',
        `--store=${join(scratch, `${name}.castr`)}`,
        join(scratch, `${name}.caidx`),
        folder,
      ]);
    await make('old', from);
    await make('new', to);
    await cp(from, join(scratch, 'seed'), { recursive: true });
  },
  update: async ({ scratch }) => {
    const index = join(scratch, 'new.caidx');
    const seed = `--seed=${join(scratch, 'seed')}`;
    const store = `--store=${join(scratch, 'new.castr')}`;
    await run('casync', ['extract', store, seed, index, join(scratch, 'casync')]);
    const old = new Set(await namesBelow(join(scratch, 'old.castr')));
    let bytes = (await stat(index)).size;
    for (const name of await namesBelow(join(scratch, 'new.castr'))) {
      if (!old.has(name)) bytes += (await stat(join(scratch, 'new.castr', name))).size;
    }
    return bytes;
  },
};

async function namesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.filter((name) => name.endsWith('.cacnk'));
}

interface Figures {
  readonly bytes: number;
  readonly cpuMs: number;
}

async function measurePair(pair: Pair, ways: readonly Way[]): Promise<Figures[]> {
  const work = await mkdtemp(join(tmpdir(), 'canopy-bench-'));
  const from = await unpackedPackage(pair.name, pair.from);
  const to = await unpackedPackage(pair.name, pair.to);
  const old = await startBenchServer(from, join(work, 'old'));
  const server = await startBenchServer(to, join(work, 'new'));
  const runs = ways.map((): Figures[] => []);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, way] of ways.entries()) {
        const scratch = await mkdtemp(join(work, 'run-'));
        const update = { pair, from, to, old, server, scratch };
        await way.prepare?.(update);
        const { result, cpuMs } = await measure(() => way.update(update));
        runs[index]!.push({ bytes: result, cpuMs });
        await rm(scratch, { recursive: true, force: true });
      }
    }
  } finally {
    await Promise.all([old.close(), server.close()]);
    await rm(work, { recursive: true, force: true });
  }
  return runs.map((figures) => ({
    bytes: median(figures.map(({ bytes }) => bytes)),
    cpuMs: median(figures.map(({ cpuMs }) => cpuMs)),
  }));
}

const rivals = [
  { program: 'rsync', way: rsync },
  { program: 'casync', way: casync },
];
const present = rivals.filter(({ program }) => isInstalled(program));
const ways = [fullDownload, chunks, ...present.map(({ way }) => way)];
const rows: string[][] = [];
const totals = ways.map(() => ({ bytes: 0, cpuMs: 0 }));
const only = process.argv[2];
for (const pair of PAIRS.filter(({ name }) => !only || name.includes(only))) {
  const figures = await measurePair(pair, ways);
  for (const [index, { bytes, cpuMs }] of figures.entries()) {
    totals[index]!.bytes += bytes;
    totals[index]!.cpuMs += cpuMs;
  }
  rows.push(rowOf(`${pair.name} ${pair.from} → ${pair.to} (${pair.kind})`, figures));
}
rows.push(rowOf('total', totals));
console.log(table(['package', ...ways.map(({ name }) => `${name}: bytes, CPU ms`)], rows));
for (const { program } of rivals) {
  if (!isInstalled(program)) console.log(`\n${program} is not installed, so it is not compared.`);
}

function rowOf(name: string, figures: readonly Figures[]): string[] {
  const full = figures[0]!.bytes;
  const cell = ({ bytes, cpuMs }: Figures): string =>
    `${bytes} (${((bytes / full) * 100).toFixed(1)} %), ${Math.round(cpuMs)}`;
  return [name, ...figures.map(cell)];
}
