import { lstat, open, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { isCanopyError } from '../core/errors.ts';
import { PACKED_CHUNK_BYTES, type PackedChunks } from '../content/chunk-index.ts';
import { sourceFile } from '../content/source-walk.ts';
import type { WorkerPool } from '../content/worker-pool.ts';
import { isChunkOf, readFully, type ChunkedContent } from './chunked-content.ts';
import { ignoreMissing } from './local-files.ts';

/** A file on this machine and what it is believed to hold; every byte taken from it is checked. */
export interface LocalContent {
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** From its chunk index (`packedOf`); `undefined` for a content of one chunk. */
  readonly chunks: PackedChunks | undefined;
}

/** Where a chunk can be read on this machine. */
interface Place {
  readonly path: string;
  readonly offsetBytes: number;
}

/** Chunks read at a time, when they lie together. */
const RUN_BYTES = 1024 * 1024;

/** Finds wanted chunks in local files; the first file that was added wins. */
export class LocalChunks {
  private readonly wanted: ReadonlySet<string>;
  private readonly places = new Map<string, Place>();

  constructor(wanted: ReadonlySet<string>) {
    this.wanted = wanted;
  }

  add({ path, sha256, chunks }: Omit<LocalContent, 'sizeBytes'>): void {
    if (!chunks) return this.note(sha256, { path, offsetBytes: 0 });
    const packed = Buffer.from(chunks.buffer, chunks.byteOffset, chunks.byteLength);
    let offsetBytes = 0;
    for (let at = 0; at < packed.length; at += PACKED_CHUNK_BYTES) {
      this.note(packed.toString('hex', at + 4, at + PACKED_CHUNK_BYTES), { path, offsetBytes });
      offsetBytes += packed.readUInt32BE(at);
    }
  }

  placeOf(sha256: string): Place | undefined {
    return this.places.get(sha256);
  }

  private note(sha256: string, place: Place): void {
    if (this.wanted.has(sha256) && !this.places.has(sha256)) this.places.set(sha256, place);
  }
}

/** Cuts a file into chunks in a worker; `undefined` when it is gone, changes or cannot be read. */
export async function chunkFile(
  path: string,
  pool: WorkerPool,
  signal: AbortSignal,
): Promise<LocalContent | undefined> {
  const stats = await lstat(path).catch(ignoreMissing);
  if (!stats?.isFile()) return undefined;
  const file = sourceFile(basename(path), stats);
  try {
    const task = { sourceFolder: dirname(path), files: [file] };
    const [result] = await pool.run('hashSource', task, { signal });
    if (result?.state !== 'READ') return undefined;
    return { path, sizeBytes: file.sizeBytes, sha256: result.sha256, chunks: result.chunks };
  } catch (error) {
    if (isCanopyError(error) && error.code === 'SOURCE_UNREADABLE') return undefined;
    throw error;
  }
}

/**
 * Copies into `content` every missing chunk that `local` can find, a run of neighbours at a time.
 * What turns out to be another chunk, or not there, stays missing.
 */
export async function copyLocalChunks(
  content: ChunkedContent,
  local: LocalChunks,
  signal: AbortSignal,
): Promise<void> {
  const handles = new Map<string, FileHandle | undefined>();
  try {
    for (let first = 0; first < content.chunks.length;) {
      signal.throwIfAborted();
      const run = content.here[first] ? undefined : runFrom(content, local, first);
      if (run) {
        if (!handles.has(run.path)) handles.set(run.path, await openIfThere(run.path));
        const handle = handles.get(run.path);
        if (handle) await copyRun(content, handle, { ...run, first });
      }
      first += run?.count ?? 1;
    }
  } finally {
    for (const handle of handles.values()) await handle?.close();
  }
}

interface LocalRun extends Place {
  readonly count: number;
  readonly lengthBytes: number;
}

function runFrom(
  { chunks, here }: ChunkedContent,
  local: LocalChunks,
  first: number,
): LocalRun | undefined {
  const start = local.placeOf(chunks[first]!.sha256);
  if (!start) return undefined;
  let lengthBytes = chunks[first]!.lengthBytes;
  let index = first + 1;
  for (; index < chunks.length && !here[index] && lengthBytes < RUN_BYTES; index += 1) {
    const next = local.placeOf(chunks[index]!.sha256);
    if (next?.path !== start.path || next.offsetBytes !== start.offsetBytes + lengthBytes) break;
    lengthBytes += chunks[index]!.lengthBytes;
  }
  return { ...start, count: index - first, lengthBytes };
}

async function copyRun(
  content: ChunkedContent,
  from: FileHandle,
  run: LocalRun & { readonly first: number },
): Promise<void> {
  const buffer = await readIfReadable(from, run);
  let start = 0;
  let good = { first: run.first, start: 0 };
  const writeGood = async (end: number): Promise<void> => {
    const count = end - good.first;
    if (count > 0) await content.write(good.first, count, buffer.subarray(good.start, start));
  };
  for (let index = run.first; index < run.first + run.count; index += 1) {
    const chunk = content.chunks[index]!;
    const bytes = buffer.subarray(start, start + chunk.lengthBytes);
    const isGood = bytes.length === chunk.lengthBytes && isChunkOf(chunk, bytes);
    if (!isGood) await writeGood(index);
    start += chunk.lengthBytes;
    if (!isGood) good = { first: index + 1, start };
  }
  await writeGood(run.first + run.count);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch {
    // A local file is a chance to fetch less. Whatever keeps it shut, the sources have the bytes.
    return undefined;
  }
}

/** A disk that cannot read a block any more has the chunks no longer. */
async function readIfReadable(handle: FileHandle, run: LocalRun): Promise<Buffer> {
  try {
    return await readFully(handle, run.offsetBytes, run.lengthBytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return Buffer.alloc(0);
    throw error;
  }
}
