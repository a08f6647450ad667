import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** Relative to the repository, `/` between segments. */
  readonly path: string;
  readonly folder: string;
  readonly text: string;
}

/** Every TypeScript file that is tracked or about to be, generated ones left out. */
export function typescriptFiles(): SourceFile[] {
  return repositoryFiles()
    .filter((path) => path.endsWith('.ts') && !path.includes('/generated/'))
    .map((path) => ({
      path,
      folder: path.split('/', 1)[0]!,
      text: readFileSync(join(ROOT, path), 'utf8'),
    }));
}

export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const deleted = new Set(
    execFileSync('git', ['ls-files', '-d'], { cwd: ROOT, encoding: 'utf8' }).split('\n'),
  );
  return listed.split('\n').filter((path) => path !== '' && !deleted.has(path));
}

export interface Import {
  readonly specifier: string;
  readonly lazy: boolean;
}

export function importsOf(text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'/g)) {
    found.push({ specifier: match[1]!, lazy: false });
  }
  for (const match of text.matchAll(/(?:^|\n)\s*import\s*'([^']+)'/g)) {
    found.push({ specifier: match[1]!, lazy: false });
  }
  for (const match of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) {
    found.push({ specifier: match[1]!, lazy: true });
  }
  return found;
}
