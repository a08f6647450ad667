// What may be created, changed and deleted, what is refused with which cure, and that a deleted
// thing leaves no reference behind.
import * as computers from '../../../catalog/computers.ts';
import type * as m from '../../../catalog/model.ts';
import * as servers from '../../../catalog/package-servers.ts';
import * as packages from '../../../catalog/packages.ts';
import { updateSettings } from '../../../catalog/settings-service.ts';
import * as sites from '../../../catalog/sites.ts';
import { systemRandom } from '../../../core/random.ts';
import { aHolding, aPackage, aPackageServer } from '../../support/database-items.ts';
import { failureOf, pathsOf } from './support/failure.ts';
import { settableClock, START_MS } from './support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const clock = settableClock();
let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let made = 0;

beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});

const NO_SOURCE = { kind: 'NONE' } as const;
const unique = (what: string): string => `${what} ${(made += 1)}`;
const aSite = (): Promise<m.Site> => sites.createSite(smp.context, { name: unique('Site') });
const aComputer = (): Promise<m.Computer> =>
  computers.createComputer(smp.context, { name: unique('PC') });
const aServer = (addresses: string[] = []): Promise<m.PackageServer> =>
  servers.createPackageServer(smp.context, { name: unique('PS'), addresses });
const createPackage = (): Promise<m.Package> =>
  packages.createPackage(smp.context, { name: 'One', source: NO_SOURCE });

/** All that is stored but the log, to see that a refusal changed nothing. */
async function everything(): Promise<unknown> {
  const { position, changes } = await smp.database.store.readAll();
  return { position, items: changes.map(({ kind, key, item }) => ({ kind, key, item })) };
}

describe('packages', () => {
  test('are made with the defaults of the console, and changed field by field', async () => {
    const one = await createPackage();
    expect(one).toMatchObject({
      version: '1.0',
      internalVersion: 0,
      sourceState: 'EMPTY',
      assignmentMode: 'ALL',
      priority: 'NORMAL',
      enableMulticast: true,
      cleanupAfterMinutes: 10_080,
      origin: 'LOCAL',
      ownerNodeId: smp.identity.nodeId,
      createdAtMs: START_MS,
    });
    expect(smp.model.package(one.id)).toEqual(one);
    clock.advance(1_000);
    const after = await packages.updatePackage(smp.context, one.id, { priority: 'LOW' });
    expect(after).toEqual({ ...one, priority: 'LOW', updatedAtMs: clock.nowMs() });
    expect(smp.model.package(one.id)).toEqual(after);
  });

  test('keep the state of a source that is given again as it is', async () => {
    const url = 'https://vendor.example/one/';
    const source = { kind: 'URL', url, directory: '/srv/one' } as const;
    const one = await packages.createPackage(smp.context, { name: 'One', source });
    const verified = { ...one, sourceState: 'VERIFIED' } as const;
    await smp.context.write(async (tx) => tx.put('package', verified));
    const again = { directory: '/srv/one', url, kind: 'URL' } as const;
    const same = await packages.updatePackage(smp.context, one.id, { source: again });
    expect(same.sourceState).toBe('VERIFIED');
    const other = { ...source, directory: undefined };
    const changed = await packages.updatePackage(smp.context, one.id, { source: other });
    expect(changed.sourceState).toBe('PENDING');
  });

  test('name every problem at once, with the cure, and store nothing', async () => {
    const before = await everything();
    const error = await failureOf(
      packages.createPackage(smp.context, {
        name: '   ',
        description: 'd\u0000',
        version: 'v'.repeat(101),
        cleanupAfterMinutes: 1.5,
        source: { kind: 'URL', url: 'ftp://vendor.example', directory: 'relative/path' },
      }),
    );
    expect(error.code).toBe('INVALID_INPUT');
    expect(pathsOf(error)).toEqual([
      'cleanupAfterMinutes',
      'description',
      'name',
      'source.directory',
      'source.url',
      'version',
    ]);
    for (const problem of error.problems) expect(problem.hint).toEqual(expect.any(String));
    expect(await everything()).toEqual(before);
  });

  test.each<[string, m.PackageSource]>([
    ['source.path', { kind: 'LOCAL', path: 'relative' }],
    ['source.path', { kind: 'UNC', path: '//filer/pkgs' }],
    ['source.path', { kind: 'UNC', path: '\\\\filer\\pkgs\\..\\secret' }],
    ['source.path', { kind: 'UNC', path: '' }],
    ['source.url', { kind: 'URL', url: 'http:vendor.example', directory: undefined }],
    ['source.url', { kind: 'URL', url: ' http://vendor.example', directory: undefined }],
    ['source.url', { kind: 'URL', url: 'http://a:b@vendor.example', directory: undefined }],
    ['source.url', { kind: 'URL', url: 'http://vendor.example?x', directory: undefined }],
  ])('refuse the %s of %j', async (path, source) => {
    const error = await failureOf(packages.createPackage(smp.context, { name: 'One', source }));
    expect(pathsOf(error)).toEqual([path]);
  });

  test('with a GUID that is taken are CONFLICT; of the parent, read-only', async () => {
    const { id } = await createPackage();
    const twin = packages.createPackage(smp.context, { id, name: 'Twin', source: NO_SOURCE });
    expect(await failureOf(twin)).toMatchObject({ code: 'CONFLICT' });

    const received = aPackage({ origin: 'REPLICATED' });
    await smp.context.write(async (tx) => tx.put('package', received));
    const edit = packages.updatePackage(smp.context, received.id, { name: 'Mine' });
    expect(await failureOf(edit)).toMatchObject({ code: 'CONFLICT' });
    const removal = packages.deletePackage(smp.context, received.id);
    expect(await failureOf(removal)).toMatchObject({ code: 'CONFLICT' });
    expect(smp.model.package(received.id)).toEqual(received);
  });

  test('are assigned to servers or sites that exist, by the mode that uses them', async () => {
    const { id: packageId } = await createPackage();
    const server = await aServer();
    const unknown = [systemRandom.guid(), server.id, systemRandom.guid()];
    const missing = await failureOf(
      packages.setPackageServerAssignment(smp.context, {
        packageId,
        mode: 'INDIVIDUALLY',
        packageServerIds: unknown,
      }),
    );
    expect(missing.code).toBe('NOT_FOUND');
    expect(pathsOf(missing)).toEqual(['packageServerIds.0', 'packageServerIds.2']);

    const meaningless = await failureOf(
      packages.setPackageServerAssignment(smp.context, {
        packageId,
        mode: 'ALL',
        packageServerIds: [server.id],
        siteIds: [server.id],
      }),
    );
    expect(pathsOf(meaningless)).toEqual(['packageServerIds', 'siteIds']);

    const assigned = await packages.setPackageServerAssignment(smp.context, {
      packageId,
      mode: 'INDIVIDUALLY',
      packageServerIds: [server.id, server.id],
    });
    expect(assigned.packageServerIds).toEqual([server.id]);
  });

  test('that are UNVERIFIED are not assigned, and the cure is named', async () => {
    const item = aPackage({ sourceState: 'UNVERIFIED', sourceReason: 'Not mounted.' });
    await smp.context.write(async (tx) => tx.put('package', item));
    const input = { packageId: item.id, mode: 'ALL' } as const;
    const error = await failureOf(packages.setPackageServerAssignment(smp.context, input));
    expect(error).toMatchObject({ code: 'SOURCE_NOT_VERIFIED' });
    expect(error.problems[0]).toMatchObject({
      path: ['packageId'],
      hint: expect.stringContaining('uncMounts'),
    });
  });

  test('take everything with them when they are deleted', async () => {
    const one = aPackage();
    const [site, computer, server] = await Promise.all([aSite(), aComputer(), aServer()]);
    const other = await createPackage();
    await smp.context.write(async (tx) => {
      tx.put('package', one);
      for (const packageId of [one.id, other.id]) {
        tx.put('assignment', { packageId, computerId: computer.id });
        tx.put('holding', aHolding({ packageId, packageServerId: server.id }));
        tx.put('siteOffer', { packageId, siteId: site.id, internalVersion: 7 });
      }
    });
    await packages.deletePackage(smp.context, one.id);
    const { items } = (await everything()) as { items: { key: string }[] };
    expect(items.filter(({ key }) => key.includes(one.id))).toEqual([]);
    expect(items.filter(({ key }) => key.includes(other.id))).toHaveLength(4);
    expect(smp.model.assignedPackages(computer.id).map(({ id }) => id)).toEqual([other.id]);
    const again = packages.deletePackage(smp.context, one.id);
    expect(await failureOf(again)).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('reach computers by assignment, all of them or none', async () => {
    const { id } = await createPackage();
    const computer = await aComputer();
    const unknown = systemRandom.guid();
    const assign = (ids: readonly (typeof unknown)[]) =>
      packages.assignPackageToComputers(smp.context, id, ids);
    expect(pathsOf(await failureOf(assign([computer.id, unknown])))).toEqual(['computerIds.1']);
    expect(smp.model.assignedComputers(id).size).toBe(0);
    await assign([computer.id, computer.id]);
    expect([...smp.model.assignedComputers(id)]).toEqual([computer.id]);
    const { revision } = smp.model.position;
    await assign([computer.id]);
    expect(await smp.changesSince(revision)).toEqual([]);
    await packages.unassignPackageFromComputers(smp.context, id, [computer.id, unknown]);
    expect(smp.model.assignedComputers(id).size).toBe(0);
  });
});

describe('sites and subnets', () => {
  test('have unique names and networks, whatever the case or the spelling', async () => {
    const { name } = await aSite();
    const twin = sites.createSite(smp.context, { name: name.toUpperCase() });
    expect(await failureOf(twin)).toMatchObject({
      code: 'CONFLICT',
      problems: [{ path: ['name'] }],
    });
    await sites.createSubnet(smp.context, { network: '10.77.0.0/255.255.0.0' });
    const same = sites.createSubnet(smp.context, { network: '10.77.0.0/16' });
    const error = await failureOf(same);
    expect(error).toMatchObject({ code: 'CONFLICT', problems: [{ path: ['network'] }] });
    expect(error.problems[0]?.hint).toContain('existing subnet');
    const racing = await Promise.allSettled(
      [1, 2, 3].map(() => sites.createSubnet(smp.context, { network: '10.78.0.0/16' })),
    );
    expect(racing.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('subnets may contain each other; the longest decides', async () => {
    const [outer, inner] = [await aSite(), await aSite()];
    await sites.createSubnet(smp.context, { network: '10.80.0.0/16', siteId: outer.id });
    const small = { network: '10.80.1.0/24', siteId: inner.id };
    const subnet = await sites.createSubnet(smp.context, small);
    const server = await aServer(['10.80.1.9']);
    const sitesNow = (): string[] => smp.model.sitesOf(server).map(({ site }) => site.id);
    expect(sitesNow()).toEqual([inner.id]);
    await sites.updateSubnet(smp.context, subnet.id, { siteId: null });
    expect(sitesNow()).toEqual([]);
    await sites.deleteSubnet(smp.context, subnet.id);
    expect(sitesNow()).toEqual([outer.id]);
  });

  test.each([
    ['10.0.0.1/8', 'Write 10.0.0.0/8.'],
    ['10.0.0.0/255.0.255.0', 'Write 10.1.0.0/16'],
    ['10.0.0.0', 'Write 10.1.0.0/16'],
    ['2001:db8::1/32', 'Write 2001:db8::/32.'],
    ['', 'Write 10.1.0.0/16'],
  ])('refuse the network %j', async (network, hint) => {
    const error = await failureOf(sites.createSubnet(smp.context, { network }));
    expect(pathsOf(error)).toEqual(['network']);
    expect(error.problems[0]?.hint).toContain(hint);
  });

  test('a site that does not exist is no place for a subnet', async () => {
    const input = { network: '10.81.0.0/16', siteId: systemRandom.guid() };
    const error = await failureOf(sites.createSubnet(smp.context, input));
    expect(error).toMatchObject({ code: 'NOT_FOUND', problems: [{ path: ['siteId'] }] });
  });

  test('a deleted site leaves no reference, and no machine is deleted', async () => {
    const [site, kept] = [await aSite(), await aSite()];
    const both = [site.id, kept.id];
    const network = { network: '10.82.0.0/16', siteId: site.id };
    const subnet = await sites.createSubnet(smp.context, network);
    const server = await aServer();
    for (const id of both) await servers.assignPackageServerToSite(smp.context, server.id, id);
    const input = { name: unique('PC'), manualSiteIds: both };
    const computer = await computers.createComputer(smp.context, input);
    const one = await createPackage();
    await packages.setPackageServerAssignment(smp.context, {
      packageId: one.id,
      mode: 'SITE',
      siteIds: both,
    });
    await smp.context.write(async (tx) => {
      tx.put('siteOffer', { siteId: site.id, packageId: one.id, internalVersion: 7 });
      const assignment = { mode: 'SITE', packageServerIds: [], siteIds: both } as const;
      tx.put('overlay', { packageId: one.id, enabled: undefined, assignment });
    });
    await sites.deleteSite(smp.context, site.id);
    expect(JSON.stringify(await everything())).not.toContain(site.id);
    const stored = await smp.database.queries.getMany('subnet', [subnet.id]);
    expect(stored).toEqual([{ ...subnet, siteId: undefined }]);
    expect(smp.model.packageServer(server.id)?.manualSiteIds).toEqual([kept.id]);
    expect(smp.model.computer(computer.id)?.manualSiteIds).toEqual([kept.id]);
    expect(smp.model.package(one.id)?.siteIds).toEqual([kept.id]);
    expect(smp.model.siteOffer(site.id, one.id)).toBe(0);
    expect(smp.model.tree.overlay(one.id)?.assignment?.siteIds).toEqual([kept.id]);
  });
});

test('settings change one by one, and all publication types off is refused', async () => {
  const off = { unc: false, http: false, https: false };
  const error = await failureOf(
    updateSettings(smp.context, {
      smpPublication: off,
      packageServerPublication: off,
      keepSnapshots: 0,
      versionGraceMinutes: -1,
      packageRefreshTime: '24:00',
    }),
  );
  expect(pathsOf(error)).toEqual([
    'keepSnapshots',
    'packageRefreshTime',
    'packageServerPublication',
    'smpPublication',
    'versionGraceMinutes',
  ]);
  expect(error.code).toBe('PUBLICATION_TYPES_ALL_OFF');
  const before = smp.model.settings;
  const after = await updateSettings(smp.context, { keepSnapshots: 3 });
  expect(after).toEqual({ ...before, keepSnapshots: 3 });
  expect(smp.model.settings).toEqual(after);
});

describe('computers', () => {
  test('have canonical addresses and sites that exist', async () => {
    const site = await aSite();
    const given = { name: ' PC ', addresses: ['2001:DB8::0:1', '::ffff:10.0.0.1', '10.0.0.1'] };
    const computer = await computers.createComputer(smp.context, given);
    expect(computer).toMatchObject({ name: 'PC', addresses: ['2001:db8::1', '10.0.0.1'] });
    const wrong = { name: '', addresses: ['10.0.0.1', '10.0.0.256', 'pc1'] };
    const error = await failureOf(computers.updateComputer(smp.context, computer.id, wrong));
    expect(pathsOf(error)).toEqual(['addresses.1', 'addresses.2', 'name']);
    const nowhere = { manualSiteIds: [systemRandom.guid(), site.id] };
    const missing = await failureOf(computers.updateComputer(smp.context, computer.id, nowhere));
    expect(missing).toMatchObject({ code: 'NOT_FOUND' });
    expect(missing.problems).toHaveLength(1);
  });

  test('lose their assignments when they are deleted', async () => {
    const [computer, one] = [await aComputer(), await createPackage()];
    await packages.assignPackageToComputers(smp.context, one.id, [computer.id]);
    await computers.deleteComputer(smp.context, computer.id);
    expect(JSON.stringify(await everything())).not.toContain(computer.id);
  });
});

test('a server that exists twice by name is CONFLICT', async () => {
  const server = await aServer();
  const twin = servers.createPackageServer(smp.context, { name: server.name.toLowerCase() });
  expect(await failureOf(twin)).toMatchObject({ code: 'CONFLICT', problems: [{ path: ['name'] }] });
  await smp.context.write(async (tx) => tx.put('packageServer', aPackageServer()));
});
