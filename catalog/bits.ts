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

  remove(index: number): this {
    this.words[index >>> 5]! &= ~(1 << (index & 31));
    return this;
  }

  has(index: number): boolean {
    return (this.words[index >>> 5]! & (1 << (index & 31))) !== 0;
  }

  get isEmpty(): boolean {
    for (const word of this.words) if (word !== 0) return false;
    return true;
  }

  // Loops and no calls: a decision is made of these, and the callback of a map costs more than its word.

  and({ words }: Bits): Bits {
    const both = new Uint32Array(words.length);
    for (let at = 0; at < both.length; at += 1) both[at] = this.words[at]! & words[at]!;
    return new Bits(both);
  }

  or({ words }: Bits): Bits {
    const either = new Uint32Array(words.length);
    for (let at = 0; at < either.length; at += 1) either[at] = this.words[at]! | words[at]!;
    return new Bits(either);
  }

  without({ words }: Bits): Bits {
    const rest = new Uint32Array(words.length);
    for (let at = 0; at < rest.length; at += 1) rest[at] = this.words[at]! & ~words[at]!;
    return new Bits(rest);
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
