import { createHash } from 'node:crypto';
import type { Guid } from '../../../core/guid.ts';
import type { Random } from '../../../core/random.ts';

/** Randomness that follows from a seed: SHA-256 in counter mode. */
export class SeededRandom implements Random {
  private readonly seed: string;
  private counter = 0;

  constructor(seed: string) {
    this.seed = seed;
  }

  /** An independent source, so that what one part draws does not move another's. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  fraction(): number {
    return this.block().readUIntBE(0, 6) / 2 ** 48;
  }

  bytes(count: number): Uint8Array {
    const blocks = Array.from({ length: Math.ceil(count / 32) }, () => this.block());
    return new Uint8Array(Buffer.concat(blocks).subarray(0, count));
  }

  guid(): Guid {
    const hex = this.block().toString('hex');
    const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`];
    return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-') as Guid;
  }

  /** Whole number in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  private block(): Buffer {
    return createHash('sha256')
      .update(`${this.seed}:${(this.counter += 1)}`)
      .digest();
  }
}
