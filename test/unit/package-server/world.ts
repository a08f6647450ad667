import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openContentStore, type ContentStore } from '../../../content/index.ts';
import { snapshotStatement } from '../../../content/statement.ts';
import { sleepBy, systemClock, type Clock } from '../../../core/clock.ts';
import { type CanopyError } from '../../../core/errors.ts';
import { toGuid, type Guid } from '../../../core/guid.ts';
import { generateIdentity } from '../../../core/identity.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import { createFileThreads, SourceBook, TransferBudget } from '../../../delivery/index.ts';
import { dataFolder } from '../../../package-server/data-folder.ts';
import { Fingerprints } from '../../../package-server/fingerprints.ts';
import { PackageBook } from '../../../package-server/package-book.ts';
import type { Assignment } from '../../../package-server/package-record.ts';
import { ServerClock } from '../../../core/server-clock.ts';
import type { SmpDoor } from '../../../package-server/smp-door.ts';
import { Upstream } from '../../../package-server/upstream.ts';
import type { WorkContext } from '../../../package-server/work-context.ts';

export const PACKAGE_ID = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');
const PACKAGE_SERVER_ID = toGuid('11111111-183c-4d15-9767-ee14ebea5ed4');

/** A clock whose wall time and sleeps a test decides. */
export class SettableClock implements Clock {
  wallMs = 1_700_000_000_000;
  elapsedMs = 0;
  private sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  nowMs(): number {
    return this.wallMs + this.elapsedMs;
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const sleeper = { atMs: this.elapsedMs + delayMs, wake: run };
    this.sleepers.push(sleeper);
    return () => {
      this.sleepers = this.sleepers.filter((one) => one !== sleeper);
    };
  }

  sleep = sleepBy((delayMs, run) => this.after(delayMs, run));

  /** Lets time pass; what is due wakes up. */
  advance(byMs: number): void {
    this.elapsedMs += byMs;
    const due = this.sleepers.filter(({ atMs }) => atMs <= this.elapsedMs);
    this.sleepers = this.sleepers.filter(({ atMs }) => atMs > this.elapsedMs);
    for (const { wake } of due) wake();
  }
}

/** An SMP that owns packages and serves them, without a network, and one package server. */
export interface World {
  readonly context: WorkContext;
  readonly store: ContentStore;
  readonly owner: ReturnType<typeof generateIdentity>;
  /** What the SMP does; a test replaces parts of it. */
  readonly smp: {
    /** The version that GetPackageInfo offers; 0: that of the assignment. */
    offeredVersion: number;
    refusal: CanopyError | undefined;
    /** Changes what the source sends for a file. */
    corrupt: ((bytes: Buffer) => Buffer) | undefined;
    /** Bytes of bodies sent so far. */
    sentBytes: number;
  };
  /** Builds a version of the package at its owner, from path → content. */
  release(files: Readonly<Record<string, string | Buffer>>): Promise<Assignment>;
  remove(): Promise<void>;
}

export async function createWorld(clock: Clock = systemClock): Promise<World> {
  const root = await mkdtemp(join(tmpdir(), 'canopy-ps-unit-'));
  const random = systemRandom;
  const origin = await openContentStore({ folder: join(root, 'smp'), clock, random, workers: 1 });
  const store = await openContentStore({ folder: join(root, 'ps'), clock, random, workers: 1 });
  const owner = generateIdentity();
  const identity = generateIdentity();
  const offered = new Map<string, string>();
  const smp: World['smp'] = {
    offeredVersion: 0,
    refusal: undefined,
    corrupt: undefined,
    sentBytes: 0,
  };
  const folder = dataFolder(join(root, 'ps'));
  const state = {
    format: 1 as const,
    bootCounter: 1,
    packages: [],
    enrollment: {
      packageServerId: PACKAGE_SERVER_ID,
      publicKey: identity.publicKey,
      smp: {
        url: 'http://smp.test',
        guid: PACKAGE_SERVER_ID,
        name: 'smp',
        nodeId: owner.nodeId,
        publicKey: owner.publicKey,
      },
    },
  };
  const book = new PackageBook({ path: folder.state, state, clock });
  let versions = 0;
  let latest = 0;
  const door: SmpDoor = {
    blob: (sha256) => origin.readBlob(sha256),
    packageInfo: async (packageId) => {
      if (smp.refusal) throw smp.refusal;
      const version = smp.offeredVersion || latest;
      return packageInfoOf(packageId, version);
    },
  };
  const threads = createFileThreads();
  const context: WorkContext = {
    book,
    store,
    folder,
    identity,
    door,
    sourceBook: new SourceBook(clock),
    fingerprints: new Fingerprints(store.paths),
    budget: new TransferBudget(clock),
    counts: { fetchedBytes: 0, wireBytes: 0, crossedBytes: 0 },
    upstream: new Upstream(),
    uncMounts: [],
    stallLimit: { windowMs: 30_000, minBytes: 1 },
    fetch: async () => new Response(undefined, { status: 404 }),
    threads,
    transport: async (url, { headers }) => {
      const { pathname } = new URL(url);
      const sha256 = offered.get(decodeURIComponent(pathname));
      if (!sha256) return new Response('no such file', { status: 404 });
      const whole = await readObject(origin, sha256);
      return rangeOf(smp.corrupt ? smp.corrupt(whole) : whole, sha256, smp, headers['range']);
    },
    clock,
    serverClock: new ServerClock(clock),
    random,
    logger: silentLogger,
    addresses: () => ['10.9.0.5'],
  };
  return {
    context,
    store,
    owner,
    smp,
    async release(files) {
      versions += 1;
      const source = join(root, `source-${versions}`);
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(source, path)), { recursive: true });
        await writeFile(join(source, path), content);
      }
      const tree = await origin.build({ sourceFolder: source, recheck: 'content' });
      const internalVersion = 1_700_000_000 + versions;
      latest = internalVersion;
      for (const { path, sha256 } of tree.manifest.files) {
        offered.set(`/${PACKAGE_ID}/${internalVersion}/${path}`, sha256);
      }
      const facts = {
        packageId: PACKAGE_ID,
        internalVersion,
        rootHash: tree.rootHash,
        ownerNodeId: owner.nodeId,
      };
      return {
        ...facts,
        name: 'Tool',
        manifestHash: tree.manifestHash,
        chunkIndexHash: tree.chunkIndexHash,
        sizeBytes: tree.sizeBytes,
        priority: 1,
        ownerPublicKey: owner.publicKey,
        signature: owner.sign(snapshotStatement(facts)),
      };
    },
    async remove() {
      await book.close();
      await threads.close();
      await origin.close();
      await store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function readObject(origin: ContentStore, sha256: string): Promise<Buffer> {
  const { readFile } = await import('node:fs/promises');
  return await readFile(origin.paths.object(sha256));
}

function packageInfoOf(packageId: Guid, internalVersion: number) {
  return {
    packageId,
    name: 'Tool',
    sizeBytes: 0,
    internalVersion,
    priority: 'Normal' as const,
    enableMulticast: false,
    valid: true,
    statusDescription: '',
    sourceKey: '',
    sourceTimeMs: 0,
    siteQueryUrl: '',
    resourceId: undefined,
    codebases: [
      { url: `http://source.test/${packageId}/${internalVersion}`, snapshotUrl: undefined },
    ],
  };
}

function rangeOf(
  whole: Buffer,
  sha256: string,
  smp: World['smp'],
  range: string | undefined,
): Response {
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  const start = match ? Number(match[1]) : 0;
  const end = match?.[2] ? Number(match[2]) : whole.length - 1;
  const body = whole.subarray(start, end + 1);
  smp.sentBytes += body.length;
  return new Response(new Uint8Array(body), {
    status: match ? 206 : 200,
    headers: {
      etag: `"${sha256}"`,
      'content-length': String(body.length),
      ...(match ? { 'content-range': `bytes ${start}-${end}/${whole.length}` } : {}),
    },
  });
}
