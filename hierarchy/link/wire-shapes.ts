import type {
  Ancestor,
  ExternalSource,
  PackageServerProgress,
  PackageState,
  Progress,
  ToldSummary,
  TreeItemKind,
  UpstreamOffer,
  UpstreamSource,
  VersionState,
  UpstreamServer,
} from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';
import type {
  Assertion,
  DelegatedOperation,
  OperationAnswer,
  Raise,
  UpPage,
} from './link-protocol.ts';
import {
  anyObject,
  flag,
  guid,
  list,
  oneOf,
  optional,
  record,
  text,
  unaltered,
  whole,
  type Shape,
} from './shape.ts';

/*
 * What travels over a link as JSON, because it is signed or relayed and each node on the way must
 * tell it on unchanged. docs/protocol.md lists the members.
 */

const MAX_LIST = 10_000;
/** As deep as a tree can be. */
const MAX_ANCESTORS = 64;
const MAX_STATES = 500;

const versionState = record<VersionState>({
  rootHash: text,
  manifestHash: text,
  chunkIndexHash: text,
  fileCount: whole,
  folderCount: whole,
  sizeBytes: whole,
  createdAtMs: whole,
  signature: text,
});

/** What an owner says of a package; newer owners may say more. */
export const packageState: Shape<PackageState> = record<PackageState>({
  name: text,
  description: text,
  version: text,
  priority: oneOf('HIGH', 'NORMAL', 'LOW'),
  enableMulticast: flag,
  cleanupAfterMinutes: whole,
  announceBeforeReady: flag,
  enabled: flag,
  assignmentMode: oneOf('ALL', 'INDIVIDUALLY', 'SITE', 'AUTOMATIC'),
  externalSource: optional(anyObject as Shape<ExternalSource>),
  internalVersion: whole,
  current: optional(versionState),
});

/**
 * The state is kept as it came, and not looked into: the owner signed it with members that may not
 * be known here, and one bad state must not stop the others. {@link packageState} judges it.
 */
export const signedTreeItem: Shape<SignedTreeItem> = record<SignedTreeItem>({
  kind: oneOf('PACKAGE'),
  id: guid,
  ownerNodeId: text,
  ownerPublicKey: text,
  ownerRevision: whole,
  state: optional(anyObject as Shape<object> as Shape<PackageState>),
  signature: text,
});

/** `PACKAGE/{guid}`. */
export const treeItemKey: Shape<{ readonly itemKind: TreeItemKind; readonly id: Guid }> = (
  value,
  path,
) => {
  const [itemKind, id] = text(value, path).split('/');
  return { itemKind: oneOf('PACKAGE')(itemKind, path), id: guid(id, path) };
};

export const lineage: Shape<readonly Ancestor[]> = list(
  record<Ancestor>({ nodeId: text, publicKey: text, guid, name: text, membership: text }),
  MAX_ANCESTORS,
);

export const raises: Shape<readonly Raise[]> = list(
  record<Raise>({ nodeId: text, above: whole }),
  MAX_LIST,
);

export const upstreamOffers: Shape<readonly UpstreamOffer[]> = list(
  record<UpstreamOffer>({
    packageId: guid,
    internalVersion: whole,
    rootHash: text,
    sources: list(
      record<UpstreamSource>({ packageServerId: guid, name: text, urls: list(text, 100) }),
      MAX_LIST,
    ),
  }),
  MAX_LIST,
);

export const upstreamServers: Shape<readonly UpstreamServer[]> = list(
  record<UpstreamServer>({ packageServerId: guid, name: text, urls: list(text, 100) }),
  MAX_LIST,
);

const assertion = record<Assertion>({
  askerNodeId: text,
  user: text,
  role: oneOf('VIEWER', 'OPERATOR', 'ADMIN'),
  operationHash: text,
  targetNodeId: text,
  expiresAtMs: whole,
  signature: text,
});

export const delegatedOperation: Shape<DelegatedOperation> = record<DelegatedOperation>({
  id: text,
  query: text,
  variables: anyObject,
  timeoutMs: whole,
  assertion: unaltered(assertion),
});

const pathSegment: Shape<string | number> = (value, path) =>
  typeof value === 'number' ? whole(value, path) : text(value, path);

export const operationAnswer: Shape<OperationAnswer> = record<OperationAnswer>({
  id: text,
  status: oneOf('OK', 'DENIED'),
  data: optional(anyObject),
  errors: list((value, path) => {
    const { message, path: at, extensions } = anyObject(value, path);
    const where = optional(list(pathSegment, 100))(at, `${path}.path`);
    const more = optional(anyObject)(extensions, `${path}.extensions`);
    return {
      message: text(message, `${path}.message`),
      ...(where ? { path: where } : {}),
      ...(more ? { extensions: more } : {}),
    };
  }, 100),
  prunedFields: list(text, MAX_LIST),
});

const nodeSummary = record<ToldSummary>({
  nodeId: text,
  parentNodeId: text,
  placement: whole,
  telling: whole,
  guid,
  name: text,
  url: text,
  version: text,
  packages: whole,
  packageServers: whole,
  packageServersConnected: whole,
  computers: whole,
  sites: whole,
  packageReplicationReady: flag,
  readinessReasons: list(text, 100),
  rejectedItems: whole,
  connected: flag,
  takesReplication: flag,
  getsEverything: flag,
  gone: flag,
  storedAtMs: whole,
  ageMs: whole,
});

const progress = record<Progress>({
  nodeId: text,
  packageId: guid,
  internalVersion: whole,
  state: oneOf('RECEIVED', 'REJECTED', 'AHEAD_OF_OWNER', 'GONE'),
  reason: text,
  tookMs: whole,
  packageServers: list(
    record<PackageServerProgress>({
      packageServerId: guid,
      name: text,
      internalVersion: whole,
      status: oneOf('PENDING', 'DOWNLOADING', 'READY', 'RETRYING', 'INVALID', 'DELETED'),
      reason: text,
      tookMs: optional(whole),
    }),
    MAX_LIST,
  ),
});

export const upStates: Shape<UpPage['states']> = list((value, path) => {
  const { kind, item } = anyObject(value, path);
  const at = `${path}.item`;
  return oneOf('nodeSummary', 'progress')(kind, `${path}.kind`) === 'nodeSummary'
    ? { kind: 'nodeSummary' as const, item: nodeSummary(item, at) }
    : { kind: 'progress' as const, item: progress(item, at) };
}, MAX_STATES);
