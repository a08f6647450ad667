// Only names that every supported system can hold, and can tell apart, get into a package.
import fc from 'fast-check';
import { pathFaults, treeProblems } from '../../../content/path-policy.ts';

const outline = (...paths: string[]) => ({
  files: paths.map((path) => ({ path, sizeBytes: 1 })),
  emptyFolders: [],
});

test.each([
  'setup.exe',
  'a/b/c.txt',
  'snapshot.xml',
  'package.xml',
  'log.xml',
  '.hidden',
  'a b',
  'CONSOLE',
  'com10.txt',
  'nul_.txt',
  'été.txt',
  '日本語/ファイル',
  '😀',
  'a~b',
  'x'.repeat(240),
])('accepts %j', (path) => expect(pathFaults(path)).toEqual([]));

test.each([
  '',
  '/',
  '/etc/passwd',
  'a/',
  'a//b',
  '.',
  '..',
  '../x',
  'a/../b',
  'a/./b',
  'C:',
  'c:/x',
  'a\\b',
  '\\\\host\\share',
  'a*',
  'a?',
  'a"',
  '<a',
  'a>',
  'a|b',
  'a:stream',
  'nul',
  'NUL.txt',
  'a/con',
  'Prn.a.b',
  'AUX',
  'CLOCK$',
  'conin$',
  'CONOUT$.x',
  'COM0',
  'com¹.txt',
  'LPT9',
  'lpt³',
  'con .txt',
  'a.',
  'a ',
  'a./b',
  'a /b',
  'a\0',
  'a\n',
  'a\u007f',
  '\ud800',
  'a\udc00b',
  'gpj\u202eexe.',
  '\u2066a',
  'e\u0301',
  'é'.repeat(128),
  'x'.repeat(241),
  Array(33).fill('d').join('/'),
])('refuses %j', (path) => expect(pathFaults(path)).not.toEqual([]));

test('an accepted name stays inside its folder and survives encoding', () => {
  const piece = fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    ':',
    'a',
    ' ',
    'CON',
    '\0',
    '\u202e',
    '~1',
    'é',
  );
  const hostile = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 3 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(hostile, (pieces) => {
      const path = pieces.join('');
      fc.pre(pathFaults(path).length === 0);
      const resolved = new URL(path.split('/').map(encodeURIComponent).join('/'), 'file:///root/');
      expect(resolved.pathname.startsWith('/root/')).toBe(true);
      expect(Buffer.from(path).toString()).toBe(path);
      expect(path).not.toMatch(/[\\:*?"<>|\0]|(^|\/)\.{0,2}(\/|$)|[. ](\/|$)/);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [
    ['a.txt', 'A.TXT'],
    ['a.txt', 'A.TXT'],
  ],
  [
    ['Dir/a', 'dir/b'],
    ['Dir', 'dir'],
  ],
  [['a', 'a/b'], ['a']],
  [
    ['straße', 'STRASSE'],
    ['straße', 'STRASSE'],
  ],
  [['same', 'same'], ['same']],
  [['progra~1', 'Program Files'], ['progra~1']],
  [['x/LONGNA~2.TEX', 'x/Long name two.text', 'x/Other'], ['x/LONGNA~2.TEX']],
  [['PR1A2B~1', 'Program Files'], ['PR1A2B~1']],
])('refuses names that some system takes for one: %j', (paths, culprits) => {
  for (const order of [paths, paths.toReversed()]) {
    const problems = treeProblems(outline(...order));
    expect(problems).toMatchObject([{ code: 'PACKAGE_REFUSED' }]);
    expect(culprits).toContain(problems[0]!.path[0]);
  }
});

test.each([[['a~1', 'b long name']], [['x/PROGRA~1', 'Program Files']], [['~1', 'a~1.txt']]])(
  'accepts short-looking names that stand for nothing else: %j',
  (paths) => expect(treeProblems(outline(...paths))).toEqual([]),
);

test('an empty folder is neither a file nor full', () => {
  const files = [{ path: 'a/b', sizeBytes: 1 }];
  expect(treeProblems({ files, emptyFolders: ['c', 'a/d'] })).toEqual([]);
  expect(treeProblems({ files, emptyFolders: ['a'] })).toHaveLength(1);
  expect(treeProblems({ files, emptyFolders: ['a/b'] })).toHaveLength(1);
});

test('limits name both figures; long lists of reasons are cut with their count', () => {
  const limits = { maxFiles: 1, maxTotalBytes: 1 };
  expect(treeProblems(outline('a', 'b'), limits).map(({ message }) => message)).toEqual([
    'The tree has 2 files; 1 are allowed.',
    'The tree has 2 bytes; 1 are allowed.',
  ]);
  const bad = Array.from({ length: 150 }, (_, index) => `bad${index}?`);
  const problems = treeProblems(outline(...bad));
  expect(problems).toHaveLength(101);
  expect(problems[100]!.message).toBe('50 more reasons are not listed.');
});
