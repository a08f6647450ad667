import { Ctx, FieldResolver, Resolver } from 'type-graphql';
import type { GraphqlContext } from '../context.ts';
import { ReadinessType } from '../types/readiness.ts';
import { SmpNode } from '../types/topology.ts';

@Resolver(() => SmpNode)
export class CrossingFieldsResolver {
  @FieldResolver(() => ReadinessType, {
    description: "Whether package files can come from the parent's package servers.",
  })
  packageReplicationReady(@Ctx() { hierarchy }: GraphqlContext): ReadinessType {
    return hierarchy.crossing.readiness();
  }
}
