// Imports run one way: each folder imports only what its row in the table names, and the table in
// ARCHITECTURE.md is the same table.
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { LAYERS, LAZY, type Folder } from './layers.ts';
import { importsOf, ROOT, typescriptFiles } from './sources.ts';

const FREE = new Set(['test', 'bench', 'scripts', 'docs']);

function violations(path: string, text: string): string[] {
  const folder = path.split('/', 1)[0]! as Folder;
  if (FREE.has(folder)) return [];
  const allowed = LAYERS[folder] as readonly string[] | undefined;
  if (!allowed) return [`${path}: the folder ${folder} has no row in the table`];
  return importsOf(text).flatMap(({ specifier, lazy }) => {
    if (!specifier.startsWith('.')) return [];
    const target = normalize(join(dirname(path), specifier)).split('/', 1)[0]!;
    if (target === folder || allowed.includes(target)) return [];
    if (lazy && (LAZY[folder] as readonly string[] | undefined)?.includes(target)) return [];
    if (target.endsWith('.json')) return [];
    return [`${path} imports ${specifier}: ${folder} may not import ${target}`];
  });
}

test('every import follows the table', () => {
  const files = typescriptFiles();
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(({ path, text }) => violations(path, text))).toEqual([]);
});

test('a forbidden, a lazy and an unknown import are told apart', () => {
  expect(violations('core/a.ts', "import { b } from '../catalog/b.ts';")).toHaveLength(1);
  expect(violations('core/a.ts', "import type { b } from '../catalog/b.ts';")).toHaveLength(1);
  expect(violations('cli/a.ts', "const s = await import('../server/start.ts');")).toEqual([]);
  expect(violations('cli/a.ts', "import { s } from '../server/start.ts';")).toHaveLength(1);
  expect(violations('misc/a.ts', '')).toHaveLength(1);
  expect(violations('catalog/a.ts', "import { b } from '../core/b.ts';")).toEqual([]);
});

test('ARCHITECTURE.md quotes the table', () => {
  const document = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
  for (const [folder, allowed] of Object.entries(LAYERS)) {
    const imports = allowed.length === 0 ? '–' : allowed.join(', ');
    const lazy = LAZY[folder as Folder];
    const row = lazy ? `${imports}; lazily ${lazy.join(', ')}` : imports;
    const line = document.split('\n').find((one) => one.startsWith(`| \`${folder}/\``));
    expect({ folder, row: line?.split('|')[3]?.trim() }).toEqual({ folder, row });
  }
});
