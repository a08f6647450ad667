import type { Clock } from '../core/clock.ts';
import { BUNDLE_LIMITS } from '../content/range-bundle.ts';
import { abortable } from './abortable.ts';
import { openBundle } from './bundle-source.ts';
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
  contentOf(transfer: Transfer): Promise<ChunkedContent>;
  /** All chunks of it are here. */
  verify(transfer: Transfer): Promise<void>;
  onBytes(transfer: Transfer, count: number): void;
}

/** Neighbouring chunks of one content, wanted together. */
interface Run {
  readonly transfer: Transfer;
  readonly first: number;
  readonly count: number;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

const RUN_BYTES = 2 * MAX_CHUNK_BYTES;
const BUNDLE_BYTES = 16 * 1024 * 1024;
const BUNDLE_RANGES = Math.min(5_000, BUNDLE_LIMITS.ranges);
const PARALLEL = 2;
/** Compressing takes longer than sending to a source that is faster than this. */
const FAST_BYTES_PER_SECOND = 64 * 1024 * 1024;

/**
 * Fetches what it can in bundles: many ranges of many files by one compressed answer. What no
 * source delivers so stays pending, for requests of single ranges and files.
 */
export async function fetchBundles(options: FetchBundlesOptions): Promise<void> {
  const runs = options.transfers.flatMap(runsOf);
  const bundles = groupRuns(runs);
  const refusing = new Set<string>();
  await forEachParallel(bundles, PARALLEL, (bundle) => fetchBundle(bundle, options, refusing));
  for (const transfer of new Set(runs.map((run) => run.transfer))) {
    if (!transfer.here || !Array.isArray(transfer.pending)) continue;
    const { here } = transfer;
    transfer.pending = transfer.pending.filter((number) => !here[number]);
  }
}

async function fetchBundle(
  bundle: readonly Run[],
  options: FetchBundlesOptions,
  refusing: Set<string>,
): Promise<void> {
  let rest = bundle;
  while (rest.length > 0) {
    await options.budget?.admit(options.signal);
    const source = options.book
      .rank(options.codebases)
      .find(({ rank, codebase }) => rank !== undefined && !refusing.has(codebase.url));
    if (!source || (source.bytesPerSecond ?? 0) > FAST_BYTES_PER_SECOND) return;
    const startedAtMs = options.clock.monotonicMs();
    const received: Run[] = [];
    try {
      const isKnown = await receiveBundle(rest, source.codebase, { ...options, received });
      if (!isKnown) refusing.add(source.codebase.url);
    } catch (error) {
      options.signal.throwIfAborted();
      if (isSourceError(error)) {
        options.book.recordError(source.codebase, startedAtMs, error.message);
        refusing.add(source.codebase.url);
      } else if (!isHeldBack(error)) throw error;
    }
    rest = rest.slice(received.length);
  }
}

/** False when the source does not know bundles. */
async function receiveBundle(
  runs: readonly Run[],
  codebase: Codebase,
  options: FetchBundlesOptions & { readonly received: Run[] },
): Promise<boolean> {
  const { throttle } = options;
  const guard = guardAgainstStall(options.stallLimit, options.clock, options.signal);
  const meter = options.speeds.start(codebase);
  try {
    const bundle = await abortable(
      guard.signal,
      openBundle({
        codebase,
        ranges: runs.map((run) => [run.transfer.file.sha256, run.offsetBytes, run.lengthBytes]),
        transport: options.transport,
        signal: guard.signal,
        onWireBytes: async (count) => {
          guard.received(count);
          meter.received(count);
          if (throttle) await guard.excuse(throttle.take(count, options.signal));
        },
      }),
    );
    if (!bundle) return false;
    const reader = new BlockReader(bundle, guard.signal);
    try {
      for (const run of runs) {
        await receiveRun(run, reader, options);
        options.received.push(run);
      }
    } finally {
      reader.close();
    }
    return true;
  } finally {
    meter.end();
    guard.stop();
  }
}

async function receiveRun(
  run: Run,
  reader: BlockReader,
  options: FetchBundlesOptions,
): Promise<void> {
  const { transfer, first, count } = run;
  const bytes = await reader.read(run.lengthBytes);
  beginChunks(transfer);
  const chunks = transfer.chunks!;
  let good = 0;
  let goodBytes = 0;
  for (; good < count; good += 1) {
    const chunk = chunks[first + good]!;
    if (!isChunkOf(chunk, bytes.subarray(goodBytes, goodBytes + chunk.lengthBytes))) break;
    goodBytes += chunk.lengthBytes;
  }
  const content = await options.contentOf(transfer);
  if (good > 0) await content.write(first, good, bytes.subarray(0, goodBytes));
  options.onBytes(transfer, goodBytes);
  if (good < count) {
    const text = `sent wrong bytes of ${transfer.file.path} at ${run.offsetBytes + goodBytes}`;
    throw new SourceError('WRONG_HASH', text);
  }
  if (content.isComplete) await options.verify(transfer);
}

/** From now on its bytes are kept chunk by chunk. */
function beginChunks(transfer: Transfer): void {
  if (transfer.pending !== 'WHOLE') return;
  transfer.chunks ??= oneChunk(transfer);
  transfer.here = new Uint8Array(transfer.chunks.length);
  transfer.pending = [...transfer.chunks.keys()];
}

function oneChunk({ file }: Transfer): NonNullable<Transfer['chunks']> {
  return [{ offsetBytes: 0, lengthBytes: file.sizeBytes, sha256: file.sha256 }];
}

function runsOf(transfer: Transfer): Run[] {
  const isSmall = transfer.file.sizeBytes <= MAX_CHUNK_BYTES;
  const chunks = transfer.chunks ?? (isSmall ? oneChunk(transfer) : undefined);
  if (!chunks || transfer.pending === 'NOTHING') return [];
  // What an earlier attempt has of a whole file is worth more than compression.
  if (transfer.pending === 'WHOLE' && transfer.countedBytes > 0) return [];
  const numbers = transfer.pending === 'WHOLE' ? [...chunks.keys()] : transfer.pending;
  const runs: Run[] = [];
  for (const number of numbers) {
    const { offsetBytes, lengthBytes } = chunks[number]!;
    const last = runs.at(-1);
    const follows = last && last.first + last.count === number;
    if (follows && last.lengthBytes + lengthBytes <= RUN_BYTES) {
      const longer = { count: last.count + 1, lengthBytes: last.lengthBytes + lengthBytes };
      runs[runs.length - 1] = { ...last, ...longer };
    } else runs.push({ transfer, first: number, count: 1, offsetBytes, lengthBytes });
  }
  return runs;
}

function groupRuns(runs: readonly Run[]): Run[][] {
  const bundles: Run[][] = [];
  let bytes = Infinity;
  for (const run of runs) {
    const last = bundles.at(-1);
    if (!last || bytes + run.lengthBytes > BUNDLE_BYTES || last.length >= BUNDLE_RANGES) {
      bundles.push([run]);
      bytes = run.lengthBytes;
    } else {
      last.push(run);
      bytes += run.lengthBytes;
    }
  }
  return bundles;
}

/** Reads exact lengths from a stream of blocks. */
class BlockReader {
  private readonly blocks: AsyncIterator<Uint8Array>;
  private readonly signal: AbortSignal;
  private block: Uint8Array = new Uint8Array(0);

  constructor(blocks: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.blocks = blocks[Symbol.asyncIterator]();
    this.signal = signal;
  }

  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length;) {
      if (this.block.length === 0) {
        const next = await abortable(this.signal, this.blocks.next());
        if (next.done) throw new SourceError('SHORT', 'sends a bundle that ends too early');
        this.block = next.value;
      }
      const count = Math.min(this.block.length, length - filled);
      bytes.set(this.block.subarray(0, count), filled);
      this.block = this.block.subarray(count);
      filled += count;
    }
    return bytes;
  }

  close(): void {
    void this.blocks.return?.().catch(() => undefined);
  }
}
