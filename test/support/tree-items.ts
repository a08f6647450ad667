import type { ItemTypes } from '../../catalog/items.ts';
import type { NodeSummary, PackageState, Progress, TreeItem } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import { systemRandom } from '../../core/random.ts';

const HASH = 'ab'.repeat(32);
const NODE_ID = 'a'.repeat(26);

export function aPackageState(given: Partial<PackageState> = {}): PackageState {
  return {
    name: 'Tool',
    description: '',
    version: '1.0',
    priority: 'NORMAL',
    enableMulticast: false,
    cleanupAfterMinutes: 10_080,
    announceBeforeReady: false,
    enabled: true,
    assignmentMode: 'ALL',
    externalSource: undefined,
    internalVersion: 1_700_000_000,
    current: {
      rootHash: HASH,
      manifestHash: HASH,
      chunkIndexHash: HASH,
      fileCount: 1,
      folderCount: 0,
      sizeBytes: 7,
      createdAtMs: 1_700_000_000_000,
      signature: 'signature',
    },
    ...given,
  };
}

/** Unsigned: for stores, which do not look at signatures. */
export function aTreeItem(given: Partial<TreeItem> = {}): TreeItem {
  return {
    kind: 'PACKAGE',
    id: systemRandom.guid(),
    ownerNodeId: NODE_ID,
    ownerPublicKey: 'key',
    ownerRevision: 1,
    state: aPackageState(),
    signature: 'signature',
    withdrawn: false,
    storedAtMs: 1_700_000_000_000,
    ageMs: 0,
    ...given,
  };
}

export function aNodeSummary(given: Partial<NodeSummary> = {}): NodeSummary {
  return {
    nodeId: NODE_ID,
    parentNodeId: '',
    placement: 1,
    telling: given.placement ?? 1,
    guid: systemRandom.guid(),
    name: 'smp1',
    url: '',
    version: '0.1.0',
    packages: 1,
    packageServers: 2,
    packageServersConnected: 1,
    computers: 3,
    sites: 1,
    packageReplicationReady: false,
    readinessReasons: ['There is no package server.'],
    rejectedItems: 0,
    connected: true,
    takesReplication: true,
    getsEverything: true,
    gone: false,
    storedAtMs: 1_700_000_000_000,
    ageMs: 12,
    raiseAbove: 0,
    raiseVia: '',
    ...given,
  };
}

export function aProgress(given: Partial<Progress> = {}): Progress {
  return {
    nodeId: NODE_ID,
    packageId: systemRandom.guid(),
    internalVersion: 1_700_000_000,
    state: 'RECEIVED',
    reason: '',
    tookMs: 3,
    packageServers: [
      {
        packageServerId: systemRandom.guid(),
        name: 'ps1',
        internalVersion: 1_700_000_000,
        status: 'READY',
        reason: '',
        tookMs: 40,
      },
    ],
    ...given,
  };
}

type TreeKind =
  | 'overlay'
  | 'parent'
  | 'child'
  | 'rejection'
  | 'upstreamOffer'
  | 'feedPosition'
  | 'treeItem'
  | 'nodeSummary'
  | 'progress';

/** One item of each kind that a node of a tree stores. */
export function treeItems(packageId: Guid): { readonly [K in TreeKind]: ItemTypes[K] } {
  const guid = systemRandom.guid();
  return {
    overlay: {
      packageId,
      enabled: false,
      assignment: { mode: 'SITE', packageServerIds: [], siteIds: [guid] },
    },
    parent: {
      nodeId: NODE_ID,
      guid,
      name: 'root',
      url: 'https://root.example',
      publicKey: 'key',
      state: 'JOINING',
      tokenId: guid,
      admission: { challenge: 'c', proof: 'p' },
      replaces: '',
      reason: '',
      deadlineAtMs: 5,
      sinceMs: 4,
      metadataOnly: false,
      onConflict: 'REFUSE',
      expectedRootNodeId: '',
      lineage: [{ nodeId: NODE_ID, publicKey: 'key', guid, name: 'root', membership: '' }],
      membership: 'admitted',
      replicationEnabled: true,
    },
    child: {
      id: guid,
      nodeId: NODE_ID,
      publicKey: 'key',
      name: 'child',
      url: '',
      state: 'JOINED',
      tokenId: guid,
      deadlineAtMs: 5,
      sinceMs: 4,
      membership: 'signature',
      metadataOnly: true,
      rule: { kind: 'CHOSEN', packageIds: [packageId] },
      ruleRevision: 2,
      deletePolicy: 'NONE',
      replicationEnabled: true,
      keepsItems: true,
    },
    rejection: {
      kind: 'PACKAGE',
      id: packageId,
      ownerRevision: 9,
      code: 'PACKAGE_REFUSED',
      reason: 'A name.',
      sinceMs: 1,
      held: undefined,
    },
    upstreamOffer: {
      packageId,
      internalVersion: 7,
      rootHash: HASH,
      sources: [{ packageServerId: guid, name: 'ps1', urls: ['http://ps1.example/x'] }],
    },
    feedPosition: { direction: 'DOWN', nodeId: NODE_ID, cursor: 'opaque', atMs: 1 },
    treeItem: aTreeItem({ id: packageId }),
    nodeSummary: aNodeSummary(),
    progress: aProgress({ packageId }),
  };
}
