import type { Block } from '../content/part-file.ts';
import type { WorkerPool } from '../content/worker-pool.ts';
import type { Clock } from '../core/clock.ts';

const BLOCK_BYTES = 256 * 1024;
/** A kill costs no more of a slow transfer than this. */
const MAX_HELD_MS = 1_000;

/** Memory of blocks, used over and over by all parts of a reception. */
export class BlockPool {
  private readonly idle: SharedArrayBuffer[] = [];

  take(): SharedArrayBuffer {
    return this.idle.pop() ?? new SharedArrayBuffer(BLOCK_BYTES);
  }

  /** Only for memory that nobody reads any more. */
  giveBack(memory: SharedArrayBuffer): void {
    this.idle.push(memory);
  }
}

/** Where the parts of one reception are hashed and written. */
export interface PartThread {
  /** Of one thread, since a part stays with the thread that opened it. */
  readonly pool: WorkerPool;
  readonly blocks: BlockPool;
}

/**
 * Collects the bytes of one part into blocks; a thread hashes and writes a block while the next
 * one is filled. Holds two blocks at most.
 */
export class PartWriter {
  private readonly path: string;
  private readonly thread: PartThread;
  private readonly clock: Clock;
  private memory: SharedArrayBuffer | undefined;
  private bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  private filled = 0;
  private writing: Promise<void> = Promise.resolve();
  private handedAtMs: number;

  constructor(path: string, thread: PartThread, clock: Clock) {
    this.path = path;
    this.thread = thread;
    this.clock = clock;
    this.handedAtMs = clock.monotonicMs();
  }

  /** Goes on with the file that is there; answers how much of it there is. */
  resume(): Promise<number> {
    return this.thread.pool.run('resumePart', { path: this.path });
  }

  /** Appends bytes, which may be used again when it resolves. Throws what writing failed with. */
  async add(bytes: Uint8Array): Promise<void> {
    // Five times as fast into shared memory as `set`.
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let done = 0; done < bytes.length;) {
      if (!this.memory) this.takeMemory();
      const count = source.copy(this.bytes, this.filled, done);
      this.filled += count;
      done += count;
      if (this.filled === this.bytes.length) await this.handOver();
    }
    if (this.clock.monotonicMs() - this.handedAtMs >= MAX_HELD_MS) await this.handOver();
  }

  /** The part ends here: answers its SHA-256 (hex), bytes that were resumed included. */
  async finish(): Promise<string> {
    const block = this.takeBlock();
    try {
      await this.writing;
      return await this.thread.pool.run('finishPart', { path: this.path, block });
    } finally {
      if (block) this.thread.blocks.giveBack(block.memory);
    }
  }

  /** Writes what there is, for a later resume. What is added next begins the part anew. */
  async close(): Promise<void> {
    try {
      await this.handOver();
      await this.writing;
    } finally {
      await this.thread.pool.run('closePart', { path: this.path });
    }
  }

  /** As {@link close}, without what is not written yet. */
  async drop(): Promise<void> {
    const block = this.takeBlock();
    if (block) this.thread.blocks.giveBack(block.memory);
    await this.close();
  }

  private takeMemory(): void {
    this.memory = this.thread.blocks.take();
    this.bytes = Buffer.from(this.memory);
  }

  private takeBlock(): Block | undefined {
    const { memory, filled } = this;
    this.memory = undefined;
    this.filled = 0;
    return memory && { memory, filled };
  }

  /** Resolves when the block before is written, so that never more than two are held. */
  private async handOver(): Promise<void> {
    this.handedAtMs = this.clock.monotonicMs();
    const block = this.takeBlock();
    if (!block) return;
    const before = this.writing;
    this.writing = this.write(block);
    // Told by the next call; until then it must not count as unhandled.
    this.writing.catch(() => undefined);
    await before;
  }

  private async write(block: Block): Promise<void> {
    await this.thread.pool.run('writePart', { path: this.path, block });
    this.thread.blocks.giveBack(block.memory);
  }
}
