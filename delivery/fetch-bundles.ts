import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { abortable } from './abortable.ts';
import { BlockReader } from './block-reader.ts';
import { BundleBase, type BaseVersion } from './bundle-base.ts';
import { chunksOf, groupRuns, runsOf, type Run } from './bundle-runs.ts';
import { openBundle } from './bundle-source.ts';
import { BundleSources } from './bundle-sources.ts';
import { isChunkOf, MAX_CHUNK_BYTES, type ChunkedContent } from './chunked-content.ts';
import type { HttpTransport } from './http-transport.ts';
import { forEachParallel } from './parallel.ts';
import type { SourceBook } from './source-book.ts';
import { isSourceError, SourceError, type Codebase } from './source.ts';
import type { SpeedMeter } from './speed-meter.ts';
import { guardAgainstStall, type StallLimit } from './stall-guard.ts';
import { isHeldBack, type Throttle, type TransferBudget } from './transfer-budget.ts';
import type { Transfer } from './transfer-queue.ts';

export interface FetchBundlesOptions {
  readonly codebases: readonly Codebase[];
  readonly book: SourceBook;
  readonly clock: Clock;
  readonly transport: HttpTransport;
  readonly signal: AbortSignal;
  readonly stallLimit: StallLimit;
  readonly throttle: Throttle | undefined;
  readonly budget: TransferBudget | undefined;
  readonly speeds: SpeedMeter;
  readonly transfers: readonly Transfer[];
  /** Some of the package is here already. */
  readonly isUpdate: boolean;
  readonly base: BaseVersion | undefined;
  contentOf(transfer: Transfer): Promise<ChunkedContent>;
  /** All chunks of it are here. */
  verify(transfer: Transfer): Promise<void>;
  /** Its whole content, which has the right hash. */
  keepWhole(transfer: Transfer, content: Uint8Array): Promise<void>;
  onBytes(transfer: Transfer, count: number): void;
  /** Bytes of answers as they pass the wire. */
  onWireBytes(count: number): void;
}

const PARALLEL_PER_SOURCE = 2;
const PARALLEL_MAX = 6;
/** Compressing a large new file takes longer than sending it to a source faster than this. */
const FAST_BYTES_PER_SECOND = 16 * 1024 * 1024;

/**
 * Fetches what it can in bundles: many ranges of many files by one compressed answer. What no
 * source delivers so stays pending, for requests of single ranges and files.
 */
export async function fetchBundles(options: FetchBundlesOptions): Promise<void> {
  const base = options.base && new BundleBase(options.base);
  const runs = options.transfers.flatMap((transfer) => {
    const found = runsOf(transfer, base);
    return isWorthBundling(transfer, found, options) ? found : [];
  });
  const work: Work = { ...options, base, sources: new BundleSources(options), shares: new Map() };
  const width = Math.min(PARALLEL_MAX, PARALLEL_PER_SOURCE * options.codebases.length);
  await forEachParallel(groupRuns(runs), width, (bundle) => fetchBundle(bundle, work));
  for (const [codebase, { wireBytes, plainBytes }] of work.shares) {
    options.book.recordBundles(codebase, { offered: true, wireShare: wireBytes / plainBytes });
  }
  for (const transfer of new Set(runs.map((run) => run.transfer))) {
    if (!transfer.here || !Array.isArray(transfer.pending)) continue;
    const { here } = transfer;
    transfer.pending = transfer.pending.filter((number) => !here[number]);
  }
}

interface Work extends Omit<FetchBundlesOptions, 'base'> {
  readonly base: BundleBase | undefined;
  readonly sources: BundleSources;
  /** What came from each source. */
  readonly shares: Map<Codebase, Share>;
}

interface Share {
  wireBytes: number;
  plainBytes: number;
}

/**
 * A large file of which nothing is here comes faster as it is from a fast source; how fast one is,
 * a first download is about to find out.
 */
function isWorthBundling(
  transfer: Transfer,
  runs: readonly Run[],
  { book, codebases, isUpdate }: FetchBundlesOptions,
): boolean {
  const isSmall = transfer.file.sizeBytes <= MAX_CHUNK_BYTES;
  const isPartlyHere = transfer.here?.includes(1) ?? false;
  if (isSmall || isPartlyHere || runs.some(({ base }) => base.length > 0)) return true;
  const best = book.rank(codebases)[0]?.bytesPerSecond;
  return best === undefined ? isUpdate : best < FAST_BYTES_PER_SECOND;
}

async function fetchBundle(bundle: readonly Run[], work: Work): Promise<void> {
  let rest = bundle;
  while (rest.length > 0) {
    await work.budget?.admit(work.signal);
    const codebase = await work.sources.take();
    if (!codebase) return;
    const startedAtMs = work.clock.monotonicMs();
    const received: Run[] = [];
    try {
      await receiveBundle(rest, codebase, { ...work, received });
    } catch (error) {
      work.signal.throwIfAborted();
      if (isSourceError(error)) {
        work.book.recordError(codebase, startedAtMs, error.message);
        work.sources.refuse(codebase);
      } else if (!isHeldBack(error)) throw error;
    } finally {
      work.sources.release(codebase);
    }
    rest = rest.slice(received.length);
  }
}

interface BundleWork extends Work {
  /** Runs that have arrived, in their order. */
  readonly received: Run[];
}

async function receiveBundle(
  runs: readonly Run[],
  codebase: Codebase,
  work: BundleWork,
): Promise<void> {
  const { throttle, sources } = work;
  const base = await work.base?.read(runs.flatMap((run) => run.base));
  const guard = guardAgainstStall(work.stallLimit, work.clock, work.signal);
  const meter = work.speeds.start(codebase);
  let wireBytes = 0;
  try {
    const answer = await abortable(
      guard.signal,
      openBundle({
        codebase,
        ranges: runs.map((run) => ({ ...run, sha256: run.transfer.file.sha256 })),
        base: base && base.ranges.length > 0 ? base : undefined,
        transport: work.transport,
        signal: guard.signal,
        onWireBytes: async (count) => {
          wireBytes += count;
          work.onWireBytes(count);
          guard.received(count);
          meter.received(count);
          if (throttle) await guard.excuse(throttle.take(count, work.signal));
        },
      }),
    );
    if (answer.state === 'BUSY') return sources.pause(codebase, answer.retryAfterMs);
    if (answer.state === 'NOT_OFFERED') {
      sources.refuse(codebase);
      return work.book.recordBundles(codebase, { offered: false });
    }
    await receiveRuns(runs, new BlockReader(answer.bytes, guard.signal), work);
    sources.succeeded(codebase);
    addShare(work, codebase, { wireBytes, plainBytes: bytesOf(runs) });
  } finally {
    meter.end();
    guard.stop();
  }
}

async function receiveRuns(
  runs: readonly Run[],
  reader: BlockReader,
  work: BundleWork,
): Promise<void> {
  try {
    for (const run of runs) {
      await receiveRun(run, reader, work);
      work.received.push(run);
    }
    await reader.end();
  } finally {
    reader.close();
  }
}

async function receiveRun(run: Run, reader: BlockReader, work: BundleWork): Promise<void> {
  const { transfer, first, count } = run;
  const bytes = await reader.read(run.lengthBytes);
  if (transfer.pending === 'WHOLE' && run.lengthBytes === transfer.file.sizeBytes) {
    return receiveWhole(run, bytes, work);
  }
  beginChunks(transfer);
  const chunks = transfer.chunks!;
  let good = 0;
  let goodBytes = 0;
  for (; good < count; good += 1) {
    const chunk = chunks[first + good]!;
    if (!isChunkOf(chunk, bytes.subarray(goodBytes, goodBytes + chunk.lengthBytes))) break;
    goodBytes += chunk.lengthBytes;
  }
  const content = await work.contentOf(transfer);
  if (good > 0) await content.write(first, good, bytes.subarray(0, goodBytes));
  work.onBytes(transfer, goodBytes);
  if (good < count) throw wrongBytes(run, goodBytes);
  if (content.isComplete) await work.verify(transfer);
}

/** A file that comes in one run needs no book of its chunks. */
async function receiveWhole(run: Run, bytes: Uint8Array, work: BundleWork): Promise<void> {
  const { transfer } = run;
  const isRight = createHash('sha256').update(bytes).digest('hex') === transfer.file.sha256;
  if (!isRight) throw wrongBytes(run, 0);
  work.onBytes(transfer, bytes.length);
  await work.keepWhole(transfer, bytes);
}

function wrongBytes({ transfer, offsetBytes }: Run, goodBytes: number): SourceError {
  const text = `sent wrong bytes of ${transfer.file.path} at ${offsetBytes + goodBytes}`;
  return new SourceError('WRONG_HASH', text);
}

/** From now on its bytes are kept chunk by chunk. */
function beginChunks(transfer: Transfer): void {
  if (transfer.pending !== 'WHOLE') return;
  transfer.chunks = chunksOf(transfer)!;
  transfer.here = new Uint8Array(transfer.chunks.length);
  transfer.pending = [...transfer.chunks.keys()];
}

function addShare({ shares }: Work, codebase: Codebase, { wireBytes, plainBytes }: Share): void {
  const share = shares.get(codebase) ?? { wireBytes: 0, plainBytes: 0 };
  share.wireBytes += wireBytes;
  share.plainBytes += plainBytes;
  shares.set(codebase, share);
}

function bytesOf(runs: readonly Run[]): number {
  return runs.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
}
