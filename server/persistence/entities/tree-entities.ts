import { defineEntity, p } from '@mikro-orm/core';
import type {
  Child,
  FeedPosition,
  NodeSummary,
  Overlay,
  Parent,
  Progress,
  Rejection,
  TreeItem,
  UpstreamOffer,
} from '../../../catalog/tree-model.ts';
import { guid, json, text, whole, type Fields } from './columns.ts';

/** The tables of what an SMP stores as a node of a tree; as `catalog-entities.ts`. */
export const OverlayEntity = defineEntity({
  name: 'Overlay',
  tableName: 'overlay',
  properties: {
    packageId: guid().primary(),
    enabled: p.boolean().nullable(),
    assignment: json<Overlay['assignment']>().nullable(),
  } satisfies Fields<Overlay>,
});

export const ParentEntity = defineEntity({
  name: 'Parent',
  tableName: 'parent',
  properties: {
    nodeId: text().primary(),
    guid: guid(),
    name: text(),
    url: text(),
    publicKey: text(),
    state: text<Parent['state']>(),
    tokenId: guid(),
    admission: json<Parent['admission']>().nullable(),
    replaces: text(),
    reason: text(),
    deadlineAtMs: whole(),
    sinceMs: whole(),
    metadataOnly: p.boolean(),
    onConflict: text<Parent['onConflict']>(),
    expectedRootNodeId: text(),
    lineage: json<Parent['lineage']>(),
    membership: text(),
    replicationEnabled: p.boolean(),
  } satisfies Fields<Parent>,
});

export const ChildEntity = defineEntity({
  name: 'Child',
  tableName: 'child',
  properties: {
    id: guid().primary(),
    nodeId: text(),
    publicKey: text(),
    name: text(),
    url: text(),
    state: text<Child['state']>(),
    tokenId: guid(),
    deadlineAtMs: whole(),
    sinceMs: whole(),
    membership: text(),
    metadataOnly: p.boolean(),
    rule: json<Child['rule']>(),
    ruleRevision: whole(),
    deletePolicy: text<Child['deletePolicy']>(),
    replicationEnabled: p.boolean(),
    keepsItems: p.boolean(),
  } satisfies Fields<Child>,
});

export const RejectionEntity = defineEntity({
  name: 'Rejection',
  tableName: 'rejection',
  properties: {
    kind: text<Rejection['kind']>().primary(),
    id: guid().primary(),
    ownerRevision: whole(),
    code: text(),
    reason: text(),
    sinceMs: whole(),
    held: json<Rejection['held']>().nullable(),
  } satisfies Fields<Rejection>,
});

export const UpstreamOfferEntity = defineEntity({
  name: 'UpstreamOffer',
  tableName: 'upstream_offer',
  properties: {
    packageId: guid().primary(),
    internalVersion: whole(),
    rootHash: text(),
    sources: json<UpstreamOffer['sources']>(),
  } satisfies Fields<UpstreamOffer>,
});

export const FeedPositionEntity = defineEntity({
  name: 'FeedPosition',
  tableName: 'feed_position',
  properties: {
    direction: text<FeedPosition['direction']>().primary(),
    nodeId: text().primary(),
    cursor: text(),
    atMs: whole(),
  } satisfies Fields<FeedPosition>,
});

export const TreeItemEntity = defineEntity({
  name: 'TreeItem',
  tableName: 'tree_item',
  properties: {
    kind: text<TreeItem['kind']>().primary(),
    id: guid().primary(),
    ownerNodeId: text(),
    ownerPublicKey: text(),
    ownerRevision: whole(),
    state: json<TreeItem['state']>().nullable(),
    signature: text(),
    withdrawn: p.boolean(),
    storedAtMs: whole(),
    ageMs: whole(),
  } satisfies Fields<TreeItem>,
});

export const NodeSummaryEntity = defineEntity({
  name: 'NodeSummary',
  tableName: 'node_summary',
  properties: {
    nodeId: text().primary(),
    parentNodeId: text(),
    placement: whole(),
    telling: whole(),
    guid: guid(),
    name: text(),
    url: text(),
    version: text(),
    packages: whole(),
    packageServers: whole(),
    packageServersConnected: whole(),
    computers: whole(),
    sites: whole(),
    packageReplicationReady: p.boolean(),
    readinessReasons: json<NodeSummary['readinessReasons']>(),
    rejectedItems: whole(),
    connected: p.boolean(),
    takesReplication: p.boolean(),
    getsEverything: p.boolean(),
    gone: p.boolean(),
    storedAtMs: whole(),
    ageMs: whole(),
    raiseAbove: whole(),
    raiseVia: text(),
  } satisfies Fields<NodeSummary>,
});

export const ProgressEntity = defineEntity({
  name: 'Progress',
  tableName: 'progress',
  properties: {
    nodeId: text().primary(),
    packageId: guid().primary(),
    internalVersion: whole(),
    state: text<Progress['state']>(),
    reason: text(),
    tookMs: whole(),
    packageServers: json<Progress['packageServers']>(),
  } satisfies Fields<Progress>,
});
