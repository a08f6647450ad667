import { Field, ID, ObjectType } from 'type-graphql';
import type {
  Child,
  ChildState,
  ConflictChoice,
  DeletePolicy,
  Parent,
  ParentState,
} from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type {
  Cure,
  JoinCheck,
  JoinCheckCode,
  JoinOutcome,
  JoinSide,
} from '../../hierarchy/membership/join-check.ts';
import {
  ChildStateEnum,
  ConflictChoiceEnum,
  DeletePolicyEnum,
  JoinCheckCodeEnum,
  JoinOutcomeEnum,
  JoinSideEnum,
  ParentStateEnum,
} from '../enums.ts';
import { nodeId } from '../node-id.ts';
import { ChangeCursor, DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';
import { NodeInterface } from './node.ts';

@ObjectType('Ancestor', {
  description: 'An SMP between the root of the tree and this one.',
  simpleResolvers: true,
})
export class AncestorType {
  @Field(() => GuidScalar, { description: 'Its GUID.' })
  guid!: Guid;
  @Field(() => ID, { description: 'Name that follows from its key.' })
  nodeId!: string;
  @Field(() => String, { description: 'Its name.' })
  name!: string;
}

@ObjectType('ParentLink', {
  description: 'The relation of this SMP to a parent.',
  simpleResolvers: true,
})
export class ParentLinkType {
  @Field(() => GuidScalar, { description: 'GUID of the parent.' })
  guid!: Guid;
  @Field(() => ID, { description: 'Name of the parent that follows from its key.' })
  nodeId!: string;
  @Field(() => String, { description: 'Name of the parent.' })
  name!: string;
  @Field(() => String, { description: 'Where this SMP reaches it.' })
  url!: string;
  @Field(() => ParentStateEnum, { description: 'How far the relation is.' })
  state!: ParentState;
  @Field(() => DateTimeISO, { description: 'In this state since.' })
  since!: Date;
  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'When a join is given up, or the parent need no longer be told that it was left.',
  })
  deadline!: Date | null;
  @Field(() => String, { nullable: true, description: 'Why this SMP left by itself.' })
  reason!: string | null;
  @Field(() => Boolean, {
    description: 'Joined without package servers: packages never move over it.',
  })
  metadataOnly!: boolean;
  @Field(() => ConflictChoiceEnum, {
    description: 'What was chosen for local packages with the GUID of one of the parent.',
  })
  onConflict!: ConflictChoice;
  @Field(() => ID, { nullable: true, description: 'The node id that the root must have.' })
  expectedRoot!: string | null;
  @Field(() => [AncestorType], { description: 'From the root to the parent, as they proved it.' })
  lineage!: readonly AncestorType[];
  @Field(() => Boolean, { description: 'Whether packages are replicated over it.' })
  replicationEnabled!: boolean;
}

export function parentLinkNode(parent: Parent): ParentLinkType {
  const { guid, nodeId: ofParent, name, url, state, metadataOnly, onConflict } = parent;
  const { replicationEnabled, expectedRootNodeId, sinceMs, deadlineAtMs, reason } = parent;
  return {
    guid,
    nodeId: ofParent,
    name,
    url,
    state,
    since: new Date(sinceMs),
    deadline: state === 'JOINED' ? null : new Date(deadlineAtMs),
    reason: reason === '' ? null : reason,
    metadataOnly,
    onConflict,
    expectedRoot: expectedRootNodeId === '' ? null : expectedRootNodeId,
    lineage: parent.lineage.map((one) => ({ guid: one.guid, nodeId: one.nodeId, name: one.name })),
    replicationEnabled,
  };
}

@ObjectType('ChildLink', {
  implements: NodeInterface,
  description: 'The relation of this SMP to one below it.',
  simpleResolvers: true,
})
export class ChildLinkNode extends NodeInterface {
  readonly __typename!: 'ChildLink';
  readonly item!: Child;
  @Field(() => GuidScalar, { description: 'GUID of the child.' })
  guid!: Guid;
  @Field(() => ID, { description: 'Name of the child that follows from its key.' })
  nodeId!: string;
  @Field(() => String, { description: 'Name of the child.' })
  name!: string;
  @Field(() => String, {
    nullable: true,
    description: 'Where people reach it. This SMP never connects to it.',
  })
  url!: string | null;
  @Field(() => ChildStateEnum, { description: 'How far the relation is.' })
  state!: ChildState;
  @Field(() => DateTimeISO, { description: 'In this state since.' })
  since!: Date;
  @Field(() => DateTimeISO, {
    nullable: true,
    description: 'When a join is given up, or a removed child is forgotten.',
  })
  deadline!: Date | null;
  @Field(() => Boolean, {
    description: 'Joined without package servers: packages never move over it.',
  })
  metadataOnly!: boolean;
  @Field(() => [GuidScalar], {
    nullable: true,
    description: 'The packages that are replicated to it; null: every one.',
  })
  packageGuids!: readonly Guid[] | null;
  @Field(() => DeletePolicyEnum, { description: 'What it does when a package is deleted here.' })
  deletePolicy!: DeletePolicy;
  @Field(() => Boolean, { description: 'Whether packages are replicated over it.' })
  replicationEnabled!: boolean;
}

export function childLinkNode(item: Child): ChildLinkNode {
  const { id, name, url, state, metadataOnly, deletePolicy, replicationEnabled } = item;
  return {
    __typename: 'ChildLink',
    item,
    id: nodeId('child', id),
    guid: id,
    nodeId: item.nodeId,
    name,
    url: url === '' ? null : url,
    state,
    since: new Date(item.sinceMs),
    deadline: state === 'JOINED' ? null : new Date(item.deadlineAtMs),
    metadataOnly,
    packageGuids: item.rule.kind === 'CHOSEN' ? item.rule.packageIds : null,
    deletePolicy,
    replicationEnabled,
  };
}

@ObjectType('Cure', {
  description: 'One step that takes a fault away.',
  simpleResolvers: true,
})
export class CureType {
  @Field(() => String, { description: 'What it does, in one sentence.' })
  text!: string;
  @Field(() => String, { nullable: true, description: 'The mutation, with its values.' })
  mutation!: string | null;
  @Field(() => String, { nullable: true, description: 'The same on the command line.' })
  command!: string | null;
}

@ObjectType('JoinCheck', {
  description: 'One thing that a join is checked for.',
  simpleResolvers: true,
})
export class JoinCheckType {
  @Field(() => JoinCheckCodeEnum, { description: 'The fault that it looks for.' })
  code!: JoinCheckCode;
  @Field(() => JoinSideEnum, { description: 'Where the cause is, and so the cure.' })
  side!: JoinSide;
  @Field(() => JoinOutcomeEnum, { description: 'What came of it.' })
  outcome!: JoinOutcome;
  @Field(() => String, { description: 'What was found, with its values.' })
  text!: string;
  @Field(() => [CureType], { description: 'What to do, in this order.' })
  cures!: readonly CureType[];
}

export function joinCheckNode({ cures, ...check }: JoinCheck): JoinCheckType {
  return { ...check, cures: cures.map(cureNode) };
}

function cureNode({ text, mutation, command }: Cure): CureType {
  return {
    text,
    mutation: mutation === '' ? null : mutation,
    command: command === '' ? null : command,
  };
}

@ObjectType({
  description: 'A change of who is above or below. The first message of a stream has none yet.',
  simpleResolvers: true,
})
export class HierarchyChange {
  @Field(() => ChangeCursor, { description: 'Give it back as `after` to go on from here.' })
  cursor!: string;
  @Field(() => SafeInt, { description: 'Number of the change.' })
  revision!: number;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it was committed.' })
  at!: Date | null;
  @Field(() => ParentLinkType, {
    nullable: true,
    description: 'The parent after the change, when it is about a parent that was not forgotten.',
  })
  parent!: ParentLinkType | null;
  @Field(() => ChildLinkNode, {
    nullable: true,
    description: 'The child after the change, when it is about a child that was not forgotten.',
  })
  child!: ChildLinkNode | null;
  @Field(() => ID, {
    nullable: true,
    description: 'Node id of the parent, or GUID of the child, that was forgotten.',
  })
  forgotten!: string | null;
}
