import type { Guid } from '../core/guid.ts';
import { CanopyError } from '../core/errors.ts';
import type { BuildProgress, BuildRequest, PreviousTree } from './build-request.ts';
import type { ChunkIndex, PackedChunks } from './chunk-index.ts';
import { CHUNKING } from './chunker.ts';
import type { Gate } from './gate.ts';
import type { ReadResult } from './object-writer.ts';
import { isSameFile, type SourceFile, type SourceListing } from './source-walk.ts';
import type { StorePaths } from './store-paths.ts';
import type { WorkDone } from './task-control.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface ReaderContext {
  readonly pool: WorkerPool;
  readonly paths: StorePaths;
  /** Shared while content is added; the sweep takes it exclusively. */
  readonly gate: Gate;
  freeBytes(): Promise<number>;
  /** Protects contents from the sweep until the tree that needs them is published. */
  markUsed(hashes: readonly string[]): void;
  newName(): Guid;
  /** `undefined` when it is missing, damaged or made with other parameters. */
  findChunkIndex(previous: PreviousTree): Promise<ChunkIndex | undefined>;
}

interface Reading {
  readonly file: SourceFile;
  readonly sha256: string;
  readonly chunks: PackedChunks | undefined;
}

const BATCH_FILES = 256;
const BATCH_BYTES = 64 * 1024 * 1024;
const DISK_BLOCK_BYTES = 4096;
/** Blobs and folders need room too. */
const RESERVE_BYTES = 16 * 1024 * 1024;
/** Times this close to a snapshot cannot tell a change before it from one after it. */
const TIMESTAMP_DOUBT_MS = 2000;

/**
 * Brings the contents of one source folder into the store and remembers, over several readings,
 * what it found in each file; a file that was not touched since is not read again.
 */
export class SourceReader {
  private readonly context: ReaderContext;
  private readonly request: BuildRequest;
  private readonly readings = new Map<string, Reading>();

  constructor(context: ReaderContext, request: BuildRequest) {
    this.context = context;
    this.request = request;
  }

  /** Reads every file of the listing that is not known yet; answers those touched meanwhile. */
  async read(listing: SourceListing): Promise<string[]> {
    const pending = listing.files.filter((file) => {
      const reading = this.readings.get(file.path);
      return !reading || !isSameFile(reading.file, file);
    });
    const unknown = await this.takeKnown(pending);
    const previous = new Map(
      this.request.previous?.manifest.files.map((file) => [file.path, file]),
    );
    const isLikelyStored = (file: SourceFile): boolean =>
      previous.get(file.path)?.sizeBytes === file.sizeBytes;
    const hashed = await this.hashInPlace(unknown.filter(isLikelyStored));
    const toCopy = [...unknown.filter((file) => !isLikelyStored(file)), ...hashed.notStored];
    return [...hashed.touched, ...(await this.copy(toCopy))];
  }

  /** What the last reading found in a file. */
  reading(path: string): Reading {
    const reading = this.readings.get(path);
    if (!reading) throw new Error(`not read: ${path}`);
    return reading;
  }

  /** Chunks of all contents that have several. */
  chunks(listing: SourceListing): Map<string, PackedChunks> {
    const chunks = new Map<string, PackedChunks>();
    for (const { path } of listing.files) {
      const reading = this.reading(path);
      if (reading.chunks) chunks.set(reading.sha256, reading.chunks);
    }
    return chunks;
  }

  /** Accepts by size and time what the previous tree knows, where that was asked for. */
  private async takeKnown(files: readonly SourceFile[]): Promise<SourceFile[]> {
    const { previous, recheck } = this.request;
    if (!previous || recheck !== 'metadata') return [...files];
    const index = await this.context.findChunkIndex(previous);
    const old = new Map(previous.manifest.files.map((file) => [file.path, file]));
    const unknown: SourceFile[] = [];
    const candidates: Reading[] = [];
    for (const file of files) {
      const before = old.get(file.path);
      const isCandidate =
        before?.sizeBytes === file.sizeBytes &&
        before.modifiedAtMs === Math.floor(file.modifiedAtMs) &&
        file.modifiedAtMs < previous.createdAtMs - TIMESTAMP_DOUBT_MS &&
        (index !== undefined || file.sizeBytes <= CHUNKING.minBytes);
      if (!isCandidate) unknown.push(file);
      else {
        const { sha256 } = before;
        candidates.push({ file, sha256, chunks: index?.packedOf(sha256) });
      }
    }
    const notStored = await this.keepStored(candidates);
    return [...unknown, ...notStored];
  }

  private async hashInPlace(
    files: readonly SourceFile[],
  ): Promise<{ touched: string[]; notStored: SourceFile[] }> {
    const found: Reading[] = [];
    const touched: string[] = [];
    await this.inBatches('HASH', files, async (batch, options) => {
      const task = { sourceFolder: this.request.sourceFolder, files: batch };
      const results = await this.context.pool.run('hashSource', task, options);
      sortResults(batch, results, { found, touched });
    });
    return { touched, notStored: await this.keepStored(found) };
  }

  private async copy(files: readonly SourceFile[]): Promise<string[]> {
    await this.refuseWithoutSpace(files);
    const touched: string[] = [];
    const touchedFolders = new Set<string>();
    const { pool, paths, gate } = this.context;
    await this.inBatches('COPY', files, (batch, options) =>
      gate.runShared(async () => {
        const task = {
          sourceFolder: this.request.sourceFolder,
          files: batch,
          storeFolder: paths.root,
          batchName: this.context.newName(),
        };
        const stored = await pool.run('storeSource', task, options);
        const found: Reading[] = [];
        sortResults(batch, stored.results, { found, touched });
        this.remember(found);
        for (const folder of stored.touchedFolders) touchedFolders.add(folder);
      }),
    );
    if (touchedFolders.size > 0) await pool.run('syncFolders', [...touchedFolders]);
    return touched;
  }

  /** Remembers the readings whose content is in the store; answers the files of the others. */
  private async keepStored(readings: readonly Reading[]): Promise<SourceFile[]> {
    const contents = readings.map(({ file, sha256 }) => ({ sha256, sizeBytes: file.sizeBytes }));
    if (contents.length === 0) return [];
    const { pool, paths, gate } = this.context;
    return gate.runShared(async () => {
      const stored = await pool.run('findObjects', { storeFolder: paths.root, contents });
      this.remember(readings.filter((_, index) => stored[index]));
      return readings.filter((_, index) => !stored[index]).map(({ file }) => file);
    });
  }

  private remember(readings: readonly Reading[]): void {
    for (const reading of readings) this.readings.set(reading.file.path, reading);
    this.context.markUsed(readings.map(({ sha256 }) => sha256));
  }

  private async refuseWithoutSpace(files: readonly SourceFile[]): Promise<void> {
    if (files.length === 0) return;
    const blocks = files.reduce(
      (sum, file) => sum + Math.ceil(file.sizeBytes / DISK_BLOCK_BYTES),
      0,
    );
    const neededBytes = blocks * DISK_BLOCK_BYTES + RESERVE_BYTES;
    const freeBytes = await this.context.freeBytes();
    if (neededBytes > freeBytes) throw diskFull(neededBytes, freeBytes, this.context.paths.root);
  }

  /** Runs one phase over all files, as many batches at a time as there are threads. */
  private async inBatches(
    phase: BuildProgress['phase'],
    files: readonly SourceFile[],
    run: (batch: SourceFile[], options: BatchOptions) => Promise<void>,
  ): Promise<void> {
    const failed = new AbortController();
    const { signal, onProgress } = this.request;
    const options: BatchOptions = {
      signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal,
      onProgress: onProgress && countProgress(phase, files, onProgress),
    };
    const batches = splitBatches(files)[Symbol.iterator]();
    const lane = async (): Promise<void> => {
      for (const batch of batches) await run(batch, options);
    };
    const lanes = Array.from({ length: this.context.pool.size }, async () => {
      try {
        await lane();
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
    const outcomes = await Promise.allSettled(lanes);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (!failure) return;
    throw await this.explain(failed.signal.reason, files);
  }

  private async explain(error: unknown, files: readonly SourceFile[]): Promise<unknown> {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
    const neededBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    return diskFull(neededBytes, await this.context.freeBytes(), this.context.paths.root);
  }
}

interface BatchOptions {
  readonly signal: AbortSignal;
  readonly onProgress: ((done: WorkDone) => void) | undefined;
}

function sortResults(
  batch: readonly SourceFile[],
  results: readonly ReadResult[],
  into: { readonly found: Reading[]; readonly touched: string[] },
): void {
  results.forEach((result, index) => {
    if (result.state === 'CHANGED') into.touched.push(result.path);
    else into.found.push({ file: batch[index]!, sha256: result.sha256, chunks: result.chunks });
  });
}

function* splitBatches(files: readonly SourceFile[]): Generator<SourceFile[]> {
  let batch: SourceFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && (batch.length >= BATCH_FILES || bytes + file.sizeBytes > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.sizeBytes;
  }
  if (batch.length > 0) yield batch;
}

function countProgress(
  phase: BuildProgress['phase'],
  files: readonly SourceFile[],
  onProgress: (progress: BuildProgress) => void,
): (done: WorkDone) => void {
  const bytesTotal = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  let filesDone = 0;
  let bytesDone = 0;
  return (done) => {
    filesDone += done.files;
    bytesDone += done.bytes;
    onProgress({ phase, filesDone, filesTotal: files.length, bytesDone, bytesTotal });
  };
}

function diskFull(neededBytes: number, freeBytes: number, folder: string): CanopyError {
  return new CanopyError(
    'DISK_FULL',
    `The copy needs ${neededBytes} bytes, and ${freeBytes} are free in ${folder}.`,
    { path: [folder], hint: 'Free space there or move the data folder to a larger disk.' },
  );
}
