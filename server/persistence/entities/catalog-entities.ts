import { defineEntity, p } from '@mikro-orm/core';
import type {
  Computer,
  Holding,
  Package,
  PackageAssignment,
  PackageServer,
  Site,
  SiteOffer,
  Snapshot,
  Subnet,
} from '../../../catalog/model.ts';
import type { ItemKind } from '../../../catalog/items.ts';
import type { Settings } from '../../../catalog/settings.ts';
import { guid, json, text, whole, type Fields } from './columns.ts';
import {
  ChildEntity,
  FeedPositionEntity,
  NodeSummaryEntity,
  OverlayEntity,
  ParentEntity,
  ProgressEntity,
  RejectionEntity,
  TreeItemEntity,
  UpstreamOfferEntity,
} from './tree-entities.ts';

/**
 * The tables of the catalogue, one for each `ItemKind`. A property has the name of the item's
 * field, and the primary key's properties stand in the order of the item's key, because rows,
 * bulk writes and queries are all derived from these definitions (see `catalog/stored-kind.ts`).
 */
export const PackageEntity = defineEntity({
  name: 'Package',
  tableName: 'package',
  properties: {
    id: guid().primary(),
    name: text(),
    description: text(),
    version: text(),
    internalVersion: whole(),
    source: json<Package['source']>(),
    sourceState: text<Package['sourceState']>(),
    sourceReason: text(),
    assignmentMode: text<Package['assignmentMode']>(),
    packageServerIds: json<Package['packageServerIds']>(),
    siteIds: json<Package['siteIds']>(),
    priority: text<Package['priority']>(),
    enableMulticast: p.boolean(),
    cleanupAfterMinutes: whole(),
    announceBeforeReady: p.boolean(),
    enabled: p.boolean(),
    origin: text<Package['origin']>(),
    ownerNodeId: text(),
    createdAtMs: whole(),
    updatedAtMs: whole(),
  } satisfies Fields<Package>,
});

export const SnapshotEntity = defineEntity({
  name: 'Snapshot',
  tableName: 'snapshot',
  properties: {
    packageId: guid().primary(),
    internalVersion: whole().primary(),
    rootHash: text(),
    manifestHash: text(),
    chunkIndexHash: text(),
    fileCount: whole(),
    folderCount: whole(),
    sizeBytes: whole(),
    createdAtMs: whole(),
    supersededAtMs: whole().nullable(),
    ownerNodeId: text(),
    signature: text(),
    origin: text<Snapshot['origin']>(),
  } satisfies Fields<Snapshot>,
});

export const SiteEntity = defineEntity({
  name: 'Site',
  tableName: 'site',
  properties: {
    id: guid().primary(),
    name: text(),
    description: text(),
  } satisfies Fields<Site>,
});

export const SubnetEntity = defineEntity({
  name: 'Subnet',
  tableName: 'subnet',
  properties: {
    id: guid().primary(),
    network: text().columnType('cidr'),
    name: text(),
    siteId: guid().nullable(),
  } satisfies Fields<Subnet>,
});

export const ComputerEntity = defineEntity({
  name: 'Computer',
  tableName: 'computer',
  properties: {
    id: guid().primary(),
    name: text(),
    domain: text(),
    addresses: json<Computer['addresses']>(),
    manualSiteIds: json<Computer['manualSiteIds']>(),
    origin: text<Computer['origin']>(),
  } satisfies Fields<Computer>,
});

export const PackageServerEntity = defineEntity({
  name: 'PackageServer',
  tableName: 'package_server',
  properties: {
    id: guid().primary(),
    name: text(),
    kind: text<PackageServer['kind']>(),
    constrained: p.boolean(),
    enabled: p.boolean(),
    addresses: json<PackageServer['addresses']>(),
    hostNames: json<PackageServer['hostNames']>(),
    httpUrl: text(),
    httpsUrl: text(),
    uncRoot: text(),
    publicationTypes: json<PackageServer['publicationTypes']>().nullable(),
    manualSiteIds: json<PackageServer['manualSiteIds']>(),
    publicKey: text(),
  } satisfies Fields<PackageServer>,
});

export const HoldingEntity = defineEntity({
  name: 'Holding',
  tableName: 'holding',
  properties: {
    packageServerId: guid().primary(),
    packageId: guid().primary(),
    status: text<Holding['status']>(),
    reason: text(),
    sinceMs: whole(),
    held: json<Holding['held']>(),
    highestVersion: whole(),
    claimedUrls: json<Holding['claimedUrls']>(),
  } satisfies Fields<Holding>,
});

export const PackageAssignmentEntity = defineEntity({
  name: 'PackageAssignment',
  tableName: 'package_assignment',
  properties: {
    packageId: guid().primary(),
    computerId: guid().primary(),
  } satisfies Fields<PackageAssignment>,
});

export const SiteOfferEntity = defineEntity({
  name: 'SiteOffer',
  tableName: 'site_offer',
  properties: {
    siteId: guid().primary(),
    packageId: guid().primary(),
    internalVersion: whole(),
  } satisfies Fields<SiteOffer>,
});

export const SettingsEntity = defineEntity({
  name: 'Settings',
  tableName: 'settings',
  properties: {
    /** Always `settings`: there is one row. */
    id: text().primary(),
    smpPublication: json<Settings['smpPublication']>(),
    packageServerPublication: json<Settings['packageServerPublication']>(),
    maxAgentDownloadTryingTimeMinutes: whole(),
    packageServersDownloadFromSmpOnly: p.boolean(),
    packageRequestBlockoutSeconds: whole(),
    maxConcurrentPackageInfoRequests: whole(),
    deletePackageFilesAfterMinutes: whole(),
    distributionPointUpdateIntervalMinutes: whole(),
    packageRefreshTime: text(),
    differentialReplicationIntervalMinutes: whole(),
    completeReplicationTime: text(),
    versionGraceMinutes: whole(),
    keepSnapshots: whole(),
    packageServerMaxBytesPerSecond: whole(),
    packageServerBlackout: text(),
    packageServerSilentSeconds: whole(),
    remoteAccess: text<Settings['remoteAccess']>(),
  } satisfies Fields<Settings & { id: string }>,
});

export const CATALOG_ENTITIES = {
  package: PackageEntity,
  snapshot: SnapshotEntity,
  site: SiteEntity,
  subnet: SubnetEntity,
  computer: ComputerEntity,
  packageServer: PackageServerEntity,
  holding: HoldingEntity,
  assignment: PackageAssignmentEntity,
  siteOffer: SiteOfferEntity,
  settings: SettingsEntity,
  overlay: OverlayEntity,
  parent: ParentEntity,
  child: ChildEntity,
  rejection: RejectionEntity,
  upstreamOffer: UpstreamOfferEntity,
  feedPosition: FeedPositionEntity,
  treeItem: TreeItemEntity,
  nodeSummary: NodeSummaryEntity,
  progress: ProgressEntity,
} satisfies Record<ItemKind, unknown>;
