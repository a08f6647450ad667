import { BUNDLE_LIMITS } from '../content/range-bundle.ts';
import type { BaseChunk, BundleBase } from './bundle-base.ts';
import { MAX_CHUNK_BYTES } from './chunked-content.ts';
import type { Transfer } from './transfer-queue.ts';

/** Neighbouring chunks of one content, wanted together. */
export interface Run {
  readonly transfer: Transfer;
  readonly first: number;
  readonly count: number;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  /** What of an older version they are likely to resemble. */
  readonly base: readonly BaseChunk[];
}

const RUN_BYTES = 2 * MAX_CHUNK_BYTES;
/** More of a base than this, in relation to a run, is rarely worth its reading. */
const BASE_SHARE_MAX = 4;
/** A range in a request: its numbers, and the hash of a content that begins with it. */
const RANGE_REQUEST_BYTES = 24;
const CONTENT_REQUEST_BYTES = 72;

/** The missing chunks of a content as runs, the replaced chunks spread over them evenly. */
export function runsOf(transfer: Transfer, base: BundleBase | undefined): Run[] {
  const chunks = chunksOf(transfer);
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
    } else {
      runs.push({ transfer, first: number, count: 1, offsetBytes, lengthBytes, base: [] });
    }
  }
  return base ? withBase(runs, base.replacedBy(transfer.file, chunks)) : runs;
}

/** All chunks of a content; a small one without an index is one. */
export function chunksOf({ chunks, file }: Transfer): Transfer['chunks'] {
  if (chunks || file.sizeBytes > MAX_CHUNK_BYTES) return chunks;
  return [{ offsetBytes: 0, lengthBytes: file.sizeBytes, sha256: file.sha256 }];
}

function withBase(runs: readonly Run[], replaced: readonly BaseChunk[]): Run[] {
  const replacedBytes = replaced.reduce((sum, { chunk }) => sum + chunk.lengthBytes, 0);
  const wantedBytes = runs.reduce((sum, run) => sum + run.lengthBytes, 0);
  let doneBytes = 0;
  let takenBytes = 0;
  let next = 0;
  return runs.map((run) => {
    doneBytes += run.lengthBytes;
    const upTo = (doneBytes / wantedBytes) * replacedBytes;
    const base: BaseChunk[] = [];
    let baseBytes = 0;
    for (; next < replaced.length && takenBytes < upTo; next += 1) {
      const { lengthBytes } = replaced[next]!.chunk;
      takenBytes += lengthBytes;
      if (baseBytes + lengthBytes > Math.max(run.lengthBytes * BASE_SHARE_MAX, MAX_CHUNK_BYTES)) {
        continue;
      }
      baseBytes += lengthBytes;
      base.push(replaced[next]!);
    }
    return { ...run, base };
  });
}

/** Runs that one request may ask for together, in their order. */
export function groupRuns(runs: readonly Run[]): Run[][] {
  const bundles: Run[][] = [];
  let size = new BundleSize();
  for (const run of runs) {
    if (bundles.length === 0 || !size.takes(run)) {
      bundles.push([]);
      size = new BundleSize();
    }
    size.add(run);
    bundles.at(-1)!.push(run);
  }
  return bundles;
}

class BundleSize {
  private ranges = 0;
  private bytes = 0;
  private baseRanges = 0;
  private baseBytes = 0;
  private requestBytes = 64;
  private lastContent = '';

  takes(run: Run): boolean {
    const { ranges, rangeBytes, requestBytes } = BUNDLE_LIMITS;
    return (
      this.ranges < ranges &&
      this.bytes + run.lengthBytes <= rangeBytes &&
      this.baseRanges + run.base.length <= ranges &&
      this.baseBytes + baseBytesOf(run) <= rangeBytes &&
      this.requestBytes + this.requestBytesOf(run) <= requestBytes
    );
  }

  add(run: Run): void {
    this.requestBytes += this.requestBytesOf(run);
    this.ranges += 1;
    this.bytes += run.lengthBytes;
    this.baseRanges += run.base.length;
    this.baseBytes += baseBytesOf(run);
    this.lastContent = run.transfer.file.sha256;
  }

  private requestBytesOf({ transfer, base }: Run): number {
    const isNew = transfer.file.sha256 !== this.lastContent;
    const contents = isNew ? (base.length > 0 ? 2 : 1) : 0;
    return (1 + base.length) * RANGE_REQUEST_BYTES + contents * CONTENT_REQUEST_BYTES;
  }
}

function baseBytesOf({ base }: Run): number {
  return base.reduce((sum, { chunk }) => sum + chunk.lengthBytes, 0);
}
