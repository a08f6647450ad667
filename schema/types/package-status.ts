import { Field, ID, ObjectType } from 'type-graphql';
import type { Holding, HoldingStatus, Package, PackageServer } from '../../catalog/model.ts';
import type { Guid } from '../../core/guid.ts';
import { HoldingStatusEnum } from '../enums.ts';
import { nodeId } from '../node-id.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';
import { connectionType } from './connection.ts';
import { NodeInterface } from './node.ts';

@ObjectType('HeldVersion', {
  description: 'A version that a package server can deliver now.',
  simpleResolvers: true,
})
export class HeldVersionType {
  @Field(() => SafeInt, { description: 'The internal version.' })
  internalVersion!: number;
  @Field(() => String, {
    nullable: true,
    description: 'Hash of the tree it verified; null for a claim of a legacy server.',
  })
  rootHash!: string | null;
  @Field(() => DateTimeISO, { description: 'Deliverable since.' })
  since!: Date;
}

@ObjectType('PackageStatus', {
  implements: NodeInterface,
  description: 'What one package server has of one package (SMC: package status).',
  simpleResolvers: true,
})
export class PackageStatusNode extends NodeInterface {
  readonly __typename!: 'PackageStatus';
  readonly item!: Holding;
  @Field(() => HoldingStatusEnum, { description: 'State.' })
  state!: HoldingStatus;
  @Field(() => String, { nullable: true, description: 'Why, as the package server said it.' })
  reason!: string | null;
  @Field(() => DateTimeISO, { description: 'In this state since.' })
  since!: Date;
  @Field(() => [HeldVersionType], { description: 'Deliverable now, newest first, at most two.' })
  held!: HeldVersionType[];
  @Field(() => SafeInt, { description: 'The highest version it ever delivered.' })
  highestVersion!: number;
  @Field(() => [String], { description: "A legacy package server's own URLs." })
  claimedUrls!: readonly string[];
}

export function packageStatusNode(item: Holding): PackageStatusNode {
  return {
    __typename: 'PackageStatus',
    item,
    id: nodeId('holding', `${item.packageServerId}/${item.packageId}`),
    state: item.status,
    reason: item.reason === '' ? null : item.reason,
    since: new Date(item.sinceMs),
    held: item.held.map(({ internalVersion, rootHash, sinceMs }) => ({
      internalVersion,
      rootHash: rootHash === '' ? null : rootHash,
      since: new Date(sinceMs),
    })),
    highestVersion: item.highestVersion,
    claimedUrls: item.claimedUrls,
  };
}

@ObjectType({
  description: 'A package status as one flat row of scalars, for dashboards.',
  simpleResolvers: true,
})
export class PackageStatusRow {
  @Field(() => ID, { description: 'Id of the package status.' })
  id!: string;
  @Field(() => GuidScalar, { description: 'GUID of the package.' })
  packageGuid!: Guid;
  @Field(() => String, { nullable: true, description: 'Name of the package.' })
  packageName!: string | null;
  @Field(() => String, { nullable: true, description: 'Version text of the package.' })
  packageVersion!: string | null;
  @Field(() => SafeInt, { nullable: true, description: 'Current internal version.' })
  currentVersion!: number | null;
  @Field(() => GuidScalar, { description: 'GUID of the package server.' })
  packageServerGuid!: Guid;
  @Field(() => String, { nullable: true, description: 'Name of the package server.' })
  packageServerName!: string | null;
  @Field(() => HoldingStatusEnum, { description: 'State.' })
  state!: HoldingStatus;
  @Field(() => String, { nullable: true, description: 'Why.' })
  reason!: string | null;
  @Field(() => DateTimeISO, { description: 'In this state since.' })
  since!: Date;
  @Field(() => SafeInt, { nullable: true, description: 'Newest version it can deliver.' })
  heldVersion!: number | null;
  @Field(() => Boolean, { description: 'It can deliver the current version.' })
  upToDate!: boolean;
}

export function packageStatusRow(
  item: Holding,
  ofPackage: Package | undefined,
  packageServer: PackageServer | undefined,
): PackageStatusRow {
  const heldVersion = item.held[0]?.internalVersion ?? null;
  const currentVersion = ofPackage?.internalVersion ?? null;
  return {
    id: nodeId('holding', `${item.packageServerId}/${item.packageId}`),
    packageGuid: item.packageId,
    packageName: ofPackage?.name ?? null,
    packageVersion: ofPackage?.version ?? null,
    currentVersion,
    packageServerGuid: item.packageServerId,
    packageServerName: packageServer?.name ?? null,
    state: item.status,
    reason: item.reason === '' ? null : item.reason,
    since: new Date(item.sinceMs),
    heldVersion,
    upToDate: heldVersion !== null && heldVersion === currentVersion,
  };
}

export const PackageStatusConnection = connectionType(
  'PackageStatus',
  'package statuses',
  () => PackageStatusNode,
);
export const PackageStatusRowConnection = connectionType(
  'PackageStatusRow',
  'package status rows',
  () => PackageStatusRow,
);
