// House rules that a machine can check: sizes, banned calls with their replacement, test hygiene.
import ts from 'typescript';
import { typescriptFiles, type SourceFile } from './sources.ts';

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

/** A call that is banned, where it is allowed, and what to use instead. */
const BANNED: { pattern: RegExp; except: RegExp; instead: string }[] = [
  { pattern: /\bDate\.now\(/, except: /^(core\/clock|test|bench)/, instead: 'Clock.nowMs' },
  { pattern: /\bnew Date\(\)/, except: /^(core\/clock|test|bench)/, instead: 'Clock.nowMs' },
  { pattern: /\bMath\.random\(/, except: /^core\/random/, instead: 'Random.fraction' },
  { pattern: /\brandomUUID\b/, except: /^(core\/random|test)/, instead: 'Random.guid' },
  {
    pattern: /\b(describe|it|test)\.(only|skip|todo)\b/,
    except: /^$/,
    instead: 'a test that runs',
  },
  { pattern: /\b(TODO|FIXME|XXX)\b/, except: /^test\/architecture/, instead: 'doing it' },
  {
    pattern: /\b(DESIGN|altiris|reliability|stack|performance|ecosystem|models) §/,
    except: /^test\/architecture/,
    instead: 'a KB article, an RFC or a page of this repository',
  },
  { pattern: /createPubSub/, except: /^test\/architecture/, instead: 'the change feed' },
];

test.each(BANNED)('$pattern is not used; use $instead', ({ pattern, except }) => {
  const found = typescriptFiles()
    .filter(({ path, text }) => !except.test(path) && pattern.test(text))
    .map(({ path }) => path);
  expect(found.filter((path) => path !== 'test/architecture/tidy.test.ts')).toEqual([]);
});

test(`no file has more than ${FILE_LINES_MAX} lines`, () => {
  const long = typescriptFiles()
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > FILE_LINES_MAX);
  expect(long).toEqual([]);
});

test(`no function has more than ${FUNCTION_LINES_MAX} lines`, () => {
  const long = typescriptFiles()
    .filter(({ folder }) => folder !== 'test' && folder !== 'bench')
    .flatMap((file) => longFunctions(file));
  expect(long).toEqual([]);
});

test('every test file says in its first line what it shows', () => {
  const silent = typescriptFiles()
    .filter(({ path, text }) => path.endsWith('.test.ts') && !text.startsWith('// '))
    .map(({ path }) => path);
  expect(silent).toEqual([]);
});

test('the rule finds a long function', () => {
  const body = Array.from({ length: FUNCTION_LINES_MAX }, () => '  a();').join('\n');
  const text = `export function long(): void {\n${body}\n}\n`;
  expect(longFunctions({ path: 'core/a.ts', folder: 'core', text })).toHaveLength(1);
});

function longFunctions({ path, text }: SourceFile): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const start = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const end = source.getLineAndCharacterOfPosition(node.end).line;
      const lines = end - start + 1;
      if (lines > FUNCTION_LINES_MAX) found.push(`${path}:${start + 1} has ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
