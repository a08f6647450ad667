import { Field, ID, ObjectType } from 'type-graphql';
import type { Scope } from '../../catalog/items.ts';
import { ItemKindEnum, ScopeEnum } from '../enums.ts';
import { ChangeCursor, DateTimeISO, JsonObject, SafeInt } from '../scalars.ts';
import { NodeInterface } from './node.ts';
import { PackageNode, SnapshotNode } from './package.ts';
import { PackageStatusNode } from './package-status.ts';
import { PackageServerNode } from './topology.ts';

@ObjectType('Change', {
  description: 'One committed change: the whole state of an item after it, or its deletion.',
  simpleResolvers: true,
})
export class ChangeType {
  @Field(() => SafeInt, { description: 'Number of the change; gapless, in commit order.' })
  revision!: number;
  @Field(() => ScopeEnum, { description: 'How far it travels.' })
  scope!: Scope;
  @Field(() => ItemKindEnum, { description: 'Kind of the item.' })
  kind!: keyof typeof ItemKindEnum;
  @Field(() => String, { description: 'Key of the item within its kind.' })
  key!: string;
  @Field(() => ID, { nullable: true, description: 'Its id, for kinds that `node` knows.' })
  id!: string | null;
  @Field(() => Boolean, { description: 'The item was deleted.' })
  deleted!: boolean;
  @Field(() => DateTimeISO, { description: 'When it was committed.' })
  at!: Date;
  @Field(() => JsonObject, {
    nullable: true,
    description: 'The whole stored state after the change; null when deleted.',
  })
  state!: object | null;
  @Field(() => NodeInterface, {
    nullable: true,
    description: 'The same state as a typed object; null when deleted or of a kind without id.',
  })
  node!: NodeInterface | null;
}

@ObjectType('ChangePage', {
  description: 'A stretch of the change feed: at most 200 changes and 256 KiB.',
  simpleResolvers: true,
})
export class ChangePageType {
  @Field(() => String, { description: 'The life of the database that the revisions belong to.' })
  epoch!: string;
  @Field(() => SafeInt, { description: 'The page begins after this revision.' })
  after!: number;
  @Field(() => SafeInt, { description: 'The page reaches to this revision, filtered ones too.' })
  upTo!: number;
  @Field(() => ChangeCursor, { description: 'Give it back as `after` to go on from here.' })
  cursor!: string;
  @Field(() => [ChangeType], { description: 'The changes, in order; may be empty.' })
  changes!: ChangeType[];
  @Field(() => Boolean, { description: 'There is more to read right now.' })
  more!: boolean;
}

@ObjectType({
  description: 'A new current snapshot of a package. The first message of a stream has none yet.',
  simpleResolvers: true,
})
export class PackageSnapshotChange {
  @Field(() => ChangeCursor, { description: 'Give it back as `after` to go on from here.' })
  cursor!: string;
  @Field(() => SafeInt, { description: 'Number of the change.' })
  revision!: number;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it was committed.' })
  at!: Date | null;
  @Field(() => PackageNode, { nullable: true, description: 'The package, as it is now.' })
  package!: PackageNode | null;
  @Field(() => SnapshotNode, {
    nullable: true,
    description: 'The snapshot; in the first message the current one of the package asked for.',
  })
  snapshot!: SnapshotNode | null;
}

@ObjectType({
  description: 'A change of what a package server has. The first message of a stream has none yet.',
  simpleResolvers: true,
})
export class PackageServerStatusChange {
  @Field(() => ChangeCursor, { description: 'Give it back as `after` to go on from here.' })
  cursor!: string;
  @Field(() => SafeInt, { description: 'Number of the change.' })
  revision!: number;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it was committed.' })
  at!: Date | null;
  @Field(() => PackageServerNode, { nullable: true, description: 'The package server, as it is.' })
  packageServer!: PackageServerNode | null;
  @Field(() => PackageNode, { nullable: true, description: 'The package, as it is.' })
  package!: PackageNode | null;
  @Field(() => PackageStatusNode, {
    nullable: true,
    description: 'The new state; null when it was removed.',
  })
  status!: PackageStatusNode | null;
}
