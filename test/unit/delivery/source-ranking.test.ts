// Shows that sources stand in the legacy agent's order: speed × error weight, HTTP before UNC.
import fc from 'fast-check';
import { SourceBook } from '../../../delivery/source-book.ts';
import {
  RANKING,
  rankSources,
  withError,
  withSpeed,
  type SourceRecord,
} from '../../../delivery/source-ranking.ts';
import { parseCodebase } from '../../../delivery/source.ts';
import { leapingClock } from './support.ts';

const NOW_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;

function record(url: string, bytesPerSecond?: number, errorAgesMs: number[] = []): SourceRecord {
  return {
    codebase: parseCodebase(url),
    bytesPerSecond,
    measuredAtMs: NOW_MS - MINUTE_MS,
    errors: errorAgesMs.map((age) => ({ atMs: NOW_MS - age, message: 'no connection' })),
  };
}
const urls = (records: SourceRecord[]): string[] =>
  rankSources(records, NOW_MS).map(({ codebase }) => codebase.url);

test('the error weights are those of KB 180600; the seventh error makes a source invalid', () => {
  const weights = Array.from({ length: 9 }, (_, count) => {
    const errors = Array.from({ length: count }, () => MINUTE_MS);
    return rankSources([record('http://a', 1_000, errors)], NOW_MS)[0]!;
  });
  expect(weights.map(({ weight }) => weight)).toEqual([1, 0.95, 0.9, 0.75, 0.6, 0.35, 0.1, 0, 0]);
  expect(weights.map(({ state }) => state).indexOf('INVALID')).toBe(7);
  expect(weights[7]!.rank).toBeUndefined();
  expect(weights[7]!.reason).toContain('7 errors within 150 minutes; the last: no connection');
});

test('errors count for 150 minutes, speeds for 6 hours, and nothing from the future counts', () => {
  const old = {
    ...record('http://a', 9e9, [150 * MINUTE_MS]),
    measuredAtMs: NOW_MS - 360 * MINUTE_MS,
  };
  expect(rankSources([old], NOW_MS)[0]).toMatchObject({ errors: 0, state: 'UNMEASURED' });
  const ahead = { ...record('http://a', 9e9, [-1]), measuredAtMs: NOW_MS + 1 };
  expect(rankSources([ahead], NOW_MS)[0]).toMatchObject({ errors: 0, state: 'UNMEASURED' });
  const young = record('http://a', 9e9, [150 * MINUTE_MS - 1]);
  expect(rankSources([young], NOW_MS)[0]).toMatchObject({ errors: 1, state: 'MEASURED' });
});

test('a tie goes to HTTP before UNC, then to the order of the list', () => {
  const tied = ['\\\\ps\\share', 'http://b', 'https://a'].map((url) => record(url, 5_000));
  expect(urls(tied)).toEqual(['http://b', 'https://a', '\\\\ps\\share']);
});

test('an error costs a source its place only when the other is nearly as fast', () => {
  const fast = record('http://fast', 1_000, [MINUTE_MS]);
  expect(urls([fast, record('http://slow', 940)])).toEqual(['http://fast', 'http://slow']);
  expect(urls([fast, record('http://slow', 960)])).toEqual(['http://slow', 'http://fast']);
});

test('any records: every source once, by falling weighted speed, the invalid ones last', () => {
  const anyRecord = fc.record({
    speed: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
    ages: fc.array(fc.integer({ min: -MINUTE_MS, max: 200 * MINUTE_MS }), { maxLength: 20 }),
    unc: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 12 }), (drawn) => {
      const records = drawn.map(({ speed, ages, unc }, index) =>
        record(unc ? `\\\\ps${index}\\s` : `http://ps${index}`, speed, ages),
      );
      const ranked = rankSources(records, NOW_MS);
      expect(new Set(ranked.map(({ codebase }) => codebase))).toEqual(
        new Set(records.map(({ codebase }) => codebase)),
      );
      const usable = ranked.filter(({ state }) => state !== 'INVALID');
      expect(usable.map(({ rank }) => rank)).toEqual(usable.map((_, index) => index + 1));
      expect(ranked.slice(usable.length).every(({ rank }) => rank === undefined)).toBe(true);
      const speeds = usable.map(({ weightedBytesPerSecond }) => weightedBytesPerSecond);
      expect(speeds).toEqual(speeds.toSorted((a, b) => b - a));
    }),
  );
});

test('at most 20 errors are remembered', () => {
  let one = record('http://a');
  for (let index = 0; index < 30; index += 1)
    one = withError(one, NOW_MS + index, `error ${index}`);
  expect(one.errors).toHaveLength(RANKING.maxErrors);
  expect(one.errors[0]!.message).toBe('error 10');
});

test('requests that fail together are one error, requests after one another are several', () => {
  const clock = leapingClock();
  const book = new SourceBook(clock);
  const codebase = parseCodebase('http://a/b');
  const startedAtMs = clock.monotonicMs();
  void clock.sleep(10);
  for (let lane = 0; lane < 6; lane += 1) book.recordError(codebase, startedAtMs, 'reset');
  expect(book.rank([codebase])[0]!.errors).toBe(1);
  book.recordError(codebase, clock.monotonicMs(), 'reset');
  expect(book.rank([codebase])[0]!.errors).toBe(2);
});

test('a new codebase starts with the speed of its server, not with its errors', () => {
  const clock = leapingClock();
  const old = withError(
    withSpeed(record('http://ps1/pkg/1'), clock.nowMs(), 7_000),
    clock.nowMs(),
    'gone',
  );
  const book = new SourceBook(clock, [old]);
  const [next] = book.rank([parseCodebase('http://ps1/pkg/2')]);
  expect(next).toMatchObject({ state: 'MEASURED', bytesPerSecond: 7_000, errors: 0 });
  expect(book.rank([parseCodebase('http://ps2/pkg/2')])[0]!.state).toBe('UNMEASURED');
});
