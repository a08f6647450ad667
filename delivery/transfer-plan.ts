import type { Chunk } from '../content/chunk-index.ts';
import type { Manifest, ManifestFile } from '../content/manifest.ts';
import { totalBytes } from '../content/tree.ts';
import { bytesHere, MAX_CHUNK_BYTES, type ChunkState } from './chunked-content.ts';

/**
 * How one distinct content gets here. `HERE`: verified and staged. `EMPTY`: made on the spot.
 * `FILE`: fetched whole, but for `haveBytes` of an earlier attempt. `CHUNKS`: the chunks that are
 * not here are fetched in ranges. Block patches become a further way beside these; everything
 * after the plan goes by `fetchBytes` alone.
 */
export type TransferStep =
  | { readonly way: 'HERE' | 'EMPTY'; readonly file: ManifestFile; readonly fetchBytes: 0 }
  | {
      readonly way: 'FILE';
      readonly file: ManifestFile;
      readonly haveBytes: number;
      readonly fetchBytes: number;
      /** All of its chunks, when they are known: then several sources can share the file. */
      readonly chunks: readonly Chunk[] | undefined;
    }
  | {
      readonly way: 'CHUNKS';
      readonly file: ManifestFile;
      readonly haveBytes: number;
      readonly fetchBytes: number;
      readonly state: ChunkState;
      /** Numbers of the chunks to fetch, rising. */
      readonly fetch: readonly number[];
    };

/** What will be transferred, said before the first byte is. */
export interface TransferPlan {
  /** `NONE`: everything is here. `CHANGED`: some of it is. `WHOLE`: nothing is. */
  readonly extent: 'NONE' | 'CHANGED' | 'WHOLE';
  /** One step for each distinct content; a content that several paths share is fetched once. */
  readonly steps: readonly TransferStep[];
  readonly filesTotal: number;
  readonly bytesTotal: number;
  /**
   * Bytes of content to fetch from sources. With range bundles fewer pass the wire; more than 101 %
   * of it never do while the sources send what they should.
   */
  readonly bytesPlanned: number;
  /**
   * Bytes that are expected on the wire: of what can come in range bundles, the share that these
   * took when the best source last sent some. It equals `bytesPlanned` until there is such a share.
   */
  readonly wireBytesExpected: number;
  /** Bytes of distinct content. */
  readonly bytesDistinct: number;
  /** Requests that the ranges take when one source serves them all. */
  readonly requestsPlanned: number;
}

/** What is already here, by SHA-256 (hex). */
export interface StagedContent {
  /** Whole contents whose hash was verified. */
  readonly whole: ReadonlySet<string>;
  /** Bytes of partial contents, kept from an earlier attempt; unverified. */
  readonly partialBytes: ReadonlyMap<string, number>;
  /** Contents whose chunks are known, with the verified ones among them. */
  readonly chunked: ReadonlyMap<string, ChunkState>;
}

/** What a ranged request costs beside its bytes; shorter gaps are fetched along. */
export const REQUEST_OVERHEAD_BYTES = 200;

/**
 * Chooses the cheapest way for every content of `manifest`, largest transfer first. With its
 * requests no plan costs more than fetching each missing content whole. `wireShare`: bytes on the
 * wire per byte of content in a range bundle.
 */
export function planTransfer(
  manifest: Manifest,
  staged: StagedContent,
  wireShare = 1,
): TransferPlan {
  const distinct = new Map<string, ManifestFile>();
  for (const file of manifest.files) {
    if (!distinct.has(file.sha256)) distinct.set(file.sha256, file);
  }
  const steps = [...distinct.values()].map((file) => planFile(file, staged));
  // The largest first: then no long transfer is left alone at the end of the pool.
  steps.sort((a, b) => b.fetchBytes - a.fetchBytes);
  const bytesPlanned = sum(steps.map((step) => step.fetchBytes));
  const bundled = sum(steps.filter(comesInBundles).map((step) => step.fetchBytes));
  const bytesDistinct = sum([...distinct.values()].map((file) => file.sizeBytes));
  return {
    extent: bytesPlanned === 0 ? 'NONE' : bytesPlanned < bytesDistinct ? 'CHANGED' : 'WHOLE',
    steps,
    filesTotal: manifest.files.length,
    bytesTotal: totalBytes(manifest),
    bytesPlanned,
    wireBytesExpected: Math.round(bytesPlanned - bundled * (1 - Math.min(1, wireShare))),
    bytesDistinct,
    requestsPlanned: sum(steps.map(requestsOf)),
  };
}

function planFile(file: ManifestFile, staged: StagedContent): TransferStep {
  if (staged.whole.has(file.sha256)) return { way: 'HERE', file, fetchBytes: 0 };
  if (file.sizeBytes === 0) return { way: 'EMPTY', file, fetchBytes: 0 };
  const state = staged.chunked.get(file.sha256);
  const haveBytes = Math.min(staged.partialBytes.get(file.sha256) ?? 0, file.sizeBytes);
  const whole: TransferStep = {
    way: 'FILE',
    file,
    haveBytes,
    fetchBytes: file.sizeBytes - haveBytes,
    chunks: state?.chunks,
  };
  const byChunks = state && planChunks(file, state);
  return byChunks && costOf(byChunks) < costOf(whole) ? byChunks : whole;
}

function planChunks(file: ManifestFile, state: ChunkState): TransferStep {
  const fetch = missingChunks(state);
  const fetchBytes = sum(fetch.map((index) => state.chunks[index]!.lengthBytes));
  return { way: 'CHUNKS', file, haveBytes: bytesHere(state), fetchBytes, state, fetch };
}

/** The chunks that are not here, and those between them that cost less than another request. */
function missingChunks({ chunks, here }: ChunkState): number[] {
  const fetch: number[] = [];
  for (let index = 0; index < chunks.length; index += 1) {
    if (here[index]) continue;
    const last = fetch.at(-1);
    if (last !== undefined) {
      const gapBytes = chunks[index]!.offsetBytes - endOf(chunks[last]!);
      if (gapBytes <= REQUEST_OVERHEAD_BYTES) {
        for (let between = last + 1; between < index; between += 1) fetch.push(between);
      }
    }
    fetch.push(index);
  }
  return fetch;
}

/** A large file of which nothing is here may come as it is, so nothing is promised for it. */
function comesInBundles({ way, file }: TransferStep): boolean {
  return way === 'CHUNKS' || (way === 'FILE' && file.sizeBytes <= MAX_CHUNK_BYTES);
}

function costOf(step: TransferStep): number {
  return step.fetchBytes + requestsOf(step) * REQUEST_OVERHEAD_BYTES;
}

function requestsOf(step: TransferStep): number {
  if (step.way === 'FILE') return step.fetchBytes > 0 ? 1 : 0;
  if (step.way !== 'CHUNKS') return 0;
  const { fetch } = step;
  return fetch.filter((index, at) => at === 0 || fetch[at - 1] !== index - 1).length;
}

const endOf = (chunk: Chunk): number => chunk.offsetBytes + chunk.lengthBytes;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
