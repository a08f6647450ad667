// Shows: an import that is killed at any moment goes on where it was and ends as one that was not.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  exportBundle,
  importBundle,
  readPrestaged,
  type ContentStore,
} from '../../../../content/index.ts';
import { systemClock } from '../../../../core/clock.ts';
import { generateIdentity } from '../../../../core/identity.ts';
import { startProgram } from '../../../support/child-program.ts';
import { createTestFolder, type TestFolder } from '../helpers.ts';
import { bytesOf, holdsAll, openStore, signedPackage, writeTree, ZIP } from './support.ts';
import type { TestPackage } from './support.ts';

const owner = generateIdentity();
const trust = { trustedOwners: new Set([owner.nodeId as string]), current: async () => undefined };
const program = new URL('./import-child.ts', import.meta.url);
const FILES = 60;

let folder: TestFolder;
let zip: TestPackage;
let file: string;

beforeAll(async () => {
  folder = createTestFolder();
  const files: Record<string, Buffer> = { 'big.bin': bytesOf('big', 6_000_000) };
  for (let at = 0; at < FILES; at += 1) files[`lib/${at}.dll`] = bytesOf(`${at}`, 10_000 + at);
  const source: ContentStore = await openStore(join(folder.path, 'source'));
  const tree = writeTree(join(folder.path, 'zip'), files);
  zip = await signedPackage(source, owner, { packageId: ZIP, folder: tree });
  file = join(folder.path, 'bundle.tar');
  const snapshots = [zip.snapshot];
  await exportBundle(source, { snapshots, file, identity: owner, clock: systemClock });
  await source.close();
});
afterAll(() => folder.remove());

/** The lines are: one per block and one per content, then the last word. */
const MOMENTS = [1, 2, 3, 5, 7, 8, 9, 12, 20, 33, 50, 71, 90, 110, 120, 127, 128];

test.each(MOMENTS)('killed after %i reports', async (count) => {
  const target = join(folder.path, `target-${count}`);
  const child = startProgram(program, target, file, owner.nodeId);
  await child.untilLines(count);
  await child.kill();
  const store = await openStore(target);
  try {
    expect(readdirSync(store.paths.temporary)).toEqual([]);
    expect((await store.scrub()).damaged).toEqual([]);
    const before = (await store.usage()).bytes;
    const prestaged = await readPrestaged(store);
    if (prestaged.length > 0) expect(await holdsAll(store, [zip])).toBe(true);
    const { writtenBytes, presentBytes } = await importBundle(store, file, trust);
    expect([presentBytes, writtenBytes]).toEqual([before, zip.snapshot.sizeBytes - before]);
    expect(await holdsAll(store, [zip])).toBe(true);
    expect(await readPrestaged(store)).toEqual([zip.snapshot]);
    expect((await store.sweep({ keep: await readPrestaged(store) })).objects).toBe(0);
  } finally {
    await store.close();
  }
});
