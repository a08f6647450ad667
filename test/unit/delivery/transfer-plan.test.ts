// Shows that a plan fetches each missing content once, counts exactly, and never more than all.
import fc from 'fast-check';
import type { ManifestFile } from '../../../content/manifest.ts';
import type { ChunkState } from '../../../delivery/chunked-content.ts';
import { planTransfer } from '../../../delivery/transfer-plan.ts';
import { manifestOf, noise, sha256 } from './support.ts';

const files = {
  'a.txt': noise(1_000, 'a'),
  'copy/of-a.txt': noise(1_000, 'a'),
  'b.bin': noise(5_000, 'b'),
  'empty.log': Buffer.alloc(0),
};
const manifest = manifestOf(files);
const nothing = {
  whole: new Set<string>(),
  partialBytes: new Map<string, number>(),
  chunked: new Map<string, ChunkState>(),
};

test('with nothing here each distinct content is fetched once, the largest first', () => {
  const plan = planTransfer(manifest, nothing);
  expect(plan).toMatchObject({
    extent: 'WHOLE',
    filesTotal: 4,
    bytesTotal: 7_000,
    bytesDistinct: 6_000,
    bytesPlanned: 6_000,
  });
  expect(plan.steps.map(({ way, fetchBytes }) => [way, fetchBytes])).toEqual([
    ['FILE', 5_000],
    ['FILE', 1_000],
    ['EMPTY', 0],
  ]);
});

test('what is here is not fetched, and a partial file only for its rest', () => {
  const staged = {
    ...nothing,
    whole: new Set([sha256(files['a.txt'])]),
    partialBytes: new Map([[sha256(files['b.bin']), 4_999]]),
  };
  expect(planTransfer(manifest, staged)).toMatchObject({ extent: 'CHANGED', bytesPlanned: 1 });
});

test('with everything here nothing is planned', () => {
  const whole = new Set(manifest.files.map((file) => file.sha256));
  expect(planTransfer(manifest, { ...nothing, whole })).toMatchObject({
    extent: 'NONE',
    bytesPlanned: 0,
  });
});

test('any tree and any state: the planned bytes are what is missing', () => {
  const contents = fc.uniqueArray(
    fc.record({
      id: fc.nat(40),
      sizeBytes: fc.nat(1e9),
      have: fc.double({ min: 0, max: 2, noNaN: true }),
    }),
    { selector: ({ id }) => id, maxLength: 20 },
  );
  fc.assert(
    fc.property(contents, fc.nat(3), (drawn, copies) => {
      const paths: ManifestFile[] = drawn.flatMap(({ id, sizeBytes }) =>
        Array.from({ length: 1 + copies }, (_, copy) => ({
          path: `${copy}/${id}`,
          sizeBytes,
          sha256: String(id).padStart(64, '0'),
          modifiedAtMs: 0,
        })),
      );
      const hash = (id: number): string => String(id).padStart(64, '0');
      const whole = new Set(drawn.filter(({ have }) => have === 1).map(({ id }) => hash(id)));
      const partialBytes = new Map(
        drawn.map(({ id, sizeBytes, have }) => [hash(id), Math.floor(sizeBytes * have)]),
      );
      const plan = planTransfer(
        { files: paths, emptyFolders: [] },
        { ...nothing, whole, partialBytes },
      );
      expect(plan.steps).toHaveLength(drawn.length);
      expect(plan.bytesPlanned).toBeLessThanOrEqual(plan.bytesDistinct);
      const missing = drawn.reduce(
        (sum, { sizeBytes, have }) =>
          sum + (have === 1 ? 0 : sizeBytes - Math.min(sizeBytes, Math.floor(sizeBytes * have))),
        0,
      );
      expect(plan.bytesPlanned).toBe(missing);
    }),
  );
});
