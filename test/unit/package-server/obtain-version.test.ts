// Shows: a version is only attested when its owner signed it and every byte was verified here.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bracedGuid } from '../../../core/guid.ts';
import { generateIdentity, verifyStatement } from '../../../core/identity.ts';
import { holdingStatement } from '../../../content/statement.ts';
import { obtainVersion } from '../../../package-server/obtain-version.ts';
import type { Assignment, HeldVersion } from '../../../package-server/package-record.ts';
import { snapshotStatement } from '../../../content/statement.ts';
import { createWorld, PACKAGE_ID, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.remove());

const FILES = { 'setup.exe': Buffer.alloc(50_000, 7), 'docs/readme.txt': 'read me' };

function obtain(assignment: Assignment): Promise<HeldVersion> {
  return obtainVersion(world.context, assignment, {
    signal: AbortSignal.timeout(30_000),
    tryingForMs: 0,
    onProgress: () => undefined,
  });
}

test('what it has it signs, and anyone can check that', async () => {
  const assignment = await world.release(FILES);
  const held = await obtain(assignment);
  const { identity, book } = world.context;
  const { packageServerId } = book.enrollment;
  const statement = holdingStatement({ ...assignment, packageServerId });
  expect(verifyStatement(identity.publicKey, statement, held.attestation!)).toBe(true);
  const tree = world.store.paths.tree(PACKAGE_ID, assignment.internalVersion);
  expect(await readFile(join(tree, 'docs/readme.txt'), 'utf8')).toBe('read me');
});

test('a second version costs what changed, a repetition nothing', async () => {
  const big = Buffer.alloc(400_000);
  for (let at = 0; at < big.length; at += 4) big.writeUInt32LE((at * 2_654_435_761) >>> 0, at);
  const first = await world.release({ 'big.bin': big });
  const held = await obtain(first);
  world.context.book.put({
    packageId: PACKAGE_ID,
    assignment: first,
    unassignedAtMs: undefined,
    pinnedOwner: undefined,
    held: [held],
    status: 'READY',
    reason: '',
    sinceMs: 0,
    nextTryAtMs: undefined,
  });
  const changed = Buffer.from(big);
  changed.write('changed', 200_000);
  const before = world.smp.sentBytes;
  const second = await world.release({ 'big.bin': changed });
  await obtain(second);
  expect(world.smp.sentBytes - before).toBeLessThan(80_000);
  const after = world.smp.sentBytes;
  await obtain(second);
  expect(world.smp.sentBytes).toBe(after);
});

test('a signature of somebody else is not accepted', async () => {
  const assignment = await world.release(FILES);
  const other = generateIdentity();
  const forged = { ...assignment, signature: other.sign(snapshotStatement(assignment)) };
  await expect(obtain(forged)).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_TRUSTED' });
  const claimed = { ...assignment, ownerPublicKey: other.publicKey };
  await expect(obtain(claimed)).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_TRUSTED' });
});

test('another tree under a signed name is not accepted', async () => {
  const assignment = await world.release(FILES);
  const other = await world.release({ 'other.txt': 'other' });
  const swapped = { ...assignment, manifestHash: other.manifestHash };
  await expect(obtain(swapped)).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_TRUSTED' });
});

test('a source that lies is left, and nothing it sent is published', async () => {
  const assignment = await world.release(FILES);
  world.smp.corrupt = (bytes) => Buffer.from(bytes.map((byte) => byte ^ 1));
  await expect(obtain(assignment)).rejects.toMatchObject({ code: 'NOT_READY' });
  expect(await world.store.publishedVersions(PACKAGE_ID)).toEqual([]);
});

test('while the SMP offers another version it waits', async () => {
  const assignment = await world.release(FILES);
  world.smp.offeredVersion = assignment.internalVersion - 100;
  await expect(obtain(assignment)).rejects.toMatchObject({
    code: 'NOT_READY',
    message: expect.stringContaining(String(assignment.internalVersion)) as string,
  });
});

test('a copied Package Delivery folder is adopted: not a byte moves', async () => {
  const assignment = await world.release(FILES);
  const delivery = join(world.context.folder.packageDelivery, bracedGuid(PACKAGE_ID));
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(delivery, 'cache', path, '..'), { recursive: true });
    await writeFile(join(delivery, 'cache', path), content);
  }
  for (const name of ['package.xml', 'snapshot.xml', 'log.xml']) {
    await writeFile(join(delivery, name), '<stale/>');
  }
  await obtain(assignment);
  expect(world.smp.sentBytes).toBe(0);
});
