import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { HoldingStatus } from '../../catalog/model.ts';
import type { Guid } from '../../core/guid.ts';
import type {
  Blocker,
  Convergence,
  Count,
  NodeConvergence,
  Spread,
} from '../../hierarchy/convergence/measure-convergence.ts';
import { BlockerKindEnum, HoldingStatusEnum } from '../enums.ts';
import { GuidScalar, SafeInt } from '../scalars.ts';
import { connectionType } from './connection.ts';

@ObjectType({ description: 'How many are done, of how many.', simpleResolvers: true })
export class ConvergenceCount implements Count {
  @Field(() => Int, { description: 'Done.' })
  done!: number;
  @Field(() => Int, { description: 'All of them.' })
  total!: number;
}

@ObjectType({
  description:
    "How long it took, from the owner's statement on; null while nobody is done. Spans of one " +
    'clock each, added up on the way: clocks that differ between nodes change nothing.',
  simpleResolvers: true,
})
export class ConvergenceSpread {
  @Field(() => Float, { nullable: true, description: 'Half of them took no longer, milliseconds.' })
  p50Ms!: number | null;
  @Field(() => Float, { nullable: true, description: '95 % took no longer, milliseconds.' })
  p95Ms!: number | null;
  @Field(() => Float, { nullable: true, description: 'The slowest, milliseconds.' })
  maxMs!: number | null;
}

@ObjectType({ description: 'Who the others wait for.', simpleResolvers: true })
export class ConvergenceBlocker implements Blocker {
  @Field(() => BlockerKindEnum, { description: 'A server or a package server.' })
  kind!: Blocker['kind'];
  @Field(() => String, { description: 'Its name.' })
  name!: string;
  @Field(() => String, { description: 'Name of the SMP it belongs to.' })
  nodeName!: string;
  @Field(() => String, { description: 'What is known of the cause.' })
  reason!: string;
}

@ObjectType({
  description: 'How far a version has come on one package server.',
  simpleResolvers: true,
})
export class PackageServerConvergence {
  @Field(() => GuidScalar, { description: 'GUID of the package server, on its own SMP.' })
  guid!: Guid;
  @Field(() => String, { description: 'Its name.' })
  name!: string;
  @Field(() => Boolean, { description: 'It has verified this version, or a later one.' })
  verified!: boolean;
  @Field(() => SafeInt, { description: 'The newest version it has verified; 0 for none.' })
  internalVersion!: number;
  @Field(() => HoldingStatusEnum, { description: 'State.' })
  state!: HoldingStatus;
  @Field(() => String, { nullable: true, description: 'Why, as the package server said it.' })
  reason!: string | null;
  @Field(() => Float, { nullable: true, description: 'How long it took, milliseconds.' })
  tookMs!: number | null;
}

@ObjectType('NodeConvergence', {
  description: 'How far a version has come on one SMP of the tree.',
  simpleResolvers: true,
})
export class NodeConvergenceType {
  @Field(() => ID, { description: 'Node id of the SMP.' })
  nodeId!: string;
  @Field(() => ID, { nullable: true, description: 'Node id of its parent.' })
  parentNodeId!: string | null;
  @Field(() => String, { description: 'Its name.' })
  name!: string;
  @Field(() => Boolean, { description: 'Its link is open, as its parent last said.' })
  connected!: boolean;
  @Field(() => Boolean, { description: 'It knows this version, or a later one.' })
  received!: boolean;
  @Field(() => Float, { nullable: true, description: 'How long it took, milliseconds.' })
  tookMs!: number | null;
  @Field(() => String, { nullable: true, description: 'Why it has not received it.' })
  reason!: string | null;
  @Field(() => [PackageServerConvergence], { description: 'Those that are to hold it.' })
  packageServers!: PackageServerConvergence[];
}

export const NodeConvergenceConnection = connectionType(
  'NodeConvergence',
  'nodes with the progress of a version',
  () => NodeConvergenceType,
);

@ObjectType('Convergence', {
  description: 'How far one version of a package has come, from this SMP downwards.',
  simpleResolvers: true,
})
export class ConvergenceType {
  readonly perNode!: readonly NodeConvergence[];
  @Field(() => SafeInt, { description: 'The internal version.' })
  internalVersion!: number;
  @Field(() => ConvergenceCount, { description: 'SMPs that know it.' })
  nodes!: Count;
  @Field(() => ConvergenceCount, { description: 'Package servers that have verified it.' })
  packageServers!: Count;
  @Field(() => Int, { description: 'Of both together; 100 only when all are done.' })
  percent!: number;
  @Field(() => Boolean, { description: 'All are done.' })
  complete!: boolean;
  @Field(() => ConvergenceSpread, { description: 'Until SMPs knew it.' })
  received!: Spread;
  @Field(() => ConvergenceSpread, { description: 'Until package servers had verified it.' })
  verified!: Spread;
  @Field(() => ConvergenceBlocker, { nullable: true, description: 'The nearest one not done.' })
  blocker!: Blocker | null;
}

export function convergenceNode(convergence: Convergence): ConvergenceType {
  return { ...convergence, blocker: convergence.blocker ?? null };
}

export function nodeConvergenceNode(node: NodeConvergence): NodeConvergenceType {
  return {
    ...node,
    parentNodeId: node.parentNodeId === '' ? null : node.parentNodeId,
    tookMs: node.tookMs ?? null,
    reason: node.reason === '' ? null : node.reason,
    packageServers: node.packageServers.map(({ packageServerId, status, ...server }) => ({
      ...server,
      guid: packageServerId,
      state: status,
      reason: server.reason === '' ? null : server.reason,
      tookMs: server.tookMs ?? null,
    })),
  };
}
