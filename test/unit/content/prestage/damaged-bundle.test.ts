// Shows: whatever is altered, cut, added, repeated or claimed in a bundle is refused, with the place.
import { closeSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  exportBundle,
  importBundle,
  readPrestaged,
  verifyBundle,
  type ContentStore,
} from '../../../../content/index.ts';
import {
  bundleStatement,
  encodeBundleIndex,
  encodeSignature,
  memberLine,
  parseBundleIndex,
} from '../../../../content/prestage/bundle-format.ts';
import { encodeTarHeader, TAR_END } from '../../../../content/prestage/tar-header.ts';
import { sha256Hex } from '../../../../content/tree.ts';
import { systemClock } from '../../../../core/clock.ts';
import { generateIdentity, type NodeIdentity } from '../../../../core/identity.ts';
import { snapshotStatement } from '../../../../content/statement.ts';
import { createTestFolder, type TestFolder } from '../helpers.ts';
import { bytesOf, OFFICE, openStore, signedPackage, writeTree, ZIP } from './support.ts';

const owner = generateIdentity();
const trust = { trustedOwners: new Set([owner.nodeId as string]), current: async () => undefined };

interface Part {
  name: string;
  bytes: Buffer;
}

let folder: TestFolder;
let store: ContentStore;
let file: string;
let sound: Buffer;
let parts: Part[];

beforeAll(async () => {
  folder = createTestFolder();
  const source = await openStore(join(folder.path, 'source'));
  const zip = await signedPackage(source, owner, {
    packageId: ZIP,
    folder: writeTree(join(folder.path, 'zip'), {
      'setup.exe': bytesOf('zip', 40_000),
      'lib/a.dll': bytesOf('a', 700),
      'empty.txt': '',
    }),
  });
  const office = await signedPackage(source, owner, {
    packageId: OFFICE,
    folder: writeTree(join(folder.path, 'office'), { 'office.msi': bytesOf('office', 3000) }),
  });
  file = join(folder.path, 'bundle.tar');
  const snapshots = [zip.snapshot, office.snapshot];
  await exportBundle(source, { snapshots, file, identity: owner, clock: systemClock });
  await source.close();
  sound = readFileSync(file);
  parts = partsOf(sound);
  store = await openStore(join(folder.path, 'target'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

/** Takes a sound bundle apart. */
function partsOf(bytes: Buffer): Part[] {
  const found: Part[] = [];
  for (let at = 0; bytes[at] !== 0;) {
    const name = bytes.toString('utf8', at, bytes.indexOf(0, at));
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    found.push({ name, bytes: bytes.subarray(at + 512, at + 512 + size) });
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

function tarOf(members: readonly Part[]): Buffer {
  const padded = members.flatMap(({ name, bytes }) => [
    encodeTarHeader({ name, sizeBytes: bytes.length }),
    bytes,
    Buffer.alloc((512 - (bytes.length % 512)) % 512),
  ]);
  return Buffer.concat([...padded, TAR_END]);
}

/** The parts with the signature that `maker` would make over them. */
function sign(members: readonly Part[], maker: NodeIdentity): Buffer {
  const listed = members.filter(({ name }) => name !== 'signature');
  const lines = listed.map(({ name, bytes }) => memberLine(name, bytes.length, sha256Hex(bytes)));
  const statement = bundleStatement(maker.nodeId, listed.length, sha256Hex(lines.join('')));
  return tarOf([...listed, { name: 'signature', bytes: encodeSignature(maker, statement) }]);
}

async function refusal(bytes: Buffer): Promise<{ code: string; message: string }> {
  const damaged = join(folder.path, 'damaged.tar');
  writeFileSync(damaged, bytes);
  const { problems } = await verifyBundle(damaged);
  expect(problems.length).toBeGreaterThan(0);
  await expect(importBundle(store, damaged, trust)).rejects.toMatchObject({
    code: problems[0]!.code,
  });
  expect(await readPrestaged(store)).toEqual([]);
  return problems[0]!;
}

test('the parts put together again are the bundle', async () => {
  expect(tarOf(parts).equals(sound)).toBe(true);
  expect(sign(parts, owner).equals(sound)).toBe(true);
  expect((await verifyBundle(file)).problems).toEqual([]);
});

test('a flipped bit is found, wherever it is', async () => {
  // A step that is odd and no divisor of a block meets every kind of place, 8 bits in turn.
  const step = Math.floor(sound.length / 600) | 1;
  const damaged = join(folder.path, 'flipped.tar');
  writeFileSync(damaged, sound);
  const descriptor = openSync(damaged, 'r+');
  const unnoticed: number[] = [];
  let places = 0;
  try {
    for (let at = 0; at < sound.length; at += step) {
      const flipped = Buffer.from([sound[at]! ^ (1 << (places % 8))]);
      writeSync(descriptor, flipped, 0, 1, at);
      if ((await verifyBundle(damaged)).problems.length === 0) unnoticed.push(at);
      writeSync(descriptor, sound, at, 1, at);
      places += 1;
    }
  } finally {
    closeSync(descriptor);
  }
  expect(places).toBeGreaterThan(500);
  expect(unnoticed).toEqual([]);
  expect((await verifyBundle(damaged)).problems).toEqual([]);
});

test('every bit of the signature counts, the spare ones of base64 too', async () => {
  const at = sound.length - TAR_END.length - 512;
  const length = parts.at(-1)!.bytes.length;
  const damaged = join(folder.path, 'signature.tar');
  for (let place = at; place < at + length; place += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const bytes = Buffer.from(sound);
      bytes[place]! ^= 1 << bit;
      writeFileSync(damaged, bytes);
      const { problems } = await verifyBundle(damaged);
      expect([place, bit, problems[0]?.path]).toEqual([place, bit, ['signature']]);
    }
  }
});

test('import refuses flipped bits too, and a sound copy then completes it', async () => {
  for (let at = 300; at < sound.length; at += Math.floor(sound.length / 25)) {
    const bytes = Buffer.from(sound);
    bytes[at]! ^= 4;
    await refusal(bytes);
  }
  const other = await openStore(join(folder.path, 'completed'));
  try {
    const damaged = join(folder.path, 'damaged.tar');
    writeFileSync(damaged, sound.with(sound.length - 1, 1));
    await expect(importBundle(other, damaged, trust)).rejects.toThrow('the end');
    const { writtenBytes, presentBytes } = await importBundle(other, file, trust);
    expect([writtenBytes, presentBytes]).toEqual([0, 43_700]);
  } finally {
    await other.close();
  }
});

test('a bundle that is cut off names the part that is missing', async () => {
  let end = 0;
  for (const { name, bytes } of parts) {
    expect((await refusal(sound.subarray(0, end))).message).toContain(name);
    expect((await refusal(sound.subarray(0, end + 100))).message).toContain(name);
    end += 512 + Math.ceil(bytes.length / 512) * 512;
    if (bytes.length > 0) {
      expect((await refusal(sound.subarray(0, end - 1))).message).toContain(name);
    }
  }
  expect((await refusal(sound.subarray(0, end))).message).toContain('the end');
  expect((await refusal(sound.subarray(0, sound.length - 1))).message).toContain('the end');
  const longer = Buffer.concat([sound, Buffer.alloc(1)]);
  expect((await refusal(longer)).message).toContain('1 bytes follow');
});

test('a part left out is named, though everything is signed again', async () => {
  for (const missing of parts.slice(0, -1)) {
    const bytes = sign(
      parts.filter((part) => part !== missing),
      owner,
    );
    expect((await refusal(bytes)).message).toContain(missing.name);
  }
});

test('parts that are repeated, added, or in another order are refused', async () => {
  const [index, ...others] = parts;
  const twice = await refusal(sign([index!, others[0]!, others[0]!, ...others.slice(1)], owner));
  expect(twice.message).toContain('a second time');
  const bytes = bytesOf('extra', 600);
  const extra = { name: `objects/${sha256Hex(bytes)}`, bytes };
  expect((await refusal(sign([...parts, extra], owner))).message).toContain('does not belong');
  const swapped = [index!, others[1]!, others[0]!, ...others.slice(2)];
  expect((await refusal(sign(swapped, owner))).message).toContain('is missing');
});

test.each(['../../etc/passwd', '/etc/passwd', 'objects/../../x', 'objects', 'C:\\x', 'objects/é'])(
  'the name %s reaches no file',
  async (name) => {
    const bytes = bytesOf('evil', 30);
    expect((await refusal(sign([...parts.slice(0, 3), { name, bytes }], owner))).message).toContain(
      'does not belong',
    );
  },
);

test('a size that the file cannot hold is refused without being believed', async () => {
  for (const sizeBytes of [8 ** 11 - 1, 2 ** 52]) {
    const header = encodeTarHeader({ name: 'canopy-bundle.json', sizeBytes });
    const { message } = await refusal(Buffer.concat([header, sound.subarray(512)]));
    expect(message).toContain(`${sizeBytes} bytes, and the file has`);
  }
});

test('an index that is too large for an index is not read', async () => {
  const sparse = join(folder.path, 'sparse.tar');
  const sizeBytes = 2 ** 33;
  const descriptor = openSync(sparse, 'w');
  writeSync(descriptor, encodeTarHeader({ name: 'canopy-bundle.json', sizeBytes }));
  writeSync(descriptor, TAR_END, 0, TAR_END.length, sizeBytes + 512);
  closeSync(descriptor);
  const [problem] = (await verifyBundle(sparse)).problems;
  expect(problem!.message).toContain('are allowed');
});

test('other headers than ours are refused: links, owners, other spellings of a number', async () => {
  for (const [at, byte] of [
    [156, '2'],
    [156, 'L'],
    [108, '7'],
    [124, ' '],
    [265, 'r'],
    [345, 'p'],
  ] as const) {
    const bytes = Buffer.from(sound);
    bytes.write(byte, at);
    bytes.write('        ', 148);
    const sum = bytes.subarray(0, 512).reduce((total, one) => total + one, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect((await refusal(bytes)).message).toContain('not its header');
  }
});

test('what a stranger made of packages that are not his is refused', async () => {
  const stranger = generateIdentity();
  const index = parseBundleIndex(parts[0]!.bytes);
  const withIndex = (snapshots: typeof index.snapshots): Buffer => {
    const bytes = encodeBundleIndex({ ...index, maker: stranger, snapshots });
    return sign([{ name: 'canopy-bundle.json', bytes }, ...parts.slice(1)], stranger);
  };
  const newer = index.snapshots.map((one) => ({ ...one, internalVersion: 2_000_000_000 }));
  expect((await refusal(withIndex(newer))).code).toBe('SNAPSHOT_NOT_TRUSTED');
  const [first, second] = index.snapshots;
  const swapped = [first!, { ...second!, rootHash: first!.rootHash }].map((one) => ({
    ...one,
    ownerNodeId: stranger.nodeId,
    ownerPublicKey: stranger.publicKey,
    signature: stranger.sign(snapshotStatement({ ...one, ownerNodeId: stranger.nodeId })),
  }));
  const [problem] = (await verifyBundle(writeDamaged(withIndex(swapped)))).problems;
  expect(problem!.message).toContain('is not of the tree that its owner signed');
  // A bundle that a stranger packed of sound packages is as good as any.
  expect((await verifyBundle(writeDamaged(withIndex(index.snapshots)))).problems).toEqual([]);
});

test('a manifest with a path that leaves the package is refused with its name', async () => {
  const index = parseBundleIndex(parts[0]!.bytes);
  const [zip] = index.snapshots;
  const bytes = Buffer.from(
    `{"emptyFolders":[],"files":[{"modifiedAtMs":0,"path":"../x","sha256":"${sha256Hex('')}","sizeBytes":0}]}`,
  );
  const manifestHash = sha256Hex(bytes);
  const snapshots = [{ ...zip!, manifestHash }];
  const bundle = sign(
    [
      { name: 'canopy-bundle.json', bytes: encodeBundleIndex({ ...index, snapshots }) },
      { name: `blobs/${manifestHash}`, bytes },
    ],
    owner,
  );
  const problem = await refusal(bundle);
  expect([problem.code, problem.message]).toEqual([
    'PACKAGE_REFUSED',
    expect.stringContaining('../x'),
  ]);
});

test('other files are told apart from damaged bundles', async () => {
  for (const bytes of ['', 'PK\u0003\u0004', 'x'.repeat(2000)]) {
    const { problems, index } = await verifyBundle(writeDamaged(Buffer.from(bytes)));
    expect([problems[0]!.path, index]).toEqual([['canopy-bundle.json'], undefined]);
  }
  await expect(verifyBundle(join(folder.path, 'none.tar'))).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  expect(statSync(file).size % 512).toBe(0);
});

function writeDamaged(bytes: Buffer): string {
  const damaged = join(folder.path, 'damaged.tar');
  writeFileSync(damaged, bytes);
  return damaged;
}
