import { Field, ID, InterfaceType } from 'type-graphql';

/** The GraphQL type of a source object travels with it; graphql-js reads it for interfaces. */
export interface Typed {
  readonly __typename: string;
}

@InterfaceType('Node', {
  description: 'Anything with an id that `node(id)` can look up.',
  resolveType: (value: Typed) => value.__typename,
})
export abstract class NodeInterface {
  @Field(() => ID, { description: 'Opaque and stable; do not take it apart.' })
  id!: string;
}
