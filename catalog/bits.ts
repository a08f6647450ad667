/** A set of small integers below a fixed size; all sets of one decision have the same size. */
export class Bits {
  readonly words: Uint32Array;

  constructor(size: number | Uint32Array) {
    this.words = typeof size === 'number' ? new Uint32Array((size + 31) >>> 5) : size;
  }

  add(index: number): this {
    this.words[index >>> 5]! |= 1 << (index & 31);
    return this;
  }

  has(index: number): boolean {
    return (this.words[index >>> 5]! & (1 << (index & 31))) !== 0;
  }

  get isEmpty(): boolean {
    return this.words.every((word) => word === 0);
  }

  and(other: Bits): Bits {
    return new Bits(this.words.map((word, index) => word & other.words[index]!));
  }

  or(other: Bits): Bits {
    return new Bits(this.words.map((word, index) => word | other.words[index]!));
  }

  without(other: Bits): Bits {
    return new Bits(this.words.map((word, index) => word & ~other.words[index]!));
  }

  /** Members in rising order. */
  *members(): Generator<number> {
    for (let index = 0; index < this.words.length; index += 1) {
      let word = this.words[index]!;
      while (word !== 0) {
        const low = word & -word;
        yield (index << 5) + (31 - Math.clz32(low));
        word ^= low;
      }
    }
  }
}
