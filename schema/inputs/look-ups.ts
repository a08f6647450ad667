import { Field, ID, InputType, Int } from 'type-graphql';
import type { Guid } from '../../core/guid.ts';
import { GuidScalar, SafeInt } from '../scalars.ts';

const ONE = 'Exactly one of the fields.';

/** Input types that `build.ts` marks `@oneOf`, which type-graphql cannot say. */
export const ONE_OF_INPUTS = [
  'PackageBy',
  'SiteBy',
  'SubnetBy',
  'PackageServerBy',
  'ComputerBy',
  'SnapshotBy',
  'ChildPackagesInput',
];

@InputType({ description: `Names a package. ${ONE}` })
export class PackageBy {
  @Field(() => ID, { nullable: true, description: 'Its opaque id.' })
  id?: string;
  @Field(() => GuidScalar, { nullable: true, description: 'Its GUID.' })
  guid?: Guid;
  @Field(() => String, { nullable: true, description: 'Its exact name.' })
  name?: string;
}

@InputType({ description: `Names a site. ${ONE}` })
export class SiteBy {
  @Field(() => ID, { nullable: true, description: 'Its opaque id.' })
  id?: string;
  @Field(() => GuidScalar, { nullable: true, description: 'Its GUID.' })
  guid?: Guid;
  @Field(() => String, { nullable: true, description: 'Its exact name.' })
  name?: string;
}

@InputType({ description: `Names a subnet. ${ONE}` })
export class SubnetBy {
  @Field(() => ID, { nullable: true, description: 'Its opaque id.' })
  id?: string;
  @Field(() => GuidScalar, { nullable: true, description: 'Its GUID.' })
  guid?: Guid;
  @Field(() => String, { nullable: true, description: 'Its network, for example 10.1.0.0/16.' })
  network?: string;
}

@InputType({ description: `Names a package server. ${ONE}` })
export class PackageServerBy {
  @Field(() => ID, { nullable: true, description: 'Its opaque id.' })
  id?: string;
  @Field(() => GuidScalar, { nullable: true, description: 'Its GUID.' })
  guid?: Guid;
  @Field(() => String, { nullable: true, description: 'Its exact name.' })
  name?: string;
}

@InputType({ description: `Names a computer. ${ONE}` })
export class ComputerBy {
  @Field(() => ID, { nullable: true, description: 'Its opaque id.' })
  id?: string;
  @Field(() => GuidScalar, { nullable: true, description: 'Its GUID (resource GUID).' })
  guid?: Guid;
  @Field(() => String, { nullable: true, description: 'Its exact name.' })
  name?: string;
}

@InputType({ description: 'One version of a package.' })
export class PackageVersionInput {
  @Field(() => ID, { description: 'The package, by id or GUID.' })
  packageId!: string;
  @Field(() => SafeInt, { description: 'Its internal version.' })
  internalVersion!: number;
}

@InputType({ description: `Names a snapshot. ${ONE}` })
export class SnapshotBy {
  @Field(() => ID, { nullable: true, description: 'Its opaque id.' })
  id?: string;
  @Field(() => ID, {
    nullable: true,
    description: 'The current one of this package, by id or GUID.',
  })
  packageId?: string;
  @Field(() => PackageVersionInput, { nullable: true, description: 'By package and version.' })
  version?: PackageVersionInput;
}

@InputType({ description: 'Which codebases; all given conditions must hold.' })
export class CodebaseFilter {
  @Field(() => ID, { nullable: true, description: 'Of this package, by id or GUID.' })
  packageId?: string;
  @Field(() => ID, { nullable: true, description: 'On this package server, by id or GUID.' })
  packageServerId?: string;
}

@InputType({ description: 'Who asks, as an agent would.' })
export class CodebaseRequestInput {
  @Field(() => PackageBy, {
    nullable: true,
    description: 'The package; may be left out where the field already belongs to one.',
  })
  package?: PackageBy;
  @Field(() => ID, {
    nullable: true,
    description: 'The asking computer or package server, by id or GUID; its addresses are known.',
  })
  computerId?: string;
  @Field(() => [String], {
    nullable: true,
    description: 'Addresses of the asker; they replace the known ones.',
  })
  addresses?: string[];
  @Field(() => Int, {
    defaultValue: 0,
    description: 'How long the agent has been trying, in minutes (legacy: totalTime).',
  })
  totalTimeMinutes!: number;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'No codebases of this management server (legacy: deny="Ns").',
  })
  denySmp!: boolean;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'No package servers outside the sites of the asker (legacy: deny="ExtPs").',
  })
  denyExternalPackageServers!: boolean;
}
