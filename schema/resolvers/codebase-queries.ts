import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import { locateAsker } from '../../catalog/locate-asker.ts';
import { CanopyError } from '../../core/errors.ts';
import { askerNode, decideFor, readAddresses } from '../codebase-answers.ts';
import type { GraphqlContext } from '../context.ts';
import { CodebaseFilter, CodebaseRequestInput } from '../inputs/look-ups.ts';
import { findBy } from '../look-up.ts';
import { pageOfCodebases } from '../codebase-list.ts';
import { CodebaseConnection, CodebaseDecision, type CodebaseType } from '../types/codebase.ts';
import { PageArgs, type Connection } from '../types/connection.ts';
import { AddressLocation } from '../types/topology.ts';

@Resolver()
export class CodebaseQueriesResolver {
  @Query(() => CodebaseConnection, {
    description: 'Every codebase there is, whoever asks (legacy: the table SWDPackageCodebase).',
  })
  codebases(
    @Arg('where', () => CodebaseFilter, { nullable: true, description: 'Only those.' })
    where: CodebaseFilter | null,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: GraphqlContext,
  ): Connection<CodebaseType> {
    return pageOfCodebases(context, where, args);
  }

  @Query(() => CodebaseDecision, {
    description: 'Why an asker is offered these sources and not others.',
  })
  async explainCodebases(
    @Arg('request', () => CodebaseRequestInput, { description: 'Who asks for what.' })
    request: CodebaseRequestInput,
    @Ctx() context: GraphqlContext,
  ): Promise<CodebaseDecision> {
    const item = request.package && (await findBy(context, 'package', request.package));
    if (item) return decideFor(context, item.id, request);
    throw request.package
      ? new CanopyError('NOT_FOUND', 'request.package: there is no such package.', { path })
      : new CanopyError('INVALID_INPUT', 'request.package: name the package.', { path });
  }

  @Query(() => [AddressLocation], {
    description: 'The site of each address, and the subnets that led to it.',
  })
  locate(
    @Arg('addresses', () => [String], { description: 'IPv4 and IPv6 addresses.' })
    addresses: string[],
    @Ctx() { catalog }: GraphqlContext,
  ): AddressLocation[] {
    const who = { addresses: readAddresses(addresses, ['addresses']) };
    return askerNode(locateAsker(catalog.model, who)).locations;
  }
}

const path = ['request', 'package'];
