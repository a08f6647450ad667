import { Field, ObjectType } from 'type-graphql';

@ObjectType('Readiness', {
  description: 'Whether package files can come from the parent. It only tells; it stops nothing.',
  simpleResolvers: true,
})
export class ReadinessType {
  @Field(() => Boolean, { description: 'They can, or there is no parent.' })
  ready!: boolean;
  @Field(() => [String], { description: 'Why not: sentences that name the cure.' })
  reasons!: readonly string[];
}
