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
import { DEFAULT_SETTINGS, type Settings } from '../../catalog/settings.ts';
import { toGuid, type Guid } from '../../core/guid.ts';

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

const guidOf = (family: number, index: number): Guid =>
  toGuid(`${String(family).repeat(8)}-0000-4000-8000-${String(index).padStart(12, 'a')}`);
const guids = (family: number, count: number): Guid[] =>
  Array.from({ length: count }, (_, index) => guidOf(family, index));

export const SITE_IDS = guids(1, 3);
export const PACKAGE_IDS = guids(2, 2);
const COMPUTER_IDS = guids(4, 2);
const UNKNOWN_ID = guidOf(9, 0);
const SMP_ID = guidOf(8, 0);
export const serverId = (index: number): Guid => guidOf(3, index);

/** Nested on purpose, and few: most addresses lie in several of them. */
const NETWORKS = [
  '0.0.0.0/0',
  '10.0.0.0/9',
  '10.1.0.0/16',
  '10.1.1.0/24',
  '10.1.1.128/25',
  '10.1.1.7/32',
  '10.2.0.0/15',
  '::/0',
  '2001:db8::/33',
  '2001:db8:1::/48',
  '2001:db8:1:1::/64',
];
/** Registered addresses are stored in canonical form. */
export const REGISTERED_ADDRESSES = [
  '10.1.1.7',
  '10.1.1.8',
  '10.1.1.200',
  '10.1.2.3',
  '10.3.0.1',
  '172.16.0.1',
  '2001:db8:1:1::5',
  '2001:db8:1::9',
  '2001:db9::1',
];
const REQUEST_ADDRESSES = [
  ...REGISTERED_ADDRESSES,
  '::ffff:10.1.1.7',
  '2001:DB8:1:1:0:0:0:6%eth0',
  'unknown',
  '',
];
const VERSIONS = [1, 2, 3, 4];
const TYPES: Arbitrary<m.PublicationTypes> = fc.record({
  unc: mostly(true),
  http: mostly(true),
  https: fc.boolean(),
});

/** A random topology. Identifiers, names and addresses collide as often as they may. */
export function catalogWorld(serverCounts = { min: 0, max: 5 }): Arbitrary<CatalogWorld> {
  const serverCount = fc.integer(serverCounts);
  return fc
    .record({
      smp: SMP,
      settings: SETTINGS,
      siteCount: fc.constantFrom(0, 1, 2, 3, 3),
      subnets: SUBNETS,
      servers: serverCount.chain((count) => fc.tuple(...fill(count, serverDraft))),
      computers: fc.tuple(...COMPUTER_IDS.map(computer), fc.option(computer(serverId(0)))),
      packages: fc.tuple(...PACKAGE_IDS.map((id, index) => packageDraft(id, index))),
      siteOffers: fc.uniqueArray(SITE_OFFER, { selector: siteOfferKey, maxLength: 3 }),
      assignments: fc.subarray(
        COMPUTER_IDS.map((id) => ({ packageId: PACKAGE_IDS[0]!, computerId: id })),
      ),
    })
    .map(({ siteCount, servers, computers, packages, ...rest }) =>
      onlyKnownSites(siteCount, {
        ...rest,
        packageServers: servers.map((one) => one.server),
        computers: computers.filter((one) => one !== null),
        packages: packages.map((one) => one.item),
        snapshots: packages.flatMap((one) => one.snapshots),
        holdings: servers.flatMap((one) => one.holdings),
      }),
    );
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
  return model;
}

function mostly(value: boolean): Arbitrary<boolean> {
  return fc.constantFrom(value, value, value, value, !value);
}

function fill<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const SMP: Arbitrary<SmpFacts> = fc.record({
  id: fc.constant(SMP_ID),
  name: fc.constant('smp1'),
  scheme: fc.constantFrom('http' as const, 'https' as const),
  publicUrl: fc.constant('http://smp1.example:8080'),
  addresses: fc.subarray(REGISTERED_ADDRESSES, { maxLength: 2 }),
  uncRoot: fc.constantFrom('', '\\\\smp1\\packages$'),
});

const SETTINGS: Arbitrary<Settings> = fc
  .record({
    smpPublication: TYPES,
    packageServerPublication: TYPES,
    maxAgentDownloadTryingTimeMinutes: fc.constantFrom(0, 30),
    packageServersDownloadFromSmpOnly: mostly(false),
  })
  .map((some) => ({ ...DEFAULT_SETTINGS, ...some }));

const SUBNETS: Arbitrary<m.Subnet[]> = fc
  .tuple(...NETWORKS.map(() => fc.constantFrom('absent', undefined, ...SITE_IDS)))
  .map((siteIds) =>
    siteIds.flatMap((siteId, index): m.Subnet[] => {
      const network = NETWORKS[index]!;
      if (siteId === 'absent') return [];
      return [{ id: guidOf(5, index), network, name: network, siteId: siteId as Guid | undefined }];
    }),
  );

const SITE_OFFER: Arbitrary<m.SiteOffer> = fc.record({
  siteId: fc.constantFrom(...SITE_IDS),
  packageId: fc.constantFrom(...PACKAGE_IDS),
  internalVersion: fc.integer({ min: 1, max: 5 }),
});
const siteOfferKey = (offer: m.SiteOffer): string => itemKey('siteOffer', offer);

function computer(id: Guid): Arbitrary<m.Computer> {
  return fc.record({
    id: fc.constant(id),
    name: fc.constant('pc'),
    domain: fc.constant('example'),
    addresses: fc.subarray(REGISTERED_ADDRESSES, { maxLength: 2 }),
    manualSiteIds: fc.subarray(SITE_IDS, { maxLength: 1 }),
    origin: fc.constant('LOCAL'),
  });
}

/** A package with its kept snapshots: the current version has one unless its source is elsewhere. */
function packageDraft(
  id: Guid,
  index: number,
): Arbitrary<{ item: m.Package; snapshots: m.Snapshot[] }> {
  return fc
    .record({
      source: fc.constantFrom<m.PackageSource>(
        { kind: 'NONE' },
        { kind: 'LOCAL', path: '/srv/packages/one' },
        { kind: 'UNC', path: '\\\\filer\\packages\\one' },
        { kind: 'URL', url: 'http://files.example/one/', directory: undefined },
      ),
      sourceState: fc.constantFrom<m.SourceState>('VERIFIED', 'VERIFIED', 'PENDING', 'UNVERIFIED'),
      assignmentMode: fc.constantFrom<m.AssignmentMode>('ALL', 'INDIVIDUALLY', 'SITE', 'AUTOMATIC'),
      packageServerIds: fc.subarray([0, 1, 2, 3, 4].map(serverId), { minLength: 2 }),
      siteIds: fc.subarray(SITE_IDS),
      announceBeforeReady: mostly(false),
      enabled: fc.constantFrom(...fill(9, () => true), false),
      origin: fc.constantFrom<m.Origin>('LOCAL', 'LOCAL', 'REPLICATED'),
      versions: fc.subarray(VERSIONS),
      forced: mostly(false),
    })
    .map(({ versions, forced, ...some }) => {
      const newest = Math.max(0, ...versions);
      const elsewhere = some.source.kind === 'UNC' || some.source.kind === 'URL';
      const internalVersion = elsewhere && forced ? newest + 1 : newest;
      return {
        item: { ...PLAIN_PACKAGE, ...some, id, name: `package ${index}`, internalVersion },
        snapshots: versions.map((version) => snapshotOf(id, version)),
      };
    });
}

const PLAIN_PACKAGE = {
  description: '',
  version: '1.0',
  sourceReason: '',
  priority: 'NORMAL',
  enableMulticast: false,
  cleanupAfterMinutes: 10080,
  ownerNodeId: 'node',
  createdAtMs: 0,
  updatedAtMs: 0,
} as const;

export function snapshotOf(packageId: Guid, internalVersion: number): m.Snapshot {
  return {
    packageId,
    internalVersion,
    rootHash: rootHashOf(packageId, internalVersion),
    manifestHash: '',
    chunkIndexHash: '',
    fileCount: 1,
    folderCount: 0,
    sizeBytes: 1,
    createdAtMs: internalVersion,
    supersededAtMs: undefined,
    ownerNodeId: 'node',
    signature: '',
  };
}

export function rootHashOf(packageId: Guid, internalVersion: number): string {
  return `${packageId.slice(-1)}${internalVersion}`.repeat(32);
}

/** A package server with what it holds of each package. */
function serverDraft(index: number): Arbitrary<{ server: m.PackageServer; holdings: m.Holding[] }> {
  const id = serverId(index);
  return fc.record({
    server: fc.record({
      id: fc.constant(id),
      name: fc.constantFrom('ps', 'PS', 'ps-a', 'ps-é'),
      kind: fc.constantFrom<m.PackageServerKind>('CANOPY', 'CANOPY', 'CANOPY', 'LEGACY'),
      constrained: fc.boolean(),
      enabled: mostly(true),
      addresses: fc.subarray(REGISTERED_ADDRESSES, { maxLength: 2 }),
      hostNames: fc.constant([]),
      httpUrl: fc.constantFrom('', `http://ps${index}.example`, `http://ps${index}.example`),
      httpsUrl: fc.constantFrom('', `https://ps${index}.example`),
      uncRoot: fc.constantFrom('', `\\\\ps${index}\\PkgSvrHostC$`),
      publicationTypes: fc.option(TYPES, { nil: undefined }),
      manualSiteIds: fc.subarray(SITE_IDS, { maxLength: 2 }),
    }),
    holdings: fc
      .tuple(...PACKAGE_IDS.map((packageId) => holdingDraft(id, packageId)))
      .map((some) => some.filter((one) => one !== undefined)),
  });
}

function holdingDraft(packageServerId: Guid, packageId: Guid): Arbitrary<m.Holding | undefined> {
  const held = fc.record({
    internalVersion: fc.constantFrom(1, 2, 3, 3, 4, 4, 5),
    tree: fc.constantFrom('RIGHT', 'RIGHT', 'RIGHT', 'RIGHT', 'WRONG', 'EMPTY'),
  });
  return fc
    .record({
      present: mostly(true),
      held: fc.uniqueArray(held, { selector: (one) => one.internalVersion, maxLength: 2 }),
      more: fc.constantFrom(0, 0, 1, 4),
      claimedUrls: fc.subarray([
        'FILE://old/PkgSvrHostC$/one',
        'HTTP://old.example/one/',
        'HTTPS://old.example/one/',
        'FTP://old.example/one/',
      ]),
    })
    .map(({ present, held: versions, more, claimedUrls }) => {
      if (!present) return undefined;
      return holdingOf({ packageServerId, packageId, claimedUrls, versions, more });
    });
}

/** A holding as a report leaves it: newest first, and never below what it delivered before. */
export function holdingOf(facts: {
  readonly packageServerId: Guid;
  readonly packageId: Guid;
  readonly claimedUrls: readonly string[];
  readonly versions: readonly { readonly internalVersion: number; readonly tree: string }[];
  /** How far `highestVersion` is above the newest version held. */
  readonly more: number;
}): m.Holding {
  const { packageServerId, packageId, claimedUrls, more } = facts;
  const held = facts.versions
    .toSorted((left, right) => right.internalVersion - left.internalVersion)
    .map(({ internalVersion, tree }) => ({
      internalVersion,
      rootHash: hashFor(tree, packageId, internalVersion),
      sinceMs: 0,
    }));
  const highestVersion = (held[0]?.internalVersion ?? 0) + more;
  const status = held.length > 0 ? 'READY' : 'PENDING';
  return {
    packageServerId,
    packageId,
    status,
    reason: '',
    sinceMs: 0,
    held,
    highestVersion,
    claimedUrls,
  };
}

function hashFor(tree: string, packageId: Guid, internalVersion: number): string {
  if (tree === 'EMPTY') return '';
  return rootHashOf(packageId, tree === 'RIGHT' ? internalVersion : internalVersion + 1);
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
