// A tree has one address and one encoding, and an encoding that is not exactly ours is refused.
import fc from 'fast-check';
import type { Manifest } from '../../../content/manifest.ts';
import {
  compareUtf8,
  encodeManifest,
  parseManifest,
  rootHash,
  sha256Hex,
} from '../../../content/tree.ts';

const empty = sha256Hex('');
const file = (path: string, extra = {}) => ({
  path,
  sizeBytes: 0,
  sha256: empty,
  modifiedAtMs: 1_390_562_687_000,
  ...extra,
});
const name = fc.stringMatching(/^[a-c\u00e9\u{1f600}\uffee]{1,3}$/u);
const manifests = fc
  .tuple(fc.uniqueArray(name, { selector: (text) => text.toUpperCase() }), fc.nat())
  .map(([names, cut]): Manifest => {
    const at = cut % (names.length + 1);
    return { files: names.slice(0, at).map((path) => file(path)), emptyFolders: names.slice(at) };
  });

test('the address is the hash of exactly the documented text', () => {
  const manifest: Manifest = { files: [file('b/c'), file('a.txt')], emptyFolders: ['z', 'b/d'] };
  const text = `[["a.txt",0,"${empty}"],["b/c",0,"${empty}"],"b/d","z"]`;
  expect(rootHash(manifest)).toBe(sha256Hex(text));
});

test('order of entries and times do not count; sizes, hashes and names do', () => {
  fc.assert(
    fc.property(manifests, ({ files, emptyFolders }) => {
      const hash = rootHash({ files, emptyFolders });
      const touched = files.map((entry) => ({ ...entry, modifiedAtMs: 5 }));
      const other = { files: touched.toReversed(), emptyFolders: emptyFolders.toReversed() };
      expect(rootHash(other)).toBe(hash);
      expect(rootHash({ files: [...files, file('new')], emptyFolders })).not.toBe(hash);
      expect(rootHash({ files, emptyFolders: [...emptyFolders, 'new'] })).not.toBe(hash);
    }),
  );
});

test('names are ordered by their UTF-8 bytes', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  expect(compareUtf8('\uffee', '\u{1f600}')).toBeLessThan(0);
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(manifests, (manifest) => {
      const bytes = encodeManifest(manifest);
      expect(encodeManifest(parseManifest(bytes)).equals(bytes)).toBe(true);
    }),
  );
});

test.each([
  ['not JSON', '{'],
  ['null', 'null'],
  ['white space', '{"emptyFolders": [],"files":[]}'],
  ['another member', '{"emptyFolders":[],"extra":1,"files":[]}'],
  ['a number for a folder', '{"emptyFolders":[1],"files":[]}'],
  ['unsorted', '{"emptyFolders":["b","a"],"files":[]}'],
  [
    'a short hash',
    `{"emptyFolders":[],"files":[{"modifiedAtMs":1,"path":"a","sha256":"00","sizeBytes":1}]}`,
  ],
  [
    'half a byte',
    `{"emptyFolders":[],"files":[{"modifiedAtMs":1,"path":"a","sha256":"${empty}","sizeBytes":0.5}]}`,
  ],
  [
    'a negative size',
    `{"emptyFolders":[],"files":[{"modifiedAtMs":1,"path":"a","sha256":"${empty}","sizeBytes":-1}]}`,
  ],
])('refuses a manifest with %s', (_what, text) => {
  expect(() => parseManifest(Buffer.from(text))).toThrow(
    expect.objectContaining({ code: 'MALFORMED_REQUEST' }),
  );
});

test('refuses a manifest whose paths break the policy', () => {
  const bytes = encodeManifest({ files: [file('../../etc/passwd')], emptyFolders: ['NUL'] });
  expect(() => parseManifest(bytes)).toThrow(
    expect.objectContaining({
      code: 'PACKAGE_REFUSED',
      problems: [expect.anything(), expect.anything()],
    }),
  );
});
