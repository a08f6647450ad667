import { Field, Int, ObjectType } from 'type-graphql';
import type { AcceptReason, RejectRule, Trust } from '../../catalog/codebase.ts';
import { AcceptReasonEnum, CodebaseKindEnum, RejectRuleEnum, TrustEnum } from '../enums.ts';
import type { Guid } from '../../core/guid.ts';
import { GuidScalar, SafeInt } from '../scalars.ts';
import { connectionType } from './connection.ts';
import { PackageNode } from './package.ts';
import { AddressLocation, ComputerNode, PackageServerNode, SiteNode } from './topology.ts';

@ObjectType('Codebase', {
  description: 'One URL where a package can be had.',
  simpleResolvers: true,
})
export class CodebaseType {
  @Field(() => PackageNode, { description: 'The package.' })
  package!: PackageNode;
  @Field(() => String, { description: 'The URL; UNC in its native form.' })
  url!: string;
  @Field(() => CodebaseKindEnum, { description: 'Its kind.' })
  kind!: keyof typeof CodebaseKindEnum;
  @Field(() => String, {
    nullable: true,
    description: 'Where the snapshot of this version is read; null for a source never read.',
  })
  snapshotUrl!: string | null;
  @Field(() => SafeInt, { description: 'The internal version behind the URL.' })
  internalVersion!: number;
  @Field(() => TrustEnum, { description: 'How the source knows what it offers.' })
  trust!: Trust;
  @Field(() => PackageServerNode, {
    nullable: true,
    description: 'The package server of this SMP; null for other sources.',
  })
  packageServer!: PackageServerNode | null;
  @Field(() => GuidScalar, {
    nullable: true,
    description: 'GUID of the package server at the parent, for trust UPSTREAM.',
  })
  upstreamServerGuid!: Guid | null;
  @Field(() => Int, { nullable: true, description: 'Place in the answer to an asker, from 1.' })
  rank!: number | null;
  @Field(() => AcceptReasonEnum, { nullable: true, description: 'Why the asker is offered it.' })
  reason!: AcceptReason | null;
}

@ObjectType({
  description: 'A source that was looked at for an asker, and what became of it.',
  simpleResolvers: true,
})
export class CodebaseCandidate {
  @Field(() => String, { description: 'Name of the source.' })
  name!: string;
  @Field(() => TrustEnum, { description: 'How it knows what it offers.' })
  trust!: Trust;
  @Field(() => PackageServerNode, {
    nullable: true,
    description: 'The package server; null for the SMP and for external sources.',
  })
  packageServer!: PackageServerNode | null;
  @Field(() => GuidScalar, {
    nullable: true,
    description: 'GUID of the package server at the parent, for trust UPSTREAM.',
  })
  upstreamServerGuid!: Guid | null;
  @Field(() => Boolean, { description: 'Whether the asker is offered it.' })
  accepted!: boolean;
  @Field(() => Int, { nullable: true, description: 'Place among the accepted, from 1.' })
  rank!: number | null;
  @Field(() => AcceptReasonEnum, { nullable: true, description: 'Why it was accepted.' })
  reason!: AcceptReason | null;
  @Field(() => RejectRuleEnum, { nullable: true, description: 'The rule that rejected it.' })
  rule!: RejectRule | null;
  @Field(() => String, { description: 'Reason or rule as a sentence.' })
  explanation!: string;
  @Field(() => [String], { description: 'Its URLs, when accepted.' })
  urls!: string[];
}

@ObjectType('Asker', { description: 'Who asks, as far as it is known.', simpleResolvers: true })
export class AskerType {
  @Field(() => ComputerNode, { nullable: true, description: 'The computer, when known here.' })
  computer!: ComputerNode | null;
  @Field(() => PackageServerNode, {
    nullable: true,
    description: 'The package server, when the asker is one.',
  })
  packageServer!: PackageServerNode | null;
  @Field(() => [AddressLocation], { description: 'How each address leads to a site.' })
  locations!: AddressLocation[];
  @Field(() => [SiteNode], { description: 'Its sites, by address and by hand.' })
  sites!: SiteNode[];
}

@ObjectType({
  description: 'The codebase decision for one asker and package, with the fate of each candidate.',
  simpleResolvers: true,
})
export class CodebaseDecision {
  @Field(() => PackageNode, { description: 'The package.' })
  package!: PackageNode;
  @Field(() => SafeInt, { description: 'The version the asker may know of; 0: none yet.' })
  offeredVersion!: number;
  @Field(() => String, { nullable: true, description: 'Where its snapshot is read.' })
  snapshotUrl!: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'Where a legacy package server is sent instead: the page of the parent.',
  })
  redirect!: string | null;
  @Field(() => AskerType, { description: 'Who asks, and how its sites follow.' })
  asker!: AskerType;
  @Field(() => [CodebaseType], { description: 'What the asker is offered, best first.' })
  codebases!: CodebaseType[];
  @Field(() => [CodebaseCandidate], {
    description: 'Every source looked at: the accepted ones by rank, then the rejected ones.',
  })
  candidates!: CodebaseCandidate[];
}

export const CodebaseConnection = connectionType('Codebase', 'codebases', () => CodebaseType);
