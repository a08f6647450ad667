// A process killed while it takes in, publishes or sweeps leaves a store that the next one completes.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { toGuid } from '../../../core/guid.ts';
import { createTestFolder, openTestStore, type TestFolder } from './helpers.ts';

const packageId = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');
const child = join(import.meta.dirname, 'crash-child.ts');

let folder: TestFolder;
let source: string;

beforeAll(() => {
  folder = createTestFolder();
  source = join(folder.path, 'source');
  mkdirSync(source);
  for (let at = 0; at < 400; at += 1) {
    const bytes = createHash('shake256', { outputLength: 20_000 }).update(`${at}`).digest();
    writeFileSync(join(source, `file${at}`), bytes);
  }
});
afterAll(() => folder.remove());

/** Runs the child until it prints its `lines`-th line, kills it there, and answers that line. */
function killAt(target: string, lines: number): Promise<string> {
  const started = spawn(process.execPath, [child, target, source, packageId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let seen = 0;
  let last = '';
  createInterface({ input: started.stdout }).on('line', (line) => {
    seen += 1;
    if (seen > lines) return;
    last = line;
    if (seen === lines) started.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    started.on('error', reject);
    started.on('close', () => resolve(last));
  });
}

test.each([1, 2, 4, 7, 11])('killed after %i reports', async (lines) => {
  const target = join(folder.path, `killed-${lines}`);
  expect(await killAt(target, lines)).not.toBe('');
  const store = await openTestStore(target);
  try {
    expect(readdirSync(store.paths.temporary)).toEqual([]);
    expect((await store.scrub()).damaged).toEqual([]);
    const tree = await store.build({ sourceFolder: source, recheck: 'content' });
    for (const version of await store.publishedVersions(packageId)) {
      const damage = await store.verifyTree(packageId, version, tree.manifest);
      expect(damage).toEqual({ damaged: [], missing: [], extra: [] });
    }
    await store.publishTree(packageId, 9, tree.manifest);
    expect((await store.verifyTree(packageId, 9, tree.manifest)).missing).toEqual([]);
  } finally {
    await store.close();
  }
});
