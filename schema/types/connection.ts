import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { SafeInt } from '../scalars.ts';

@ObjectType({ description: 'Where a page lies in its list (Relay).', simpleResolvers: true })
export class PageInfo {
  @Field(() => Boolean, { description: 'There are items after this page.' })
  hasNextPage!: boolean;
  @Field(() => Boolean, { description: 'There are items before this page.' })
  hasPreviousPage!: boolean;
  @Field(() => String, { nullable: true, description: 'Cursor of the first item of the page.' })
  startCursor!: string | null;
  @Field(() => String, { nullable: true, description: 'Cursor of the last item of the page.' })
  endCursor!: string | null;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'Items from the start or after `after`; 50 when absent, at most 200.',
  })
  first?: number | null;
  @Field(() => String, { nullable: true, description: 'Continue after this cursor.' })
  after?: string | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Items from the end or before `before`; at most 200.',
  })
  last?: number | null;
  @Field(() => String, { nullable: true, description: 'Continue backwards before this cursor.' })
  before?: string | null;
}

export interface Edge<T> {
  readonly cursor: string;
  readonly node: T;
}

/** A page of a list, as resolvers give it; `totalCount` is called only when it is selected. */
export interface Connection<T> {
  readonly edges: readonly Edge<T>[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfo;
  readonly totalCount: () => number | Promise<number>;
}

/** The connection and edge types of one node type; `plural` is a word for the descriptions. */
export function connectionType(name: string, plural: string, node: () => ClassType): ClassType {
  const described = { simpleResolvers: true };

  @ObjectType(`${name}Edge`, { description: `One place in a list of ${plural}.`, ...described })
  class EdgeType {
    @Field(() => String, { description: 'Opaque; for `after` and `before`.' })
    cursor!: string;
    @Field(node, { description: 'The item.' })
    node!: object;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${plural}.`, ...described })
  class ConnectionType {
    @Field(() => [EdgeType], { description: 'The items with their cursors.' })
    edges!: EdgeType[];
    @Field(() => [node()], { description: 'The items without cursors.' })
    nodes!: object[];
    @Field(() => PageInfo, { description: 'How to go on.' })
    pageInfo!: PageInfo;
    @Field(() => SafeInt, {
      description: 'Items in the whole list; counted only when it is selected.',
    })
    totalCount!: number;
  }
  return ConnectionType;
}
