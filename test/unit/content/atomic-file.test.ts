// A replaced file is the old one or the new one, never part of either, and leaves nothing beside it.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeLeftovers, writeFileAtomic } from '../../../content/atomic-file.ts';
import { createTestFolder, type TestFolder } from './helpers.ts';

let folder: TestFolder;
beforeEach(() => {
  folder = createTestFolder();
});
afterEach(() => folder.remove());

test('makes missing folders, sets the mode and replaces', async () => {
  const path = join(folder.path, 'a', 'b', 'file');
  await writeFileAtomic(path, 'old', { mode: 0o444 });
  await writeFileAtomic(path, Buffer.from('new'), { mode: 0o600 });
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder.path, 'a', 'b'))).toEqual(['file']);
});

test('many writers at once leave one whole content', async () => {
  const path = join(folder.path, 'file');
  const contents = Array.from({ length: 20 }, (_, at) => `${at}`.repeat(10_000));
  await Promise.all(contents.map((text) => writeFileAtomic(path, text)));
  expect(contents).toContain(readFileSync(path, 'utf8'));
  expect(readdirSync(folder.path)).toEqual(['file']);
});

test('a failed write keeps the old file and leaves nothing', async () => {
  const path = join(folder.path, 'taken');
  mkdirSync(path);
  await expect(writeFileAtomic(path, 'x')).rejects.toMatchObject({ code: 'EISDIR' });
  expect(readdirSync(folder.path)).toEqual(['taken']);
});

test('leftovers of a killed process are removed, other files are not', async () => {
  for (const name of ['.a.xml.123-4.tmp', 'a.xml', '.hidden', 'b.tmp']) {
    writeFileSync(join(folder.path, name), '');
  }
  await removeLeftovers(folder.path);
  expect(readdirSync(folder.path).sort()).toEqual(['.hidden', 'a.xml', 'b.tmp']);
});
