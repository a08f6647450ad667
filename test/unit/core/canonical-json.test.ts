// Equal values have one spelling, and the spelling reads back as the value.
import fc from 'fast-check';
import { canonicalJson, isSameJson, type Json } from '../../../core/canonical-json.ts';

test('members are sorted, undefined ones left out, nothing is spaced', () => {
  expect(canonicalJson({ b: 1, a: [true, null, 'ä'], c: undefined })).toBe(
    '{"a":[true,null,"ä"],"b":1}',
  );
});

test('numbers that JSON cannot hold are refused', () => {
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
});

test('it reads back as the same value, and a shuffled copy is spelt alike', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(reversed(value as Json))).toBe(text);
    }),
  );
});

test('values are the same when they are spelt alike', () => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  const close = fc.constantFrom<Json>(
    [],
    {},
    [1],
    { 0: 1 },
    { a: undefined },
    { a: null },
    0,
    -0,
    '',
  );
  const odd = fc.constantFrom<Json>({ toString: 1 }, { a: 1, b: undefined }, { a: 1 }, { b: 1 });
  const any = fc.oneof(value, close, odd);
  fc.assert(
    fc.property(any, any, (one, other) => {
      expect(isSameJson(one, other)).toBe(canonicalJson(one) === canonicalJson(other));
      expect(isSameJson(one, reversed(one))).toBe(true);
      expect(isSameJson({ one, other }, { other: reversed(other), one })).toBe(true);
    }),
  );
});

function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(reversed);
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, one]) => [key, reversed(one as Json)]));
}
