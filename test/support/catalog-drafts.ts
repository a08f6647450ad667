import fc, { type Arbitrary } from 'fast-check';
import { itemKey } from '../../catalog/items.ts';
import type * as m from '../../catalog/model.ts';
import type { SmpFacts } from '../../catalog/read-model.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../catalog/settings.ts';
import { toGuid, type Guid } from '../../core/guid.ts';

const guidOf = (family: number, index: number): Guid =>
  toGuid(`${String(family).repeat(8)}-0000-4000-8000-${String(index).padStart(12, 'a')}`);
const guids = (family: number, count: number): Guid[] =>
  Array.from({ length: count }, (_, index) => guidOf(family, index));

export const SITE_IDS = guids(1, 3);
export const PACKAGE_IDS = guids(2, 2);
export const COMPUTER_IDS = guids(4, 2);
export const UNKNOWN_ID = guidOf(9, 0);
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
export const REQUEST_ADDRESSES = [
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

export const SMP: Arbitrary<SmpFacts> = fc.record({
  id: fc.constant(SMP_ID),
  name: fc.constant('smp1'),
  scheme: fc.constantFrom('http' as const, 'https' as const),
  publicUrl: fc.constant('http://smp1.example:8080'),
  addresses: fewAddresses(),
  uncRoot: fc.constantFrom('', '\\\\smp1\\packages$'),
});

export const SETTINGS: Arbitrary<Settings> = fc
  .record({
    smpPublication: TYPES,
    packageServerPublication: TYPES,
    maxAgentDownloadTryingTimeMinutes: fc.constantFrom(0, 30, 30),
    packageServersDownloadFromSmpOnly: mostly(false),
  })
  .map((some) => ({ ...DEFAULT_SETTINGS, ...some }));

export const SUBNETS: Arbitrary<m.Subnet[]> = fc
  .tuple(
    ...NETWORKS.map(() => fc.constantFrom('absent', 'absent', undefined, ...SITE_IDS, ...SITE_IDS)),
  )
  .map((siteIds) =>
    siteIds.flatMap((siteId, index): m.Subnet[] => {
      const network = NETWORKS[index]!;
      if (siteId === 'absent') return [];
      return [{ id: guidOf(5, index), network, name: network, siteId: siteId as Guid | undefined }];
    }),
  );

export const SITE_OFFER: Arbitrary<m.SiteOffer> = fc.record({
  siteId: fc.constantFrom(...SITE_IDS),
  packageId: fc.constantFrom(...PACKAGE_IDS),
  internalVersion: fc.integer({ min: 1, max: 5 }),
});
export const siteOfferKey = (offer: m.SiteOffer): string => itemKey('siteOffer', offer);

export function computer(id: Guid): Arbitrary<m.Computer> {
  return fc.record({
    id: fc.constant(id),
    name: fc.constant('pc'),
    domain: fc.constant('example'),
    addresses: fewAddresses(),
    manualSiteIds: fc.oneof(fc.constant([]), fc.subarray(SITE_IDS, { maxLength: 1 })),
    origin: fc.constant('LOCAL'),
  });
}

/** A package with its kept snapshots; a version forced on a source elsewhere has none. */
export function packageDraft(
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
      sourceState: fc.constantFrom<m.SourceState>(
        ...fill(6, () => 'VERIFIED' as const),
        'PENDING',
        'UNVERIFIED',
      ),
      assignmentMode: fc.constantFrom<m.AssignmentMode>(
        'ALL',
        'ALL',
        'ALL',
        'INDIVIDUALLY',
        'SITE',
        'AUTOMATIC',
      ),
      packageServerIds: fc.subarray([0, 1, 2, 3, 4].map(serverId), { minLength: 2 }),
      siteIds: fc.subarray(SITE_IDS),
      announceBeforeReady: mostly(false),
      enabled: fc.constantFrom(...fill(9, () => true), false),
      origin: fc.constantFrom<m.Origin>('LOCAL', 'LOCAL', 'REPLICATED'),
      versions: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom<number[]>([3, 4], [4]) },
        { weight: 1, arbitrary: fc.subarray(VERSIONS) },
      ),
      forced: mostly(false),
    })
    .map(({ versions, forced, ...some }) => {
      const newest = Math.max(0, ...versions);
      const elsewhere = some.source.kind === 'UNC' || some.source.kind === 'URL';
      const internalVersion = elsewhere && forced ? newest + 1 : newest;
      return {
        item: { ...PLAIN_PACKAGE, ...some, id, name: `package ${index}`, internalVersion },
        snapshots: versions.map((version) => ({
          ...snapshotOf(id, version),
          origin: some.origin,
        })),
      };
    });
}

const NEWEST = { internalVersion: 4, tree: 'RIGHT' };
const PREVIOUS = { internalVersion: 3, tree: 'RIGHT' };

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
    origin: 'LOCAL',
  };
}

export function rootHashOf(packageId: Guid, internalVersion: number): string {
  return `${packageId.slice(-1)}${internalVersion}`.repeat(32);
}

/** A package server with what it holds of each package. */
export function serverDraft(
  index: number,
): Arbitrary<{ server: m.PackageServer; holdings: m.Holding[] }> {
  const id = serverId(index);
  return fc.record({
    server: fc.record({
      id: fc.constant(id),
      name: fc.constantFrom('ps', 'PS', 'ps-a', 'ps-é'),
      kind: fc.constantFrom<m.PackageServerKind>('CANOPY', 'CANOPY', 'CANOPY', 'LEGACY'),
      constrained: fc.boolean(),
      enabled: mostly(true),
      addresses: fewAddresses(),
      hostNames: fc.constant([]),
      httpUrl: fc.constantFrom('', ...fill(4, () => `http://ps${index}.example`)),
      httpsUrl: fc.constantFrom('', `https://ps${index}.example`),
      uncRoot: fc.constantFrom('', `\\\\ps${index}\\PkgSvrHostC$`),
      publicationTypes: fc.option(TYPES, { nil: undefined }),
      manualSiteIds: fc.oneof(fc.constant([]), fc.subarray(SITE_IDS, { maxLength: 2 })),
      publicKey: fc.constant(''),
    }),
    holdings: fc
      .tuple(...PACKAGE_IDS.map((packageId) => holdingDraft(id, packageId)))
      .map((some) => some.filter((one) => one !== undefined)),
  });
}

function holdingDraft(packageServerId: Guid, packageId: Guid): Arbitrary<m.Holding | undefined> {
  const held = fc.record({
    internalVersion: fc.integer({ min: 1, max: 5 }),
    tree: fc.constantFrom('RIGHT', 'RIGHT', 'WRONG', 'EMPTY'),
  });
  const anyHeld = fc.uniqueArray(held, { selector: (one) => one.internalVersion, maxLength: 2 });
  return fc
    .record({
      present: mostly(true),
      held: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom([NEWEST], [NEWEST, PREVIOUS], [PREVIOUS]) },
        { weight: 1, arbitrary: anyHeld },
      ),
      more: fc.constantFrom(0, 0, 0, 0, 1, 4),
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

export function mostly(value: boolean): Arbitrary<boolean> {
  return fc.constantFrom(...fill(7, () => value), !value);
}

function fewAddresses(): Arbitrary<string[]> {
  const one = fc.constantFrom(...REGISTERED_ADDRESSES);
  return fc.oneof(
    { weight: 3, arbitrary: one.map((address) => [address]) },
    { weight: 1, arbitrary: fc.subarray(REGISTERED_ADDRESSES, { maxLength: 2 }) },
  );
}

export function fill<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
