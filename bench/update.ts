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
  parseCodebase,
  receivePackage,
  SourceBook,
  type BaseVersion,
  type LocalContent,
} from '../delivery/index.ts';
import { createSmpDoor } from '../package-server/smp-door.ts';
import { isInstalled, measure, median, run, table } from './processes.ts';
import {
  NEW_VERSION,
  OLD_VERSION,
  PACKAGE_ID,
  NEW_VERSION_PATH,
  publishPackage,
  type PublishedPackage,
} from './published-package.ts';
import { findReleases, type Releases } from './releases.ts';

const transport = createHttpTransport();
const threads = createFileThreads();
const ROUNDS = Number(process.env['CANOPY_BENCH_ROUNDS'] ?? 3);

/** Two releases, unpacked, and served. */
interface Update {
  readonly from: string;
  readonly to: string;
  readonly published: PublishedPackage;
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

/** `withBundles`: else the receiver believes that the server is one of those that have none. */
const chunks = (name: string, withBundles: boolean): Way => ({
  name,
  prepare: ({ from, scratch }) => cp(from, join(scratch, 'package/cache'), { recursive: true }),
  update: async ({ published, scratch }) => {
    published.takeWireBytes();
    const codebase = parseCodebase(`${published.origin}${NEW_VERSION_PATH}`);
    const book = new SourceBook(systemClock);
    if (!withBundles) book.recordBundles(codebase, { offered: false });
    const { manifest, chunkIndex } = await fetchIndexes(published);
    const folder = join(scratch, 'package');
    const base = await oldVersion(published, join(folder, 'cache'));
    const reception = await receivePackage({
      folder,
      wanted: { internalVersion: NEW_VERSION, manifest },
      chunkIndex,
      localContents: contentsOf(base),
      base,
      codebases: [codebase],
      book,
      clock: systemClock,
      transport,
      threads,
      uncMounts: [],
      signal: new AbortController().signal,
    });
    if (reception.state !== 'RECEIVED') throw new Error(`the package is ${reception.state}`);
    return published.takeWireBytes();
  },
});

/** As a package server does that has the old version. */
async function fetchIndexes(published: PublishedPackage) {
  const { origin, store, old, new: tree } = published;
  const { fetch } = globalThis;
  const door = createSmpDoor({
    url: origin,
    packageServerId: PACKAGE_ID,
    fetch,
    signedFetch: fetch,
  });
  const blob = async (sha256: string, similar: string): Promise<Buffer> =>
    await door.blob(sha256, {
      maxBytes: 2 ** 30,
      signal: new AbortController().signal,
      dictionary: await store.readBlob(similar),
    });
  const manifest = parseManifest(await blob(tree.manifestHash, old.manifestHash));
  const index = await blob(tree.chunkIndexHash, old.chunkIndexHash);
  return { manifest, chunkIndex: parseChunkIndex(index, manifest) };
}

/** The old version with the manifest and index that its receiver kept. */
async function oldVersion({ store, old }: PublishedPackage, folder: string): Promise<BaseVersion> {
  const { manifest, chunkIndexHash } = old;
  const paths = new Map(manifest.files.map(({ sha256, path }) => [sha256, join(folder, path)]));
  return {
    internalVersion: OLD_VERSION,
    manifest,
    chunkIndex: await store.readChunkIndex(chunkIndexHash, manifest),
    pathOf: (sha256) => paths.get(sha256)!,
  };
}

function contentsOf({ manifest, chunkIndex, pathOf }: BaseVersion): LocalContent[] {
  return manifest.files.map(({ sha256, sizeBytes }) => ({
    path: pathOf(sha256),
    sha256,
    sizeBytes,
    chunks: chunkIndex.packedOf(sha256),
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

async function measureReleases({ from, to }: Releases, ways: readonly Way[]): Promise<Figures[]> {
  const work = await mkdtemp(join(tmpdir(), 'canopy-bench-'));
  const published = await publishPackage({ from, to }, work);
  const runs = ways.map((): Figures[] => []);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [index, way] of ways.entries()) {
        const scratch = await mkdtemp(join(work, 'run-'));
        const update = { from, to, published, scratch };
        await way.prepare?.(update);
        const { result, cpuMs } = await measure(() => way.update(update));
        runs[index]!.push({ bytes: result, cpuMs });
        await rm(scratch, { recursive: true, force: true });
      }
    }
  } finally {
    await published.close();
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
const ways = [
  fullDownload,
  chunks('chunks in bundles', true),
  chunks('chunks in single ranges', false),
  ...present.map(({ way }) => way),
];
const rows: string[][] = [];
const totals = ways.map(() => ({ bytes: 0, cpuMs: 0 }));
const { releases, left } = await findReleases(process.argv[2] ?? '');
for (const pair of releases) {
  const figures = await measureReleases(pair, ways);
  for (const [index, { bytes, cpuMs }] of figures.entries()) {
    totals[index]!.bytes += bytes;
    totals[index]!.cpuMs += cpuMs;
  }
  rows.push(rowOf(pair.name, figures));
}
rows.push(rowOf('total', totals));
console.log(table(['package', ...ways.map(({ name }) => `${name}: bytes, CPU ms`)], rows));
for (const text of left) console.log(`\n${text}`);
for (const { program } of rivals) {
  if (!isInstalled(program)) console.log(`\n${program} is not installed, so it is not compared.`);
}

function rowOf(name: string, figures: readonly Figures[]): string[] {
  const full = figures[0]!.bytes;
  const cell = ({ bytes, cpuMs }: Figures): string =>
    `${bytes} (${((bytes / full) * 100).toFixed(1)} %), ${Math.round(cpuMs)}`;
  return [name, ...figures.map(cell)];
}
