import { abortable } from './abortable.ts';
import { SourceError } from './source.ts';

/** Reads exact lengths from a stream of blocks. */
export class BlockReader {
  private readonly blocks: AsyncIterator<Uint8Array>;
  private readonly signal: AbortSignal;
  private block: Uint8Array = new Uint8Array(0);

  constructor(blocks: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.blocks = blocks[Symbol.asyncIterator]();
    this.signal = signal;
  }

  /** Throws {@link SourceError} `SHORT` when the stream ends before. */
  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let filled = 0; filled < length;) {
      if (this.block.length === 0) {
        const next = await abortable(this.signal, this.blocks.next());
        if (next.done) throw new SourceError('SHORT', 'sends a bundle that ends too early');
        this.block = next.value;
      }
      const count = Math.min(this.block.length, length - filled);
      bytes.set(this.block.subarray(0, count), filled);
      this.block = this.block.subarray(count);
      filled += count;
    }
    return bytes;
  }

  /** Nothing may follow. Throws {@link SourceError} `TOO_LONG` when something does. */
  async end(): Promise<void> {
    const next = await abortable(this.signal, this.blocks.next());
    if (next.done && this.block.length === 0) return;
    throw new SourceError('TOO_LONG', 'sends a bundle that is larger than what it holds');
  }

  close(): void {
    void this.blocks.return?.().catch(() => undefined);
  }
}
