// Equal values have one spelling, and the spelling reads back as the value.
import fc from 'fast-check';
import { canonicalJson, type Json } from '../../../core/canonical-json.ts';

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

function reversed(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(reversed);
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, one]) => [key, reversed(one as Json)]));
}
