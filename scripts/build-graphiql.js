// Builds the GraphiQL page into dist/graphiql. Does nothing when neither its sources nor the
// locked dependencies changed. Needs no network; the page needs none either.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const source = join(root, 'server', 'graphiql');
const target = join(root, 'dist', 'graphiql');
const stamp = join(target, '.built-from');

const fingerprint = createHash('sha256');
for (const name of readdirSync(source).sort()) {
  fingerprint.update(name).update(readFileSync(join(source, name)));
}
fingerprint.update(readFileSync(join(root, 'package-lock.json')));
fingerprint.update(readFileSync(import.meta.filename));
const wanted = fingerprint.digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const { build } = await import('vite');
  mkdirSync(join(root, 'dist'), { recursive: true });
  // Built beside and renamed, so that a build that was cut off leaves no half page.
  const outDir = mkdtempSync(join(root, 'dist', 'graphiql-'));
  try {
    await build({
      root: source,
      base: '/graphiql/',
      configFile: false,
      logLevel: 'error',
      build: {
        outDir,
        emptyOutDir: true,
        sourcemap: false,
        chunkSizeWarningLimit: 10_000,
        reportCompressedSize: false,
      },
      worker: { format: 'es' },
    });
    writeFileSync(join(outDir, '.built-from'), wanted);
    chmodSync(outDir, 0o755);
    rmSync(target, { recursive: true, force: true });
    renameSync(outDir, target);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}
