// Shows: of a copied delivery folder exactly the wanted contents are taken, whatever else is in it.
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { adoptDeliveryFolder, type ContentStore } from '../../../../content/index.ts';
import { generateIdentity } from '../../../../core/identity.ts';
import { createTestFolder, type TestFolder } from '../helpers.ts';
import {
  bytesOf,
  holdsAll,
  OFFICE,
  openStore,
  signedPackage,
  writeTree,
  ZIP,
  type TestPackage,
} from './support.ts';

const owner = generateIdentity();
const SETUP = bytesOf('setup', 120_000);
const LIBRARY = bytesOf('library', 50_000);
const BRACED = '{46D50E6E-183C-4D15-9767-EE14EBEA5ED4}';

let folder: TestFolder;
let store: ContentStore;
let zip: TestPackage;
let office: TestPackage;
let delivery: string;

beforeAll(async () => {
  folder = createTestFolder();
  const source = await openStore(join(folder.path, 'source'));
  zip = await signedPackage(source, owner, {
    packageId: ZIP,
    folder: writeTree(join(folder.path, 'zip'), {
      'Setup.exe': SETUP,
      'lib/Library.dll': LIBRARY,
      'empty.txt': '',
    }),
  });
  office = await signedPackage(source, owner, {
    packageId: OFFICE,
    folder: writeTree(join(folder.path, 'office'), { 'office.msi': bytesOf('office', 70_000) }),
  });
  await source.close();
});
afterAll(() => folder.remove());
beforeEach(async () => {
  delivery = join(folder.path, 'Package Delivery');
  store = await openStore(join(folder.path, 'store'));
});
afterEach(async () => {
  await store.close();
  for (const name of ['store', 'Package Delivery']) {
    rmSync(join(folder.path, name), { recursive: true, force: true });
  }
});

const wantedOf = ({ snapshot, manifest }: TestPackage) => ({
  packageId: snapshot.packageId,
  internalVersion: snapshot.internalVersion,
  manifest,
});
const adopt = () => adoptDeliveryFolder(store, delivery, { wanted: [zip, office].map(wantedOf) });

function writeZip(name = BRACED, cache = 'cache'): string {
  const stale = { 'package.xml': '<old/>', 'snapshot.xml': '<old/>', 'log.xml': '<old/>' };
  writeTree(join(delivery, name), stale);
  return writeTree(join(delivery, name, cache), {
    'Setup.exe': SETUP,
    'lib/Library.dll': LIBRARY,
    'empty.txt': '',
  });
}

test.each([
  [BRACED, 'cache'],
  [BRACED.toLowerCase(), 'Cache'],
  ['46d50e6e-183c-4d15-9767-ee14ebea5ed4', 'CACHE'],
  [BRACED, 'v1690000000'],
])('%s/%s is adopted whole', async (name, cache) => {
  writeZip(name, cache);
  const [first, second] = await adopt();
  expect(first).toMatchObject({ adoptedBytes: 170_000, missingBytes: 0, missingFiles: [] });
  expect(second).toMatchObject({ missingBytes: 70_000, missingFiles: ['office.msi'] });
  expect(await holdsAll(store, [zip])).toBe(true);
  const [again] = await adopt();
  expect(again).toMatchObject({ adoptedBytes: 0, presentBytes: 170_000 });
});

test('a damaged file is left, the others are taken, and the original stays as it is', async () => {
  const cache = writeZip();
  const damaged = Buffer.from(SETUP);
  damaged[77_777]! ^= 1;
  writeFileSync(join(cache, 'Setup.exe'), damaged);
  chmodSync(join(cache, 'lib/Library.dll'), 0o400);
  const [adopted] = await adopt();
  expect(adopted).toMatchObject({ adoptedBytes: 50_000, missingBytes: 120_000 });
  expect(adopted!.missingFiles).toEqual(['Setup.exe']);
  expect(readFileSync(join(cache, 'Setup.exe')).equals(damaged)).toBe(true);
  const library = zip.manifest.files.find(({ path }) => path === 'lib/Library.dll')!;
  const original = statSync(join(cache, 'lib/Library.dll'));
  expect(original.ino).not.toBe(statSync(store.paths.object(library.sha256)).ino);
  expect([original.nlink, original.mode & 0o777]).toEqual([1, 0o400]);
  chmodSync(join(cache, 'lib/Library.dll'), 0o600);
  appendFileSync(join(cache, 'lib/Library.dll'), 'changed later');
  expect((await store.scrub()).damaged).toEqual([]);
});

test('other letters, other names and other packages do not matter: the hash does', async () => {
  const cache = writeZip();
  renameSync(join(cache, 'Setup.exe'), join(cache, 'SETUP.EXE'));
  renameSync(join(cache, 'lib/Library.dll'), join(cache, 'moved.bin'));
  writeTree(cache, { 'of another package.msi': bytesOf('office', 70_000) });
  const adopted = await adopt();
  expect(adopted.map(({ missingBytes }) => missingBytes)).toEqual([0, 0]);
  expect(await holdsAll(store, [zip, office])).toBe(true);
});

test('extra files, links, and folders of nothing that is wanted are not looked at', async () => {
  const cache = writeZip();
  rmSync(join(cache, 'Setup.exe'));
  const outside = writeTree(join(folder.path, 'outside'), { secret: SETUP });
  symlinkSync(join(outside, 'secret'), join(cache, 'Setup.exe'));
  symlinkSync(outside, join(cache, 'linked'));
  writeTree(cache, { 'extra.bin': bytesOf('extra', 120_000), 'more/extra.txt': 'x' });
  writeTree(join(delivery, 'not a package', 'cache'), { 'office.msi': bytesOf('office', 70_000) });
  const unwanted = join(delivery, '{00000000-0000-0000-0000-0000000000AA}', 'cache');
  writeTree(unwanted, { 'office.msi': bytesOf('office', 70_000) });
  writeTree(join(delivery, BRACED, 'other'), { 'Setup.exe': SETUP });
  writeFileSync(join(delivery, '{5B1E7A52-6F0C-4A3C-8F6A-0E9A3C5D7B21}'), 'a file');
  const [first, second] = await adopt();
  expect([first!.missingFiles, second!.missingFiles]).toEqual([['Setup.exe'], ['office.msi']]);
  expect((await store.usage()).bytes).toBe(50_000);
});

test('a folder that is empty or not there is no error', async () => {
  expect((await adopt()).map(({ missingBytes }) => missingBytes)).toEqual([170_000, 70_000]);
  mkdirSync(delivery);
  expect((await adopt()).map(({ adoptedBytes }) => adoptedBytes)).toEqual([0, 0]);
});

test('without room nothing is copied', async () => {
  writeZip();
  const wanted = [wantedOf(zip)];
  await expect(
    adoptDeliveryFolder(store, delivery, { wanted, freeBytes: async () => 1000 }),
  ).rejects.toMatchObject({ code: 'DISK_FULL' });
  expect((await store.usage()).objects).toBe(0);
});
