// Shows: statuses, retries and switches of assigned packages, and what is forgotten at the end.
import { CanopyError } from '../../../core/errors.ts';
import { PackageKeeper } from '../../../package-server/package-keeper.ts';
import type { PackageRecord, PackageStatus } from '../../../package-server/package-record.ts';
import { PackageVerifier } from '../../../package-server/package-verifier.ts';
import { Retention } from '../../../package-server/retention.ts';
import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createWorld, PACKAGE_ID, SettableClock, type World } from './world.ts';

let clock: SettableClock;
let world: World;
let keeper: PackageKeeper;
beforeEach(async () => {
  clock = new SettableClock();
  world = await createWorld(clock);
  keeper = new PackageKeeper({ context: world.context });
});
afterEach(async () => {
  await keeper.close();
  await world.remove();
});

const record = (): PackageRecord => world.context.book.get(PACKAGE_ID)!;

/** Resolves when the package has this status; the book tells every change. */
function reaches(status: PackageStatus): Promise<void> {
  if (world.context.book.get(PACKAGE_ID)?.status === status) return Promise.resolve();
  return new Promise((resolve) =>
    world.context.book.onChange(() => {
      if (world.context.book.get(PACKAGE_ID)?.status === status) resolve();
    }),
  );
}

test('an assignment becomes READY, the next version too, and the first stays for its grace', async () => {
  const first = await world.release({ 'a.txt': 'one' });
  keeper.assign(first);
  await reaches('READY');
  expect(record().held).toMatchObject([{ internalVersion: first.internalVersion }]);
  const second = await world.release({ 'a.txt': 'two' });
  keeper.assign(second);
  expect(record().status).not.toBe('READY');
  expect(record().held[0]!.attestation).toBeDefined();
  await reaches('READY');
  expect(record().held.map(({ internalVersion }) => internalVersion)).toEqual([
    second.internalVersion,
    first.internalVersion,
  ]);
  expect(record().held[1]!.supersededAtMs).toBeDefined();
});

test('a busy SMP is asked again after its Retry-After, not before', async () => {
  const assignment = await world.release({ 'a.txt': 'one' });
  world.smp.refusal = new CanopyError('BUSY', 'busy', { retryAfterMs: 40_000 });
  keeper.assign(assignment);
  await reaches('RETRYING');
  const { nextTryAtMs, reason } = record();
  expect(reason).toBe('busy');
  expect(nextTryAtMs! - clock.nowMs()).toBeGreaterThanOrEqual(40_000);
  expect(nextTryAtMs! - clock.nowMs()).toBeLessThanOrEqual(50_000);
  world.smp.refusal = undefined;
  clock.advance(39_000);
  expect(record().status).toBe('RETRYING');
  clock.advance(12_000);
  await reaches('READY');
});

test('a full disk is a status that clears itself', async () => {
  await keeper.close();
  let freeBytes = 10;
  const context = { ...world.context, freeBytes: () => Promise.resolve(freeBytes) };
  keeper = new PackageKeeper({ context });
  keeper.assign(await world.release({ 'a.bin': Buffer.alloc(10_000, 1) }));
  await reaches('RETRYING');
  expect(record().reason).toContain('10000 more bytes');
  freeBytes = 1e9;
  clock.advance(15_000);
  await reaches('READY');
});

test('what cannot be trusted is INVALID until there is a version that can', async () => {
  const assignment = await world.release({ 'a.txt': 'one' });
  keeper.assign({ ...assignment, signature: 'AAAA' });
  await reaches('INVALID');
  expect(record().reason).toContain('cannot be trusted');
  keeper.assign(await world.release({ 'a.txt': 'two' }));
  await reaches('READY');
});

test('a truncated file withdraws the version before it is repaired', async () => {
  const assignment = await world.release({ 'a.txt': 'one' });
  keeper.assign(assignment);
  await reaches('READY');
  const verifier = new PackageVerifier({ context: world.context, keeper });
  try {
    const tree = world.store.paths.tree(PACKAGE_ID, assignment.internalVersion);
    await chmod(join(tree, 'a.txt'), 0o644);
    await writeFile(join(tree, 'a.txt'), 'o');
    const statuses: string[] = [];
    world.context.book.onChange(() => statuses.push(record().status));
    const back = reaches('INVALID').then(() => reaches('READY'));
    verifier.verify(PACKAGE_ID);
    await back;
    expect(statuses.indexOf('INVALID')).toBeLessThan(statuses.indexOf('READY'));
    expect((await stat(join(tree, 'a.txt'))).size).toBe(3);
  } finally {
    await verifier.close();
  }
});

test('a damaged version is not attested while it is damaged', async () => {
  const assignment = await world.release({ 'a.txt': 'one' });
  keeper.assign(assignment);
  await reaches('READY');
  const verifier = new PackageVerifier({ context: world.context, keeper });
  try {
    world.smp.refusal = new CanopyError('NOT_READY', 'no source');
    const tree = world.store.paths.tree(PACKAGE_ID, assignment.internalVersion);
    await chmod(join(tree, 'a.txt'), 0o644);
    await writeFile(join(tree, 'a.txt'), 'ONE');
    verifier.verify(PACKAGE_ID);
    await reaches('RETRYING');
    expect(record().held).toMatchObject([{ attestation: undefined }]);
  } finally {
    await verifier.close();
  }
});

describe('removal', () => {
  const settings = {
    deletePackageFilesAfterMinutes: 60,
    versionGraceMinutes: 30,
    maxBytesPerSecond: undefined,
    blackout: undefined,
  };
  let retention: Retention;
  beforeEach(() => {
    retention = new Retention({ context: world.context, settings: () => settings });
  });

  test('an unassigned package goes after the delay, and nothing beside it', async () => {
    keeper.assign(await world.release({ 'a.txt': 'one' }));
    await reaches('READY');
    const folder = world.store.paths.packageFolder(PACKAGE_ID);
    const strange = join(world.store.paths.packageShare, 'Not ours');
    await mkdir(strange);
    await writeFile(join(folder, 'note.txt'), 'of the administrator');
    keeper.unassign(PACKAGE_ID);
    world.context.serverClock.observe(clock.nowMs());
    clock.advance(59 * 60_000);
    await retention.removeExpired();
    expect(record().held).toHaveLength(1);
    clock.advance(2 * 60_000);
    await retention.removeExpired();
    expect(record()).toMatchObject({ status: 'DELETED', held: [] });
    expect(await world.store.publishedVersions(PACKAGE_ID)).toEqual([]);
    expect((await stat(strange)).isDirectory()).toBe(true);
    expect((await stat(join(folder, 'note.txt'))).isFile()).toBe(true);
    retention.forgetDeleted([PACKAGE_ID]);
    expect(world.context.book.get(PACKAGE_ID)).toBeUndefined();
    await rm(strange, { recursive: true });
  });

  test('assigned again in time it stays, without a transfer', async () => {
    const assignment = await world.release({ 'a.txt': 'one' });
    keeper.assign(assignment);
    await reaches('READY');
    keeper.unassign(PACKAGE_ID);
    world.context.serverClock.observe(clock.nowMs());
    clock.advance(59 * 60_000);
    keeper.assign(assignment);
    clock.advance(60 * 60_000);
    await retention.removeExpired();
    expect(record()).toMatchObject({ status: 'READY', held: [{}] });
  });

  test('nothing is removed before the SMP told the time', async () => {
    keeper.assign(await world.release({ 'a.txt': 'one' }));
    await reaches('READY');
    keeper.unassign(PACKAGE_ID);
    clock.wallMs += 10 * 365 * 86_400_000;
    await retention.removeExpired();
    expect(record().held).toHaveLength(1);
  });

  test('a replaced version goes when its grace is over', async () => {
    world.context.serverClock.observe(clock.nowMs());
    const first = await world.release({ 'a.txt': 'one' });
    keeper.assign(first);
    await reaches('READY');
    const second = await world.release({ 'a.txt': 'two' });
    keeper.assign(second);
    await reaches('READY');
    clock.advance(29 * 60_000);
    await retention.removeExpired();
    expect(record().held).toHaveLength(2);
    clock.advance(2 * 60_000);
    await retention.removeExpired();
    expect(await world.store.publishedVersions(PACKAGE_ID)).toEqual([second.internalVersion]);
  });
});
