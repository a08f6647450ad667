import type { Manifest, ManifestFile } from '../content/manifest.ts';
import { totalBytes } from '../content/tree.ts';

/**
 * How one distinct content gets here. `HERE`: verified and staged. `EMPTY`: made on the spot.
 * `FILE`: fetched whole, but for `haveBytes` of an earlier attempt. Chunks and block patches
 * become further ways beside `FILE`; everything after the plan goes by `fetchBytes` alone.
 */
export type TransferStep =
  | { readonly way: 'HERE' | 'EMPTY'; readonly file: ManifestFile; readonly fetchBytes: 0 }
  | {
      readonly way: 'FILE';
      readonly file: ManifestFile;
      readonly haveBytes: number;
      readonly fetchBytes: number;
    };

/** What will be transferred, said before the first byte is. */
export interface TransferPlan {
  /** `NONE`: everything is here. `CHANGED`: some of it is. `WHOLE`: nothing is. */
  readonly extent: 'NONE' | 'CHANGED' | 'WHOLE';
  /** One step for each distinct content; a content that several paths share is fetched once. */
  readonly steps: readonly TransferStep[];
  readonly filesTotal: number;
  readonly bytesTotal: number;
  /** Bytes to fetch from sources. */
  readonly bytesPlanned: number;
  /** Bytes of distinct content. */
  readonly bytesDistinct: number;
}

/** What is already here, by SHA-256 (hex). */
export interface StagedContent {
  /** Whole contents whose hash was verified. */
  readonly whole: ReadonlySet<string>;
  /** Bytes of partial contents, kept from an earlier attempt; unverified. */
  readonly partialBytes: ReadonlyMap<string, number>;
}

/** Chooses the cheapest way for every content of `manifest`, largest transfer first. */
export function planTransfer(manifest: Manifest, staged: StagedContent): TransferPlan {
  const distinct = new Map<string, ManifestFile>();
  for (const file of manifest.files) {
    if (!distinct.has(file.sha256)) distinct.set(file.sha256, file);
  }
  const steps = [...distinct.values()].map((file) => planFile(file, staged));
  // The largest first: then no long transfer is left alone at the end of the pool.
  steps.sort((a, b) => b.fetchBytes - a.fetchBytes);
  const bytesPlanned = sum(steps.map((step) => step.fetchBytes));
  const bytesDistinct = sum([...distinct.values()].map((file) => file.sizeBytes));
  return {
    extent: bytesPlanned === 0 ? 'NONE' : bytesPlanned < bytesDistinct ? 'CHANGED' : 'WHOLE',
    steps,
    filesTotal: manifest.files.length,
    bytesTotal: totalBytes(manifest),
    bytesPlanned,
    bytesDistinct,
  };
}

function planFile(file: ManifestFile, staged: StagedContent): TransferStep {
  if (staged.whole.has(file.sha256)) return { way: 'HERE', file, fetchBytes: 0 };
  if (file.sizeBytes === 0) return { way: 'EMPTY', file, fetchBytes: 0 };
  const haveBytes = Math.min(staged.partialBytes.get(file.sha256) ?? 0, file.sizeBytes);
  return { way: 'FILE', file, haveBytes, fetchBytes: file.sizeBytes - haveBytes };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
