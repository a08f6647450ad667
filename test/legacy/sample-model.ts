import type { Change, ItemKind, ItemTypes } from '../../catalog/items.ts';
import { ITEM_KINDS, itemKey } from '../../catalog/items.ts';
import type { Package, PackageServer, Snapshot } from '../../catalog/model.ts';
import { ReadModel } from '../../catalog/read-model.ts';
import { DEFAULT_SETTINGS } from '../../catalog/settings.ts';
import { toGuid, type Guid } from '../../core/guid.ts';
import { treeItems } from '../support/tree-items.ts';
import type { Manifest } from '../../content/manifest.ts';

const guid = (start: string): Guid => toGuid(`${start}-0000-4000-8000-000000000000`);

/** The GUIDs of the published samples where there are such. */
export const IDS = {
  oneOfThree: toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4'),
  twoOfThree: toGuid('8661d7f2-039b-4418-9a0a-70a9c7445f9c'),
  external: guid('00000003'),
  nothingYet: guid('00000004'),
  missing: guid('0000dead'),
  fromParent: guid('0000c41d'),
  computer: toGuid('89782d60-ffa1-487a-b4ba-38e909abb6df'),
  server: guid('00000a51'),
  legacyServer: guid('00000a52'),
  site: guid('00005173'),
  subnet: guid('00005b7e'),
} as const;

const CREATED_AT_MS = 1_390_562_687_000;
export const VERSION = 1_390_562_687;
const OWNER = 'ownernodeid';

/** The tree of the published snapshot sample, with an empty folder added. */
export const MANIFEST: Manifest = {
  files: [
    file('full_mod/vlan.c', 16_661, '3f6b45b192fa5d7173', Date.UTC(2014, 0, 24, 9, 50, 58)),
    file('vlan.c', 16_592, 'd2ef7b2ef5b9ef36c1d7', Date.UTC(2014, 0, 24, 9, 45, 49)),
  ],
  emptyFolders: ['full_mod/empty & "odd"'],
};

function file(path: string, sizeBytes: number, hexStart: string, modifiedAtMs: number) {
  return { path, sizeBytes, sha256: hexStart.padEnd(64, '0'), modifiedAtMs };
}

type Items = readonly { [K in ItemKind]: readonly [K, ItemTypes[K]] }[ItemKind][];

/** A site `10.1.0.0/16` with a ready server of each kind, and packages in every state. */
export function sampleModel(extra: Items = []): ReadModel {
  const model = new ReadModel({
    id: guid('00000001'),
    name: 'smp1',
    scheme: 'http',
    publicUrl: 'http://smp1.example',
    addresses: ['10.9.0.1'],
    uncRoot: '\\\\smp1\\PackageShare',
  });
  const items: Items = [
    ['settings', DEFAULT_SETTINGS],
    ['site', { id: IDS.site, name: 'Branch', description: '' }],
    ['subnet', { id: IDS.subnet, network: '10.1.0.0/16', name: 'Branch', siteId: IDS.site }],
    ['computer', computer()],
    ['packageServer', packageServer(IDS.server, 'ps1', 'CANOPY')],
    ['packageServer', packageServer(IDS.legacyServer, 'ps2', 'LEGACY')],
    ...packageItems(),
    ...extra,
  ];
  model.apply(
    items.map(([kind, item], index) => {
      const { scope } = ITEM_KINDS[kind];
      const key = itemKey(kind, item as never);
      return { revision: index + 1, scope, kind, key, item, atMs: CREATED_AT_MS } as Change;
    }),
    { epoch: 'epoch', revision: items.length },
  );
  return model;
}

/** An SMP in the site of both servers, with a package of its parent's and no holder. */
export function childModel(
  server: Partial<PackageServer> = {},
  one: Partial<Package> = {},
): ReadModel {
  const { parent } = treeItems(IDS.fromParent);
  const id = IDS.fromParent;
  return sampleModel([
    ['subnet', { id: guid('00005b7f'), network: '10.9.0.0/16', name: 'SMP', siteId: IDS.site }],
    ['parent', { ...parent, url: 'http://parent.example:8080', state: 'JOINED' }],
    ['package', onePackage(id, 'Of the parent', { origin: 'REPLICATED', ...one })],
    ['snapshot', { ...snapshot(id), origin: one.origin ?? 'REPLICATED' }],
    ['packageServer', { ...packageServer(IDS.legacyServer, 'ps2', 'LEGACY'), ...server }],
  ]);
}

function packageItems(): Items {
  const directory = { kind: 'LOCAL', path: '/srv/one' } as const;
  const held = { internalVersion: VERSION, rootHash: 'a'.repeat(64), sinceMs: CREATED_AT_MS };
  const holding = {
    packageId: IDS.oneOfThree,
    status: 'READY',
    reason: '',
    sinceMs: CREATED_AT_MS,
    highestVersion: VERSION,
  } as const;
  return [
    ['package', onePackage(IDS.oneOfThree, 'One of Three', { source: directory })],
    ['package', onePackage(IDS.twoOfThree, 'Two <of> "Three" & more', { source: directory })],
    [
      'package',
      onePackage(IDS.external, 'On the filer', {
        source: { kind: 'UNC', path: '\\\\filer\\pkgs\\R&D' },
        sourceState: 'UNVERIFIED',
        sourceReason: 'not readable from here',
      }),
    ],
    [
      'package',
      onePackage(IDS.nothingYet, 'Nothing yet', { internalVersion: 0, sourceState: 'PENDING' }),
    ],
    ['snapshot', snapshot(IDS.oneOfThree)],
    ['snapshot', snapshot(IDS.twoOfThree)],
    ['assignment', { packageId: IDS.oneOfThree, computerId: IDS.computer }],
    ['assignment', { packageId: IDS.twoOfThree, computerId: IDS.computer }],
    ['assignment', { packageId: IDS.nothingYet, computerId: IDS.computer }],
    ['holding', { ...holding, packageServerId: IDS.server, held: [held], claimedUrls: [] }],
    [
      'holding',
      {
        ...holding,
        packageServerId: IDS.legacyServer,
        held: [{ ...held, rootHash: '' }],
        claimedUrls: ['http://ps2.example/pkggroup?a=1&b=2', 'FILE://ps2/PkgSvrHostC$/x/cache'],
      },
    ],
  ];
}

function onePackage(id: Guid, name: string, fields: Partial<Package>): Package {
  return {
    id,
    name,
    description: '',
    version: '1.0',
    internalVersion: VERSION,
    source: { kind: 'NONE' },
    sourceState: 'VERIFIED',
    sourceReason: '',
    assignmentMode: 'ALL',
    packageServerIds: [],
    siteIds: [],
    priority: 'NORMAL',
    enableMulticast: true,
    cleanupAfterMinutes: 10_080,
    announceBeforeReady: false,
    enabled: true,
    origin: 'LOCAL',
    ownerNodeId: OWNER,
    createdAtMs: CREATED_AT_MS,
    updatedAtMs: CREATED_AT_MS,
    ...fields,
  };
}

function snapshot(packageId: Guid): Snapshot {
  return {
    packageId,
    internalVersion: VERSION,
    rootHash: 'a'.repeat(64),
    manifestHash: 'b'.repeat(64),
    chunkIndexHash: 'c'.repeat(64),
    fileCount: 2,
    folderCount: 2,
    sizeBytes: 33_253,
    createdAtMs: CREATED_AT_MS,
    supersededAtMs: undefined,
    origin: 'LOCAL',
    ownerNodeId: OWNER,
    signature: 'c2lnbmF0dXJl',
  };
}

function computer() {
  return {
    id: IDS.computer,
    name: 'PC1',
    domain: 'EXAMPLE',
    addresses: ['10.1.2.3'],
    manualSiteIds: [],
    origin: 'LOCAL',
  } as const;
}

function packageServer(id: Guid, name: string, kind: PackageServer['kind']): PackageServer {
  return {
    id,
    name,
    kind,
    constrained: false,
    enabled: true,
    addresses: [name === 'ps1' ? '10.1.0.10' : '10.1.0.11'],
    hostNames: [`${name}.example`],
    httpUrl: kind === 'CANOPY' ? `http://${name}.example` : '',
    httpsUrl: '',
    uncRoot: kind === 'CANOPY' ? `\\\\${name}\\PkgSvrHostC$` : '',
    publicationTypes: undefined,
    manualSiteIds: [],
    publicKey: '',
  };
}
