// A status claim counts only from a legacy server, at a registered address, about what exists and
// is its own; it creates nothing, and the same event twice changes nothing.
import type { StatusClaim } from '../../../catalog/inputs.ts';
import { listCodebases } from '../../../catalog/list-codebases.ts';
import type { Package, PackageServer, Snapshot } from '../../../catalog/model.ts';
import { deletePackageServer } from '../../../catalog/package-servers.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import { recordStatusClaims } from '../../../catalog/status-claims.ts';
import { systemRandom } from '../../../core/random.ts';
import { aPackage, aPackageServer } from '../../support/database-items.ts';
import { snapshotOf } from '../../support/catalog-drafts.ts';
import { settableClock } from './support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const OLD = 1_700_000_000;
const CURRENT = 1_700_000_900;
const ADDRESS = '10.5.0.1';
const clock = settableClock();
let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let server: PackageServer;
let one: Package;

beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});
beforeEach(async () => {
  server = aPackageServer({
    kind: 'LEGACY',
    addresses: [ADDRESS, '2001:db8::5'],
    hostNames: ['ps1', 'ps1.example'],
  });
  one = aPackage({ internalVersion: CURRENT });
  const snapshots: Snapshot[] = [OLD, CURRENT].map((version) => snapshotOf(one.id, version));
  await smp.context.write(async (tx) => {
    tx.put('packageServer', server);
    tx.put('package', one);
    for (const snapshot of snapshots) tx.put('snapshot', snapshot);
  });
});

function aClaim(given: Partial<StatusClaim> = {}): StatusClaim {
  return {
    packageId: one.id,
    internalVersion: CURRENT,
    status: 'READY',
    reason: '',
    urls: ['HTTP://ps1.example/one/', 'FILE://PS1/PkgSvrHostC$/one'],
    ...given,
  };
}

function claim(
  given: Partial<StatusClaim> = {},
  { of = server.id, from = ADDRESS } = {},
): ReturnType<typeof recordStatusClaims> {
  const event = { packageServerId: of, claims: [aClaim(given)] };
  return recordStatusClaims(smp.context, event, from);
}

test('a claim becomes a codebase, marked and verbatim', async () => {
  expect(await claim()).toEqual({ recorded: 1, refusals: [] });
  expect(smp.model.holding(server.id, one.id)).toEqual({
    packageServerId: server.id,
    packageId: one.id,
    status: 'READY',
    reason: '',
    sinceMs: clock.nowMs(),
    held: [{ internalVersion: CURRENT, rootHash: '', sinceMs: clock.nowMs() }],
    highestVersion: CURRENT,
    claimedUrls: ['HTTP://ps1.example/one/', 'FILE://PS1/PkgSvrHostC$/one'],
  });
  const claimed = listCodebases(smp.model, one.id).filter(({ trust }) => trust === 'CLAIMED');
  expect(claimed.map(({ url }) => url)).toEqual([
    'HTTP://ps1.example/one/',
    '\\\\PS1\\PkgSvrHostC$\\one',
  ]);
});

test('a repeated event makes no revision, however late', async () => {
  await claim();
  const { revision } = smp.model.position;
  clock.advance(3_600_000);
  for (const from of [ADDRESS, '::ffff:10.5.0.1', '2001:DB8:0::5']) {
    expect(await claim({}, { from })).toEqual({ recorded: 1, refusals: [] });
  }
  expect(await smp.changesSince(revision)).toEqual([]);
});

test('a failure takes the codebases away and keeps the highest version', async () => {
  await claim();
  const failed = { status: 'INVALID', reason: 'hash mismatch', internalVersion: 0 } as const;
  expect(await claim(failed)).toEqual({ recorded: 1, refusals: [] });
  expect(smp.model.holding(server.id, one.id)).toMatchObject({
    status: 'INVALID',
    reason: 'hash mismatch',
    held: [],
    claimedUrls: [],
    highestVersion: CURRENT,
  });
  await claim({ internalVersion: OLD });
  expect(smp.model.holding(server.id, one.id)).toMatchObject({
    held: [{ internalVersion: OLD }],
    highestVersion: CURRENT,
  });
});

test.each<[string, Partial<StatusClaim>, RegExp]>([
  ['an unknown package', { packageId: systemRandom.guid() }, /There is no package/],
  ['a version to come', { internalVersion: CURRENT + 1 }, /has no version/],
  ['a version that never was', { internalVersion: OLD + 1 }, /has no version/],
  ['a version before the first', { internalVersion: 0 }, /has no version/],
  ['half a version', { internalVersion: 1.5 }, /has no version/],
  ['an impossible version', { internalVersion: 1e300 }, /has no version/],
  ["another server's host", { urls: ['HTTP://ps1.example/one/', 'HTTP://evil/one/'] }, /evil/],
  ['a host that only begins alike', { urls: ['HTTP://ps1.example.evil/one/'] }, /evil/],
  ['a host in the credentials', { urls: ['HTTP://ps1.example@evil/one/'] }, /evil/],
  ['credentials', { urls: ['HTTP://user:secret@ps1.example/one/'] }, /not on a host/],
  ['another scheme', { urls: ['javascript://ps1.example/one/'] }, /not on a host/],
  ['an address that is not its own', { urls: ['HTTP://10.5.0.2/one/'] }, /not on a host/],
  ['a foreign share', { urls: ['FILE://evil/share/one'] }, /evil/],
  ['a local file', { urls: ['FILE:///etc/passwd'] }, /not on a host/],
])('%s is refused, and nothing is stored', async (_, given, reason) => {
  const { revision } = smp.model.position;
  const outcome = await claim(given);
  expect(outcome.recorded).toBe(0);
  expect(outcome.refusals).toHaveLength(1);
  expect(outcome.refusals[0]).toMatch(reason);
  expect(await smp.changesSince(revision)).toEqual([]);
});

test('its own addresses are hosts of its own too', async () => {
  const urls = [
    'HTTP://10.5.0.1/one/',
    'HTTPS://[2001:db8::5]:444/one/',
    'FILE://ps1.example./s/x',
  ];
  expect(await claim({ urls })).toEqual({ recorded: 1, refusals: [] });
});

test('nobody else may claim, and nobody is created', async () => {
  const canopy = aPackageServer({ addresses: [ADDRESS] });
  await smp.context.write(async (tx) => tx.put('packageServer', canopy));
  const { revision } = smp.model.position;
  const unknown = systemRandom.guid();
  expect((await claim({}, { of: unknown })).refusals[0]).toMatch(/no package server/);
  expect((await claim({}, { of: canopy.id })).refusals[0]).toMatch(/not a legacy/);
  for (const from of ['10.5.0.2', '', 'localhost', '10.5.0.1, 10.9.9.9']) {
    expect((await claim({}, { from })).refusals[0]).toMatch(/not a registered address/);
  }
  expect(await smp.changesSince(revision)).toEqual([]);
});

test('one bad claim does not cost the good ones', async () => {
  const other = aPackage({ internalVersion: CURRENT });
  await smp.context.write(async (tx) => {
    tx.put('package', other);
    tx.put('snapshot', snapshotOf(other.id, CURRENT));
  });
  const claims = [
    aClaim(),
    aClaim({ packageId: systemRandom.guid() }),
    aClaim({ packageId: other.id }),
  ];
  const event = { packageServerId: server.id, claims };
  const { revision } = smp.model.position;
  const outcome = await recordStatusClaims(smp.context, event, ADDRESS);
  expect(outcome).toMatchObject({ recorded: 2, refusals: [expect.any(String)] });
  expect((await smp.changesSince(revision)).map(({ kind }) => kind)).toEqual([
    'holding',
    'holding',
  ]);
});

test('a server that is deleted meanwhile leaves no status', async () => {
  const late = { ...smp.context, model: await frozenModel() };
  await deletePackageServer(smp.context, server.id);
  const event = { packageServerId: server.id, claims: [aClaim()] };
  const outcome = await recordStatusClaims(late, event, ADDRESS);
  expect(outcome.refusals[0]).toMatch(/no package server/);
  expect(smp.model.holding(server.id, one.id)).toBeUndefined();
});

/** A read model that has not heard of anything since. */
async function frozenModel(): Promise<ReadModel> {
  const model = new ReadModel(smp.model.smp);
  const { changes, position } = await smp.database.store.readAll();
  model.reload(changes, position);
  return model;
}
