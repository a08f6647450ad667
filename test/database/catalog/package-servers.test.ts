// Package servers: what is refused with which cure, and that a site never loses the version that a
// server which leaves it had delivered there.
import * as servers from '../../../catalog/package-servers.ts';
import type { PackageServer, Site } from '../../../catalog/model.ts';
import * as packages from '../../../catalog/packages.ts';
import * as sites from '../../../catalog/sites.ts';
import type { Guid } from '../../../core/guid.ts';
import { aHolding, aPackage } from '../../support/database-items.ts';
import { failureOf, pathsOf } from './support/failure.ts';
import { settableClock } from './support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

const DELIVERED = 1_700_000_000;
let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let made = 0;

beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock: settableClock() });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});

test('every problem is named at once, with the cure', async () => {
  const error = await failureOf(
    servers.createPackageServer(smp.context, {
      name: '',
      addresses: ['10.0.0.1', 'nowhere'],
      hostNames: ['ps1.example', '-bad-', 'two words', `${'a'.repeat(64)}.example`],
      httpUrl: 'https://ps1.example',
      httpsUrl: 'https://ps1.example/#x',
      uncRoot: '\\\\ps1',
      publicationTypes: { unc: false, http: false, https: false },
    }),
  );
  expect(pathsOf(error)).toEqual([
    'addresses.1',
    'hostNames.1',
    'hostNames.2',
    'hostNames.3',
    'httpUrl',
    'httpsUrl',
    'name',
    'publicationTypes',
    'uncRoot',
  ]);
  for (const problem of error.problems) expect(problem.hint).toEqual(expect.any(String));
  const off = error.problems.find((problem) => problem.path[0] === 'publicationTypes');
  expect(off?.code).toBe('PUBLICATION_TYPES_ALL_OFF');
});

test('host names are kept as they are compared; the kind stays', async () => {
  const server = await aServer('10.1.0.1', { kind: 'LEGACY', hostNames: ['PS1.Example.', 'ps1'] });
  expect(server.hostNames).toEqual(['ps1.example', 'ps1']);
  const change = servers.updatePackageServer(smp.context, server.id, { kind: 'CANOPY' });
  expect(pathsOf(await failureOf(change))).toEqual(['kind']);
  const types = { unc: true, http: false, https: false };
  const own = { publicationTypes: types };
  await servers.updatePackageServer(smp.context, server.id, own);
  expect(smp.model.packageServer(server.id)?.publicationTypes).toEqual(types);
  await servers.updatePackageServer(smp.context, server.id, { publicationTypes: null });
  expect(smp.model.packageServer(server.id)?.publicationTypes).toBeUndefined();
});

test('a place by subnet is not taken back by hand, and the cure says how', async () => {
  const { server, site } = await aPlacedServer();
  const unassign = () => servers.unassignPackageServerFromSite(smp.context, server.id, site.id);
  const error = await failureOf(unassign());
  expect(error).toMatchObject({ code: 'CONFLICT', problems: [{ path: ['siteId'] }] });
  expect(error.problems[0]?.hint).toContain('move the subnet');
  await servers.assignPackageServerToSite(smp.context, server.id, site.id);
  const [membership] = smp.model.sitesOf(server);
  expect(membership).toEqual({ site, manuallyAssigned: true });
  await unassign();
  expect(smp.model.sitesOf(server)).toEqual([{ site, manuallyAssigned: false }]);
});

test('a deleted server leaves nothing but the floor of its sites', async () => {
  const { server, site, packageId } = await aPlacedServer();
  await packages.setPackageServerAssignment(smp.context, {
    packageId,
    mode: 'INDIVIDUALLY',
    packageServerIds: [server.id],
  });
  await servers.deletePackageServer(smp.context, server.id);
  const { changes } = await smp.database.store.readAll();
  expect(JSON.stringify(changes)).not.toContain(server.id);
  expect(smp.model.package(packageId)?.packageServerIds).toEqual([]);
  await expectFloor(site, packageId);
});

test.each<[string, (place: Place) => Promise<unknown>]>([
  [
    'gets other addresses',
    ({ server }) =>
      servers.updatePackageServer(smp.context, server.id, { addresses: ['192.0.2.1'] }),
  ],
  ['loses its subnet', ({ subnetId }) => sites.deleteSubnet(smp.context, subnetId)],
  [
    'has its subnet moved',
    ({ subnetId }) => sites.updateSubnet(smp.context, subnetId, { siteId: null }),
  ],
  [
    'comes into a smaller subnet',
    ({ server }) => sites.createSubnet(smp.context, { network: `${server.addresses[0]}/32` }),
  ],
  [
    'is taken out by hand',
    async ({ server, site, subnetId }) => {
      await servers.assignPackageServerToSite(smp.context, server.id, site.id);
      await sites.deleteSubnet(smp.context, subnetId);
      expect(smp.model.sitesOf(server)).toHaveLength(1);
      await servers.unassignPackageServerFromSite(smp.context, server.id, site.id);
    },
  ],
])('a site keeps its floor when a server %s', async (_, leave) => {
  const place = await aPlacedServer();
  expect(smp.model.siteOffer(place.site.id, place.packageId)).toBe(0);
  await leave(place);
  const server = smp.model.packageServer(place.server.id)!;
  expect(smp.model.sitesOf(server)).toEqual([]);
  await expectFloor(place.site, place.packageId);
});

test('a floor that is higher already stays', async () => {
  const { server, site, packageId } = await aPlacedServer();
  const higher = { siteId: site.id, packageId, internalVersion: DELIVERED + 5 };
  await smp.context.write(async (tx) => tx.put('siteOffer', higher));
  await servers.deletePackageServer(smp.context, server.id);
  expect(smp.model.siteOffer(site.id, packageId)).toBe(DELIVERED + 5);
});

interface Place {
  readonly server: PackageServer;
  readonly site: Site;
  readonly subnetId: Guid;
  readonly packageId: Guid;
}

function aServer(
  address: string,
  more: Partial<Parameters<typeof servers.createPackageServer>[1]> = {},
): Promise<PackageServer> {
  const name = `PS ${(made += 1)}`;
  return servers.createPackageServer(smp.context, { name, addresses: [address], ...more });
}

/** A server in the site of its subnet, where it delivered a version of a package. */
async function aPlacedServer(): Promise<Place> {
  made += 1;
  const site = await sites.createSite(smp.context, { name: `Site ${made}` });
  const input = { network: `10.90.${made}.0/24`, siteId: site.id };
  const subnet = await sites.createSubnet(smp.context, input);
  const server = await aServer(`10.90.${made}.7`);
  const item = aPackage({ internalVersion: DELIVERED });
  await smp.context.write(async (tx) => {
    tx.put('package', item);
    const reached = { packageId: item.id, packageServerId: server.id, highestVersion: DELIVERED };
    tx.put('holding', aHolding(reached));
  });
  expect(smp.model.sitesOf(server)).toEqual([{ site, manuallyAssigned: false }]);
  return { server, site, subnetId: subnet.id, packageId: item.id };
}

/** In the read model, and stored. */
async function expectFloor(site: Site, packageId: Guid): Promise<void> {
  expect(smp.model.siteOffer(site.id, packageId)).toBe(DELIVERED);
  const stored = await smp.database.queries.getMany('siteOffer', [`${site.id}/${packageId}`]);
  expect(stored).toEqual([{ siteId: site.id, packageId, internalVersion: DELIVERED }]);
}
