import { Field, ID, ObjectType } from 'type-graphql';
import type {
  AssignmentMode,
  Origin,
  Package,
  PackagePriority,
  PackageSource,
  Snapshot,
  SourceState,
} from '../../catalog/model.ts';
import type { Guid } from '../../core/guid.ts';
import {
  AssignmentModeEnum,
  OriginEnum,
  PriorityEnum,
  SourceKindEnum,
  SourceStateEnum,
} from '../enums.ts';
import { nodeId } from '../node-id.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';
import { connectionType } from './connection.ts';
import { NodeInterface } from './node.ts';

@ObjectType('PackageSource', {
  description: 'Where the files of a package are read from.',
  simpleResolvers: true,
})
export class PackageSourceType {
  @Field(() => SourceKindEnum, { description: 'Kind of the source.' })
  kind!: PackageSource['kind'];
  @Field(() => String, { nullable: true, description: 'Folder; for LOCAL and UNC.' })
  path!: string | null;
  @Field(() => String, { nullable: true, description: 'Base URL; for URL.' })
  url!: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'For URL: where this server reads the files behind it.',
  })
  directory!: string | null;
}

@ObjectType('Package', {
  implements: NodeInterface,
  description: 'Software to distribute: a name, a version, and the files of a source folder.',
  simpleResolvers: true,
})
export class PackageNode extends NodeInterface {
  readonly __typename!: 'Package';
  readonly item!: Package;
  @Field(() => GuidScalar, { description: 'The GUID that agents know it by.' })
  guid!: Guid;
  @Field(() => String, { description: 'Unique name.' })
  name!: string;
  @Field(() => String, { description: 'Free text.' })
  description!: string;
  @Field(() => String, { description: "The administrator's version text; never compared." })
  version!: string;
  @Field(() => SafeInt, {
    description: 'Number of the current snapshot; 0 until the first, then strictly rising.',
  })
  internalVersion!: number;
  @Field(() => PackageSourceType, { description: 'Where its files are read from.' })
  source!: PackageSourceType;
  @Field(() => SourceStateEnum, { description: 'What is known of the source.' })
  sourceState!: SourceState;
  @Field(() => String, {
    nullable: true,
    description: 'Why the source is UNVERIFIED or FAILED.',
  })
  sourceReason!: string | null;
  @Field(() => AssignmentModeEnum, { description: 'How package servers get it.' })
  assignmentMode!: AssignmentMode;
  @Field(() => PriorityEnum, { description: 'Download priority.' })
  priority!: PackagePriority;
  @Field(() => Boolean, { description: 'Agents may use multicast.' })
  enableMulticast!: boolean;
  @Field(() => SafeInt, {
    description: 'Agents delete the files when unused for so many minutes (legacy: CleanupAfter).',
  })
  cleanupAfterMinutes!: number;
  @Field(() => Boolean, {
    description: 'Legacy behaviour: offers a new version before a source near the asker has it.',
  })
  announceBeforeReady!: boolean;
  @Field(() => Boolean, { description: 'Whether it is offered at all.' })
  enabled!: boolean;
  @Field(() => OriginEnum, { description: 'Written here or replicated.' })
  origin!: Origin;
  @Field(() => ID, { description: 'The node that owns it.' })
  ownerNodeId!: string;
  @Field(() => DateTimeISO, { description: 'When it was created.' })
  createdAt!: Date;
  @Field(() => DateTimeISO, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

export function packageNode(item: Package): PackageNode {
  return {
    __typename: 'Package',
    item,
    id: nodeId('package', item.id),
    guid: item.id,
    name: item.name,
    description: item.description,
    version: item.version,
    internalVersion: item.internalVersion,
    source: sourceNode(item.source),
    sourceState: item.sourceState,
    sourceReason: item.sourceReason === '' ? null : item.sourceReason,
    assignmentMode: item.assignmentMode,
    priority: item.priority,
    enableMulticast: item.enableMulticast,
    cleanupAfterMinutes: item.cleanupAfterMinutes,
    announceBeforeReady: item.announceBeforeReady,
    enabled: item.enabled,
    origin: item.origin,
    ownerNodeId: item.ownerNodeId,
    createdAt: new Date(item.createdAtMs),
    updatedAt: new Date(item.updatedAtMs),
  };
}

function sourceNode(source: PackageSource): PackageSourceType {
  return {
    kind: source.kind,
    path: 'path' in source ? source.path : null,
    url: 'url' in source ? source.url : null,
    directory: 'directory' in source ? (source.directory ?? null) : null,
  };
}

@ObjectType('Snapshot', {
  implements: NodeInterface,
  description: 'One internal version of a package on one tree of files.',
  simpleResolvers: true,
})
export class SnapshotNode extends NodeInterface {
  readonly __typename!: 'Snapshot';
  readonly item!: Snapshot;
  @Field(() => SafeInt, { description: 'Strictly rising within a package.' })
  internalVersion!: number;
  @Field(() => String, { description: 'SHA-256 of the tree listing, hex.' })
  rootHash!: string;
  @Field(() => SafeInt, { description: 'Files in the tree.' })
  fileCount!: number;
  @Field(() => SafeInt, { description: 'Folders in the tree.' })
  folderCount!: number;
  @Field(() => SafeInt, { description: 'Bytes of all files.' })
  sizeBytes!: number;
  @Field(() => DateTimeISO, { description: 'When it was made.' })
  createdAt!: Date;
  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'When a newer one replaced it; null for the current one.',
  })
  supersededAt!: Date | null;
  @Field(() => ID, { description: 'The node that made and signed it.' })
  ownerNodeId!: string;
  @Field(() => String, { description: "The owner's Ed25519 signature, base64." })
  signature!: string;
}

export function snapshotNode(item: Snapshot): SnapshotNode {
  const { supersededAtMs } = item;
  return {
    __typename: 'Snapshot',
    item,
    id: nodeId('snapshot', `${item.packageId}/${item.internalVersion}`),
    internalVersion: item.internalVersion,
    rootHash: item.rootHash,
    fileCount: item.fileCount,
    folderCount: item.folderCount,
    sizeBytes: item.sizeBytes,
    createdAt: new Date(item.createdAtMs),
    supersededAt: supersededAtMs === undefined ? null : new Date(supersededAtMs),
    ownerNodeId: item.ownerNodeId,
    signature: item.signature,
  };
}

@ObjectType({ description: 'One file of a snapshot.', simpleResolvers: true })
export class SnapshotFile {
  @Field(() => String, { description: 'Relative path with "/" between segments.' })
  path!: string;
  @Field(() => SafeInt, { description: 'Size in bytes.' })
  sizeBytes!: number;
  @Field(() => String, { description: 'SHA-256 of the content, hex.' })
  sha256!: string;
  @Field(() => DateTimeISO, { description: 'Modification time at the source.' })
  modifiedAt!: Date;
}

export const PackageConnection = connectionType('Package', 'packages', () => PackageNode);
export const SnapshotConnection = connectionType('Snapshot', 'snapshots', () => SnapshotNode);
export const SnapshotFileConnection = connectionType('SnapshotFile', 'files', () => SnapshotFile);
