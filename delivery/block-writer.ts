import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../core/clock.ts';
import { BufferPool } from '../content/object-reader.ts';

const buffers = new BufferPool(256 * 1024, 8);
/** A kill costs no more of a slow transfer than this. */
const MAX_HELD_MS = 1_000;

/** Writes blocks that follow each other, few large writes for many small blocks. */
export class BlockWriter {
  private readonly handle: FileHandle;
  private readonly clock: Clock;
  private readonly buffer = buffers.take();
  private position: number;
  private filled = 0;
  private flushedAtMs: number;

  constructor(handle: FileHandle, position: number, clock: Clock) {
    this.handle = handle;
    this.position = position;
    this.clock = clock;
    this.flushedAtMs = clock.monotonicMs();
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const count = Math.min(bytes.length - done, this.buffer.length - this.filled);
      this.buffer.set(bytes.subarray(done, done + count), this.filled);
      this.filled += count;
      done += count;
      if (this.filled === this.buffer.length) await this.write();
    }
    if (this.clock.monotonicMs() - this.flushedAtMs >= MAX_HELD_MS) await this.write();
  }

  /** Forgets what is not written yet. */
  drop(): void {
    this.filled = 0;
  }

  /** Writes the rest; the writer is not used afterwards. */
  async flush(): Promise<void> {
    await this.write();
    buffers.giveBack(this.buffer);
  }

  private async write(): Promise<void> {
    const { filled } = this;
    this.flushedAtMs = this.clock.monotonicMs();
    if (filled === 0) return;
    this.filled = 0;
    await writeAll(this.handle, this.buffer.subarray(0, filled), this.position);
    this.position += filled;
  }
}

export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
