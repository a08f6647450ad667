import type { Manifest } from './manifest.ts';

/** How a build that has a previous tree decides which files to read. */
export type Recheck =
  /** Every byte. */
  | 'content'
  /** Skips a file whose size and time are those of the previous tree; for frequent schedules. */
  | 'metadata';

export interface BuildRequest {
  readonly sourceFolder: string;
  /** The current snapshot; decides `unchanged` and lets known content stay where it is. */
  readonly previous?: PreviousTree | undefined;
  readonly recheck: Recheck;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a build is. Totals are those of the phase. */
export interface BuildProgress {
  readonly phase: 'LIST' | 'HASH' | 'COPY' | 'CONFIRM';
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** A tree whose contents, manifest and chunk index are all durable in the store. */
export interface BuiltTree {
  readonly rootHash: string;
  readonly manifest: Manifest;
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
  readonly fileCount: number;
  readonly folderCount: number;
  readonly sizeBytes: number;
  /** The root hash is that of `previous`; manifest and hashes are then those of `previous` too. */
  readonly unchanged: boolean;
}

/** The tree that a package has now. A `Snapshot` with its manifest is one. */
export interface PreviousTree {
  readonly rootHash: string;
  readonly manifest: Manifest;
  readonly chunkIndexHash: string;
  readonly createdAtMs: number;
}
