// Shows: what is damaged under a running package server is withdrawn at the SMP, repaired by the
// damaged chunks alone, and offered again, whatever was done to the files.
import { randomBytes } from 'node:crypto';
import { chmod, open, readdir, readFile, rm, stat, truncate, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Made } from '../../demo/administrator.ts';
import { counterOf, Office, ready, type Machine } from './office.ts';
import { runCanopy } from './processes.ts';

const FILES = {
  'large.bin': randomBytes(1_500_000),
  'small.bin': randomBytes(30_000),
  'other.bin': randomBytes(300_000),
};
type Name = keyof typeof FILES;

let office: Office;
let ps: Machine;
let one: Made;
let tree: string;

beforeAll(async () => {
  office = await Office.open();
  ps = await office.addMachine('PS01', {});
  one = await office.publish('Tool', FILES);
  const { internalVersion } = await ready(ps, one);
  tree = join(ps.folder, 'PackageShare', `{${one.guid.toUpperCase()}}`, `v${internalVersion}`);
  await office.offered(one, [ps.url]);
}, 120_000);

afterAll(() => office?.close(), 60_000);

/** Far less than the file: one chunk, or a few. */
const A_FEW_CHUNKS = 500_000;

test.each<[string, () => Promise<void>, number]>([
  ['a byte flipped', () => flip(inTree('large.bin')), A_FEW_CHUNKS],
  ['a byte flipped in the object of the store', flipInStore, A_FEW_CHUNKS],
  ['the end cut off', () => shorten(inTree('large.bin'), 20_000), A_FEW_CHUNKS],
  ['a file deleted', () => rm(inTree('small.bin')), 60_000],
  ['two files damaged', flipTwo, 2 * A_FEW_CHUNKS],
])(
  '%s: withdrawn, repaired by what is damaged, offered again',
  async (_, damage, mostBytes) => {
    // So slowly that the time between is seen.
    await office.settings({ packageServerMaxBytesPerSecond: 40_000 });
    const fetched = await counterOf(ps, 'fetched_bytes_total');
    await damage();
    await office.offered(one, [office.smp.ready.url]);
    await office.settings({ packageServerMaxBytesPerSecond: 0 });
    await ready(ps, one);
    await office.offered(one, [ps.url]);
    expect((await counterOf(ps, 'fetched_bytes_total')) - fetched).toBeLessThanOrEqual(mostBytes);
    await expectWhole();
  },
  120_000,
);

test('a time that was changed, and nothing else, is no damage', async () => {
  const fetched = await counterOf(ps, 'fetched_bytes_total');
  const lines = ps.process.log().length;
  await utimes(inTree('large.bin'), new Date(0), new Date(0));
  const words = ['ps', 'verify', 'Tool', '--data-dir', ps.folder];
  expect(await runCanopy(words)).toMatchObject({ code: 0 });
  await ready(ps, one);
  await office.offered(one, [ps.url]);
  expect(ps.process.log().slice(lines)).not.toContain('being repaired');
  expect(await counterOf(ps, 'fetched_bytes_total')).toBe(fetched);
  await expectWhole();
}, 120_000);

function inTree(name: Name): string {
  return join(tree, name);
}

async function flip(file: string): Promise<void> {
  await chmod(file, 0o644);
  const handle = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, 10_000);
  byte[0]! ^= 0xff;
  await handle.write(byte, 0, 1, 10_000);
  await handle.close();
}

async function flipTwo(): Promise<void> {
  await flip(inTree('large.bin'));
  await flip(inTree('other.bin'));
}

/** By its own name there: the file with the same inode. */
async function flipInStore(): Promise<void> {
  const { ino } = await stat(inTree('large.bin'));
  const content = join(ps.folder, 'content');
  for (const name of await readdir(content, { recursive: true })) {
    const path = join(content, name);
    const found = await stat(path);
    if (found.isFile() && found.ino === ino) return await flip(path);
  }
  throw new Error('The store has no such object.');
}

async function shorten(file: string, bytes: number): Promise<void> {
  await chmod(file, 0o644);
  await truncate(file, (await stat(file)).size - bytes);
}

async function expectWhole(): Promise<void> {
  expect((await readdir(tree)).sort()).toEqual(Object.keys(FILES).sort());
  for (const [name, bytes] of Object.entries(FILES)) {
    expect((await readFile(join(tree, name))).equals(bytes)).toBe(true);
  }
}
