import fc, { type Arbitrary } from 'fast-check';
import {
  ITEM_KINDS,
  itemKey,
  type Change,
  type ItemKind,
  type ItemTypes,
} from '../../catalog/items.ts';
import type * as m from '../../catalog/model.ts';
import { ReadModel, type SmpFacts } from '../../catalog/read-model.ts';
import type { Lease } from '../../catalog/crossings.ts';
import type { Parent, UpstreamOffer } from '../../catalog/tree-model.ts';
import type { Settings } from '../../catalog/settings.ts';
import type { Guid } from '../../core/guid.ts';
import { leaseDraft, PARENTS, upstreamDraft } from './crossing-drafts.ts';
import {
  COMPUTER_IDS,
  PACKAGE_IDS,
  REQUEST_ADDRESSES,
  SETTINGS,
  SITE_IDS,
  SITE_OFFER,
  SMP,
  SUBNETS,
  UNKNOWN_ID,
  computer,
  fill,
  holdingOf,
  mostly,
  packageDraft,
  serverDraft,
  serverId,
  siteOfferKey,
} from './catalog-drafts.ts';

/** A whole topology as plain lists: what a store holds, without any index. */
export interface CatalogWorld {
  readonly smp: SmpFacts;
  readonly settings: Settings;
  readonly sites: readonly m.Site[];
  readonly subnets: readonly m.Subnet[];
  readonly packageServers: readonly m.PackageServer[];
  readonly computers: readonly m.Computer[];
  readonly packages: readonly m.Package[];
  readonly snapshots: readonly m.Snapshot[];
  readonly holdings: readonly m.Holding[];
  readonly siteOffers: readonly m.SiteOffer[];
  readonly assignments: readonly m.PackageAssignment[];
  readonly parents: readonly Parent[];
  readonly upstreamOffers: readonly UpstreamOffer[];
  /** In memory only. */
  readonly leases: readonly Lease[];
  readonly blockedRedirects: readonly Guid[];
  readonly silentIds: readonly Guid[];
}

/** One request for the codebases of one package. */
export interface Question {
  readonly packageId: Guid;
  readonly resourceId: Guid | undefined;
  readonly addresses: readonly string[];
  readonly peerAddress: string | undefined;
  readonly origin: string;
  readonly totalTimeMinutes: number;
  readonly denySmp: boolean;
  readonly denyExternalPackageServers: boolean;
}

/** A random topology. Identifiers, names and addresses collide as often as they may. */
export function catalogWorld(
  serverCounts: readonly number[] = [0, 1, 2, 4, 4, 5, 5],
): Arbitrary<CatalogWorld> {
  return fc
    .record({
      smp: SMP,
      settings: SETTINGS,
      isReady: fc.constantFrom(true, false, false),
      siteCount: fc.constantFrom(0, 1, 2, 2, 3, 3, 3),
      subnets: SUBNETS,
      servers: fc
        .constantFrom(...serverCounts)
        .chain((count) => fc.tuple(...fill(count, serverDraft))),
      computers: fc.tuple(...COMPUTER_IDS.map(computer), fc.option(computer(serverId(0)))),
      packages: fc.tuple(...PACKAGE_IDS.map((id, index) => packageDraft(id, index))),
      siteOffers: fc.uniqueArray(SITE_OFFER, { selector: siteOfferKey, maxLength: 3 }),
      assignments: fc.subarray(
        COMPUTER_IDS.map((id) => ({ packageId: PACKAGE_IDS[0]!, computerId: id })),
      ),
      parents: PARENTS,
      upstreamOffers: fc
        .tuple(...PACKAGE_IDS.map(upstreamDraft))
        .map((some) => some.filter((one) => one !== undefined)),
      leases: fc
        .tuple(...PACKAGE_IDS.map(leaseDraft))
        .map((some) => some.filter((one) => one !== undefined)),
      blockedRedirects: fc.subarray(PACKAGE_IDS),
      silentIds: fc.oneof(fc.constant([]), fc.subarray([0, 1, 2, 3].map(serverId))),
    })
    .map(({ isReady, siteCount, servers, computers, packages, ...rest }) => {
      const world = onlyKnownSites(siteCount, {
        ...rest,
        packageServers: servers.map((one) => one.server),
        computers: computers.filter((one) => one !== null),
        packages: packages.map((one) => one.item),
        snapshots: packages.flatMap((one) => one.snapshots),
        holdings: servers.flatMap((one) => one.holdings),
      });
      return isReady ? allReady(world) : world;
    });
}

/** A question that this world, or another of the same pools, may be asked. */
export const QUESTION: Arbitrary<Question> = fc.record({
  packageId: fc.constantFrom(...PACKAGE_IDS),
  resourceId: fc.constantFrom(
    undefined,
    UNKNOWN_ID,
    ...COMPUTER_IDS,
    ...COMPUTER_IDS,
    ...[0, 1, 2, 3].map(serverId),
  ),
  addresses: fc.oneof(
    fc.constant([]),
    fc.array(fc.constantFrom(...REQUEST_ADDRESSES), { maxLength: 2 }),
  ),
  peerAddress: fc.constantFrom(undefined, ...REQUEST_ADDRESSES),
  origin: fc.constantFrom('http://smp1.example:8080', 'https://smp1.example'),
  totalTimeMinutes: fc.constantFrom(0, 30, 31, 600),
  denySmp: mostly(false),
  denyExternalPackageServers: mostly(false),
});

/** The world as a store would replay it: every item once. */
export function changesOf(world: CatalogWorld): Change[] {
  return [
    changeOf('settings', world.settings),
    ...world.sites.map((one) => changeOf('site', one)),
    ...world.subnets.map((one) => changeOf('subnet', one)),
    ...world.packageServers.map((one) => changeOf('packageServer', one)),
    ...world.computers.map((one) => changeOf('computer', one)),
    ...world.packages.map((one) => changeOf('package', one)),
    ...world.snapshots.map((one) => changeOf('snapshot', one)),
    ...world.holdings.map((one) => changeOf('holding', one)),
    ...world.siteOffers.map((one) => changeOf('siteOffer', one)),
    ...world.assignments.map((one) => changeOf('assignment', one)),
    ...world.parents.map((one) => changeOf('parent', one)),
    ...world.upstreamOffers.map((one) => changeOf('upstreamOffer', one)),
  ];
}

/** What leads from one world to another: tombstones for what is gone, then the new state of all. */
export function changesBetween(before: CatalogWorld, after: CatalogWorld): Change[] {
  const target = changesOf(after);
  const kept = new Set(target.map((change) => `${change.kind} ${change.key}`));
  const gone = changesOf(before).filter((change) => !kept.has(`${change.kind} ${change.key}`));
  return [...gone.map((change) => ({ ...change, item: undefined }) as Change), ...target];
}

export function changeOf<K extends ItemKind>(kind: K, item: ItemTypes[K]): Change {
  const { scope } = ITEM_KINDS[kind];
  return { revision: 1, scope, kind, key: itemKey(kind, item), item, atMs: 0 } as Change;
}

export function modelOf(world: CatalogWorld): ReadModel {
  const model = new ReadModel(world.smp);
  model.apply(changesOf(world), { epoch: 'test', revision: 1 });
  setUnstored(model, world);
  return model;
}

/** Makes what a model holds in memory only, and no change brings, that of `world`. */
export function setUnstored(model: ReadModel, world: CatalogWorld): void {
  const { crossings, silence } = model;
  for (const packageId of PACKAGE_IDS) {
    crossings.endLease(packageId);
    crossings.unblockRedirect(packageId);
  }
  for (const lease of world.leases) crossings.setLease(lease);
  for (const packageId of world.blockedRedirects) crossings.blockRedirect(packageId);
  silence.set(new Set(world.silentIds));
}

/** Drops the sites above the count, and whatever names them. */
function onlyKnownSites(siteCount: number, world: Omit<CatalogWorld, 'sites'>): CatalogWorld {
  const sites = SITE_IDS.slice(0, siteCount).map((id) => ({ id, name: id, description: '' }));
  const known = (siteId: Guid | undefined): boolean => sites.some((site) => site.id === siteId);
  return {
    ...world,
    sites,
    subnets: world.subnets.map((one) => ({
      ...one,
      siteId: known(one.siteId) ? one.siteId : undefined,
    })),
    packageServers: world.packageServers.map((one) => ({
      ...one,
      manualSiteIds: one.manualSiteIds.filter(known),
    })),
    computers: world.computers.map((one) => ({
      ...one,
      manualSiteIds: one.manualSiteIds.filter(known),
    })),
    packages: world.packages.map((one) => ({ ...one, siteIds: one.siteIds.filter(known) })),
    siteOffers: world.siteOffers.filter((one) => known(one.siteId)),
  };
}

/** Every package server holds the newest snapshot and may deliver it: only places decide. */
function allReady(world: CatalogWorld): CatalogWorld {
  const packageServers = world.packageServers.map((one) => ({ ...one, enabled: true }));
  const packages = world.packages.map((one) => ({ ...one, assignmentMode: 'ALL' as const }));
  const holdings = packageServers.flatMap(({ id: packageServerId }) =>
    packages.flatMap(({ id: packageId }) => {
      const kept = world.snapshots.filter((one) => one.packageId === packageId);
      const internalVersion = Math.max(0, ...kept.map((one) => one.internalVersion));
      if (internalVersion === 0) return [];
      const claimedUrls = ['HTTP://old.example/one/'];
      const versions = [{ internalVersion, tree: 'RIGHT' }];
      return [holdingOf({ packageServerId, packageId, claimedUrls, versions, more: 0 })];
    }),
  );
  return { ...world, packageServers, packages, holdings };
}
