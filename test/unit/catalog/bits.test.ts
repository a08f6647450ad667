// Bits is a set of small integers, at the borders of words too.
import fc from 'fast-check';
import { Bits } from '../../../catalog/bits.ts';

const SIZE = 100;
const members = fc.uniqueArray(fc.oneof(fc.nat(SIZE - 1), fc.constantFrom(0, 31, 32, 63, 64, 95)));

test('members come back in rising order', () => {
  fc.assert(
    fc.property(members, (some) => {
      const bits = bitsOf(some);
      expect([...bits.members()]).toEqual(some.toSorted((left, right) => left - right));
      for (let index = 0; index < SIZE; index += 1) {
        expect(bits.has(index)).toBe(some.includes(index));
      }
      expect(bits.isEmpty).toBe(some.length === 0);
    }),
  );
});

test('and, or and without are those of sets, and leave their operands alone', () => {
  fc.assert(
    fc.property(members, members, (left, right) => {
      const [one, other] = [bitsOf(left), bitsOf(right)];
      const [a, b] = [new Set(left), new Set(right)];
      expect(new Set(one.and(other).members())).toEqual(a.intersection(b));
      expect(new Set(one.or(other).members())).toEqual(a.union(b));
      expect(new Set(one.without(other).members())).toEqual(a.difference(b));
      expect(new Set(one.members())).toEqual(a);
      expect(new Set(other.members())).toEqual(b);
    }),
  );
});

test('the size need not be a whole number of words', () => {
  expect(new Bits(0).isEmpty).toBe(true);
  expect([...new Bits(1).add(0).members()]).toEqual([0]);
  expect([...new Bits(33).add(32).members()]).toEqual([32]);
});

function bitsOf(some: readonly number[]): Bits {
  return some.reduce((bits, index) => bits.add(index), new Bits(SIZE));
}
