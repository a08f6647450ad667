import type { Chunk } from '../content/chunk-index.ts';

/** Chunks of one content that one source is asked for, in order. */
export class ChunkBatch {
  readonly chunks: readonly Chunk[];
  /** Numbers of the chunks, rising. */
  private readonly numbers: number[];
  private taken = 0;
  private readonly cancelled = new AbortController();
  /** Bytes that arrived, verified or not. */
  receivedBytes = 0;

  constructor(chunks: readonly Chunk[], numbers: readonly number[]) {
    this.chunks = chunks;
    this.numbers = [...numbers];
  }

  /** Aborted when another source took everything that was left. */
  get signal(): AbortSignal {
    return this.cancelled.signal;
  }

  /** The number of the chunk that comes next; `undefined` at the end. */
  get next(): number | undefined {
    return this.numbers[this.taken];
  }

  /** Chunks that are not verified yet. */
  get open(): readonly number[] {
    return this.numbers.slice(this.taken);
  }

  get openBytes(): number {
    return this.open.reduce((sum, number) => sum + this.chunks[number]!.lengthBytes, 0);
  }

  /** The chunk `next` was verified. */
  advance(): void {
    this.taken += 1;
  }

  /** The range that the neighbours from `next` on form. */
  get run(): { readonly offset: number; readonly endBytes: number } {
    let at = this.taken;
    while (this.numbers[at + 1] === this.numbers[at]! + 1) at += 1;
    return { offset: this.chunkAt(this.taken).offsetBytes, endBytes: endOf(this.chunkAt(at)) };
  }

  /** Where in the file the last chunk ends; comes nearer by `giveUp`. */
  get endBytes(): number {
    return this.numbers.length === 0 ? 0 : endOf(this.chunkAt(this.numbers.length - 1));
  }

  /** Hands over the last `bytes` or so; with nothing left to itself the batch ends. */
  giveUp(bytes: number): number[] {
    let given = 0;
    let from = this.numbers.length;
    while (from > this.taken && given < bytes) {
      from -= 1;
      given += this.chunkAt(from).lengthBytes;
    }
    const numbers = this.numbers.splice(from);
    if (this.taken >= this.numbers.length) this.cancelled.abort(new BatchTaken());
    return numbers;
  }

  private chunkAt(at: number): Chunk {
    return this.chunks[this.numbers[at]!]!;
  }
}

const endOf = (chunk: Chunk): number => chunk.offsetBytes + chunk.lengthBytes;

class BatchTaken extends Error {
  constructor() {
    super('a faster source took over');
    this.name = 'BatchTaken';
  }
}

/** The batch ended because another source has all of it; nobody's fault. */
export function isBatchTaken(error: unknown): boolean {
  return (error as { readonly name?: unknown } | undefined)?.name === 'BatchTaken';
}
