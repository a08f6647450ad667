import type { Holding, Package, PackageServer, Site, Subnet } from '../../catalog/model.ts';
import { systemRandom } from '../../core/random.ts';

/** Valid items with random GUIDs and names; a test states only what it is about. */
export function aPackage(given: Partial<Package> = {}): Package {
  const id = given.id ?? systemRandom.guid();
  return {
    id,
    name: `Package ${id}`,
    description: '',
    version: '1.0',
    internalVersion: 1_700_000_000,
    source: { kind: 'LOCAL', path: '/srv/packages/one' },
    sourceState: 'VERIFIED',
    sourceReason: '',
    assignmentMode: 'ALL',
    packageServerIds: [],
    siteIds: [],
    priority: 'NORMAL',
    enableMulticast: false,
    cleanupAfterMinutes: 10_080,
    announceBeforeReady: false,
    enabled: true,
    origin: 'LOCAL',
    ownerNodeId: 'aaaaaaaaaaaaaaaaaaaaaaaaaa',
    createdAtMs: 1_700_000_000_000,
    updatedAtMs: 1_700_000_000_000,
    ...given,
  };
}

export function aSite(given: Partial<Site> = {}): Site {
  const id = given.id ?? systemRandom.guid();
  return { id, name: `Site ${id}`, description: '', ...given };
}

/** The network is one of 2^24 below 10.0.0.0/8 with a prefix of 32. */
export function aSubnet(given: Partial<Subnet> = {}): Subnet {
  const [a, b, c] = systemRandom.bytes(3);
  const id = systemRandom.guid();
  return { id, network: `10.${a}.${b}.${c}/32`, name: '', siteId: undefined, ...given };
}

export function aPackageServer(given: Partial<PackageServer> = {}): PackageServer {
  const id = given.id ?? systemRandom.guid();
  return {
    id,
    name: `PS ${id}`,
    kind: 'CANOPY',
    constrained: false,
    enabled: true,
    addresses: ['10.0.0.1'],
    hostNames: ['ps.example'],
    httpUrl: 'http://ps.example',
    httpsUrl: '',
    uncRoot: '',
    publicationTypes: undefined,
    manualSiteIds: [],
    publicKey: '',
    ...given,
  };
}

export function aHolding(given: Partial<Holding> = {}): Holding {
  return {
    packageServerId: systemRandom.guid(),
    packageId: systemRandom.guid(),
    status: 'READY',
    reason: '',
    sinceMs: 1_700_000_000_000,
    held: [{ internalVersion: 1_700_000_000, rootHash: 'ab', sinceMs: 1_700_000_000_000 }],
    highestVersion: 1_700_000_000,
    claimedUrls: [],
    ...given,
  };
}
