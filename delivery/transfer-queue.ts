import type { Clock } from '../core/clock.ts';
import type { Chunk } from '../content/chunk-index.ts';
import type { ManifestFile } from '../content/manifest.ts';
import { ChunkBatch } from './chunk-batch.ts';
import type { SourceBook } from './source-book.ts';
import { RANKING, type RankedSource } from './source-ranking.ts';
import type { Codebase } from './source.ts';
import type { TransferStep } from './transfer-plan.ts';

/** One fault of one source. */
export interface Fault {
  readonly url: string;
  readonly message: string;
}

/** One content on its way. */
export interface Transfer {
  readonly file: ManifestFile;
  /** `undefined`: it goes whole, from one source at a time. */
  chunks: readonly Chunk[] | undefined;
  here: Uint8Array | undefined;
  /** Numbers of the chunks that nobody fetches now, rising. With no chunks: whether to fetch. */
  pending: number[] | 'WHOLE' | 'NOTHING';
  readonly batches: Map<ChunkBatch, Activity>;
  /** How many of its bytes are counted as here. */
  countedBytes: number;
  /** Requests under way for it. */
  active: number;
  readonly excluded: Set<string>;
  readonly faults: Fault[];
}

interface Activity {
  readonly codebase: Codebase;
  readonly startedAtMs: number;
}

/** What one request is for. */
export interface Assignment {
  readonly transfer: Transfer;
  readonly codebase: Codebase;
  /** `undefined`: the whole file. */
  readonly batch: ChunkBatch | undefined;
}

export interface TransferQueueOptions {
  readonly book: SourceBook;
  readonly clock: Clock;
  readonly codebases: readonly Codebase[];
  /** Requests that run at a time. */
  readonly width: number;
}

const SEGMENT = {
  minBytes: 256 * 1024,
  maxBytes: 16 * 1024 * 1024,
  /** A segment should not keep its source busy for longer. */
  maxMs: 2_000,
} as const;

/** A whole file may take a slower source this much longer than the best one needs for the rest. */
const PATIENCE_MS = 2_000;
/** Below this a measured rate of a batch says more about its start. */
const MIN_OBSERVED_MS = 500;

/**
 * Shares the contents of a download out among its sources. Each free lane takes the largest
 * content that is left for the source with the fewest requests, so that sources deliver in
 * proportion to their speed; segments get smaller towards the end, and a source with nothing left
 * to do takes over the end of what a slower one is fetching.
 */
export class TransferQueue {
  private readonly options: TransferQueueOptions;
  private readonly transfers: Transfer[];
  private readonly activeByUrl = new Map<string, number>();

  constructor(steps: readonly TransferStep[], options: TransferQueueOptions) {
    this.options = options;
    const mayShare = options.codebases.length > 1;
    this.transfers = steps.flatMap((step) => newTransfer(step, mayShare) ?? []);
  }

  get isOver(): boolean {
    return this.transfers.length === 0;
  }

  get left(): readonly Transfer[] {
    return this.transfers;
  }

  /** True while requests are under way whose end can change what there is to take. */
  get isBusy(): boolean {
    return this.transfers.some(({ active }) => active > 0);
  }

  /** Could time alone make one source take over from another? */
  get canTakeOver(): boolean {
    const { codebases } = this.options;
    return codebases.length > 1 && this.transfers.some(({ batches }) => batches.size > 0);
  }

  /** The next request to make; `undefined`: none now. The caller must `release` it. */
  take(mayStart: (transfer: Transfer) => boolean): Assignment | undefined {
    const usable = this.usableSources();
    const byLoad = usable.toSorted((a, b) => this.loadOf(a) - this.loadOf(b));
    for (const source of byLoad) {
      for (const transfer of this.transfers) {
        if (!this.mayFetch(source, transfer, usable)) continue;
        if (mayStart(transfer)) return this.assign(source, transfer, usable);
      }
    }
    for (const source of byLoad) {
      const stolen = this.steal(source);
      if (stolen) return stolen;
    }
    return undefined;
  }

  /** The request is over: what it did not bring is up to others. */
  release({ transfer, codebase, batch }: Assignment): void {
    transfer.active -= 1;
    this.activeByUrl.set(codebase.url, this.activeByUrl.get(codebase.url)! - 1);
    if (!batch) return;
    transfer.batches.delete(batch);
    if (!Array.isArray(transfer.pending)) return;
    transfer.pending = [...batch.open, ...transfer.pending].sort((a, b) => a - b);
  }

  /** It is here, or it failed. */
  remove(transfer: Transfer): void {
    const index = this.transfers.indexOf(transfer);
    if (index >= 0) this.transfers.splice(index, 1);
  }

  private usableSources(): RankedSource[] {
    return this.options.book.rank(this.options.codebases).filter(({ rank }) => rank !== undefined);
  }

  private loadOf({ codebase }: RankedSource): number {
    return this.activeByUrl.get(codebase.url) ?? 0;
  }

  private mayFetch(
    source: RankedSource,
    transfer: Transfer,
    usable: readonly RankedSource[],
  ): boolean {
    if (transfer.excluded.has(source.codebase.url)) return false;
    if (Array.isArray(transfer.pending)) return transfer.pending.length > 0;
    if (transfer.pending === 'NOTHING') return false;
    // A slow source with a large file would finish after everything else.
    const best = usable.find(({ codebase }) => !transfer.excluded.has(codebase.url))!;
    if (source === best) return true;
    const ownMs = (transfer.file.sizeBytes / speedOf(source)) * 1_000;
    const restMs = (this.leftBytes() / speedOf(best)) * 1_000;
    return ownMs <= restMs + PATIENCE_MS;
  }

  private assign(
    source: RankedSource,
    transfer: Transfer,
    usable: readonly RankedSource[],
  ): Assignment {
    if (!Array.isArray(transfer.pending)) {
      transfer.pending = 'NOTHING';
      return this.start(source.codebase, transfer, undefined);
    }
    const others = usable.filter(({ codebase }) => !transfer.excluded.has(codebase.url));
    const wantedBytes = others.length > 1 ? this.segmentBytes(source) : Infinity;
    const { chunks, pending } = transfer;
    let count = 0;
    for (let bytes = 0; count < pending.length && bytes < wantedBytes; count += 1) {
      bytes += chunks![pending[count]!]!.lengthBytes;
    }
    transfer.pending = pending.slice(count);
    const batch = new ChunkBatch(chunks!, pending.slice(0, count));
    return this.start(source.codebase, transfer, batch);
  }

  private start(codebase: Codebase, transfer: Transfer, batch: ChunkBatch | undefined): Assignment {
    transfer.active += 1;
    this.activeByUrl.set(codebase.url, (this.activeByUrl.get(codebase.url) ?? 0) + 1);
    const startedAtMs = this.options.clock.monotonicMs();
    if (batch) transfer.batches.set(batch, { codebase, startedAtMs });
    return { transfer, codebase, batch };
  }

  /** Guided self-scheduling: what is left by twice the lanes, within what the source can do. */
  private segmentBytes(source: RankedSource): number {
    const share = this.leftBytes() / (2 * this.options.width);
    const quick = (speedOf(source) * SEGMENT.maxMs) / 1_000;
    return Math.max(SEGMENT.minBytes, Math.min(share, quick, SEGMENT.maxBytes));
  }

  /** The end of the batch that would take another source longest, as much as pays. */
  private steal(source: RankedSource): Assignment | undefined {
    const nowMs = this.options.clock.monotonicMs();
    let longest: { transfer: Transfer; batch: ChunkBatch; speed: number; ms: number } | undefined;
    for (const transfer of this.transfers) {
      if (transfer.excluded.has(source.codebase.url)) continue;
      for (const [batch, activity] of transfer.batches) {
        if (activity.codebase.url === source.codebase.url) continue;
        const elapsedMs = nowMs - activity.startedAtMs;
        if (elapsedMs < MIN_OBSERVED_MS || batch.openBytes === 0) continue;
        const speed = Math.max(1, (batch.receivedBytes / elapsedMs) * 1_000);
        const ms = (batch.openBytes / speed) * 1_000;
        if (ms > (longest?.ms ?? 0)) longest = { transfer, batch, speed, ms };
      }
    }
    if (!longest) return undefined;
    const own = speedOf(source);
    const alone = (longest.batch.openBytes / own) * 1_000;
    // Not worth a request, unless the other hardly moves.
    if (longest.ms < MIN_OBSERVED_MS || alone > longest.ms) return undefined;
    const bytes = (longest.batch.openBytes * own) / (own + longest.speed);
    const numbers = longest.batch.giveUp(bytes);
    const { transfer } = longest;
    return this.start(source.codebase, transfer, new ChunkBatch(transfer.chunks!, numbers));
  }

  private leftBytes(): number {
    let bytes = 0;
    for (const { pending, batches, chunks, file } of this.transfers) {
      if (!Array.isArray(pending)) bytes += file.sizeBytes;
      else for (const number of pending) bytes += chunks![number]!.lengthBytes;
      for (const batch of batches.keys()) bytes += batch.openBytes;
    }
    return bytes;
  }
}

/** Chunks of a file that one source sends whole are not looked at, unless the file is wrong. */
function newTransfer(step: TransferStep, mayShare: boolean): Transfer | undefined {
  if (step.way !== 'FILE' && step.way !== 'CHUNKS') return undefined;
  const blank = {
    file: step.file,
    batches: new Map<ChunkBatch, Activity>(),
    active: 0,
    countedBytes: step.haveBytes,
    excluded: new Set<string>(),
    faults: [],
  };
  if (step.way === 'CHUNKS') {
    const { chunks, here } = step.state;
    return { ...blank, chunks, here, pending: [...step.fetch] };
  }
  const { chunks } = step;
  const isShared = mayShare && chunks !== undefined && step.haveBytes === 0;
  if (!isShared) return { ...blank, chunks, here: undefined, pending: 'WHOLE' };
  const here = new Uint8Array(chunks.length);
  return { ...blank, chunks, here, pending: [...chunks.keys()] };
}

function speedOf(source: RankedSource): number {
  return source.bytesPerSecond ?? RANKING.assumedBytesPerSecond;
}
