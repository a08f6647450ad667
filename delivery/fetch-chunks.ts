import type { Clock } from '../core/clock.ts';
import type { ManifestFile } from '../content/manifest.ts';
import { BufferPool } from '../content/object-reader.ts';
import { abortable } from './abortable.ts';
import type { ChunkBatch } from './chunk-batch.ts';
import { isChunkOf, MAX_CHUNK_BYTES, type ChunkedContent } from './chunked-content.ts';
import { SourceError, type FileSource } from './source.ts';
import { guardAgainstStall, type StallGuard, type StallLimit } from './stall-guard.ts';
import type { Throttle } from './transfer-budget.ts';

export interface FetchChunksOptions {
  readonly file: ManifestFile;
  readonly batch: ChunkBatch;
  readonly content: ChunkedContent;
  readonly source: FileSource;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly stallLimit: StallLimit;
  readonly throttle: Throttle | undefined;
  /** Bytes as they arrive; negative when bytes that were counted are thrown away. */
  onBytes(count: number): void;
}

/** At least two chunks of any size, and few enough bytes that a kill loses little. */
const buffers = new BufferPool(2 * MAX_CHUNK_BYTES, 8);

/**
 * Fetches the chunks of a batch from one source, a request for each run of neighbours; writes
 * only chunks whose hash is right. The batch may shrink meanwhile; then less is fetched.
 *
 * Throws {@link SourceError} for faults of the source: chunks that were right stay. `WRONG_HASH`
 * names the first byte of the wrong chunk.
 */
export async function fetchChunks(options: FetchChunksOptions): Promise<void> {
  const { batch, clock } = options;
  const signal = AbortSignal.any([options.signal, batch.signal]);
  const guard = guardAgainstStall(options.stallLimit, clock, signal);
  const buffer = buffers.take();
  try {
    while (batch.next !== undefined) await fetchRun(options, guard, buffer);
  } finally {
    guard.stop();
    // Every write has ended by now, so nothing reads it any more.
    buffers.giveBack(buffer);
  }
}

async function fetchRun(
  options: FetchChunksOptions,
  guard: StallGuard,
  buffer: Buffer,
): Promise<void> {
  const { file, batch, source, throttle } = options;
  const { offset, endBytes } = batch.run;
  const opened = await abortable(
    guard.signal,
    source.open({ ...file, offset, endBytes, etag: undefined, signal: guard.signal }),
  );
  const body = opened.body[Symbol.asyncIterator]();
  const run = new RunReceiver(options, buffer);
  try {
    if (opened.offset !== offset) {
      throw new SourceError('REFUSED', 'sends whole files only, and a part was asked for');
    }
    while (!run.isOver) {
      const next = await body.next();
      if (next.done) throw new SourceError('SHORT', `ends at byte ${run.position} of ${endBytes}`);
      const bytes = next.value;
      guard.received(bytes.length);
      await run.receive(bytes.subarray(0, endBytes - run.position));
      if (throttle) await guard.excuse(throttle.take(bytes.length, options.signal));
    }
  } finally {
    // Not awaited: a read that hangs ends only with the guard's signal.
    void body.return?.().catch(() => undefined);
    await run.end();
  }
}

/** Takes the bytes of one run in order and writes what is verified, several chunks at a time. */
class RunReceiver {
  /** Where in the file the next byte belongs. */
  position: number;
  private readonly options: FetchChunksOptions;
  private readonly buffer: Buffer;
  private readonly endBytes: number;
  private filled = 0;

  constructor(options: FetchChunksOptions, buffer: Buffer) {
    this.options = options;
    this.buffer = buffer;
    const { offset, endBytes } = options.batch.run;
    this.position = offset;
    this.endBytes = endBytes;
  }

  /** Also when the batch has given up what would come next. */
  get isOver(): boolean {
    return this.position >= Math.min(this.endBytes, this.options.batch.endBytes);
  }

  async receive(bytes: Uint8Array): Promise<void> {
    const { batch } = this.options;
    for (let done = 0; done < bytes.length;) {
      const count = Math.min(bytes.length - done, this.buffer.length - this.filled);
      this.buffer.set(bytes.subarray(done, done + count), this.filled);
      done += count;
      this.filled += count;
      this.position += count;
      batch.receivedBytes += count;
      this.options.onBytes(count);
      if (this.filled === this.buffer.length || this.isOver) await this.flush();
    }
  }

  /** Keeps what is right of the bytes so far; the rest of them is not counted any more. */
  async end(): Promise<void> {
    try {
      if (this.filled > 0) await this.flush();
    } finally {
      if (this.filled > 0) this.options.onBytes(-this.filled);
      this.filled = 0;
    }
  }

  private async flush(): Promise<void> {
    const { batch, content, file } = this.options;
    const first = batch.next;
    let count = 0;
    let used = 0;
    let wrongAt: number | undefined;
    for (let number = first; number !== undefined && number === first! + count;) {
      const chunk = batch.chunks[number]!;
      if (used + chunk.lengthBytes > this.filled) break;
      if (!isChunkOf(chunk, this.buffer.subarray(used, used + chunk.lengthBytes))) {
        wrongAt = chunk.offsetBytes;
        break;
      }
      used += chunk.lengthBytes;
      count += 1;
      batch.advance();
      number = batch.next!;
    }
    if (count > 0) await content.write(first!, count, this.buffer.subarray(0, used));
    if (wrongAt !== undefined) {
      this.options.onBytes(-(this.filled - used));
      this.filled = 0;
      throw new SourceError('WRONG_HASH', `sent wrong bytes of ${file.path} at ${wrongAt}`);
    }
    this.buffer.copyWithin(0, used, this.filled);
    this.filled -= used;
  }
}
