import { Field, ID, InputType, Int } from 'type-graphql';
import type { AssignmentMode, PackagePriority, PackageServerKind } from '../../catalog/model.ts';
import type { Role } from '../../catalog/authority.ts';
import type { Guid } from '../../core/guid.ts';
import {
  AssignmentModeEnum,
  PackageServerKindEnum,
  PriorityEnum,
  RoleEnum,
  SourceKindEnum,
} from '../enums.ts';
import { DateTimeISO, GuidScalar } from '../scalars.ts';

const GIVEN_GUID = 'Taken over from another console; made when absent.';

@InputType({ description: 'Where the files of a package are read from.' })
export class PackageSourceInput {
  @Field(() => SourceKindEnum, { description: 'Kind of the source.' })
  kind!: keyof typeof SourceKindEnum;
  @Field(() => String, { nullable: true, description: 'Folder; for LOCAL and UNC.' })
  path?: string | null;
  @Field(() => String, { nullable: true, description: 'Base URL; for URL.' })
  url?: string | null;
  @Field(() => String, {
    nullable: true,
    description: 'For URL: where this server can read the files behind it. Without: unverified.',
  })
  directory?: string | null;
}

@InputType({ description: 'Fields of a package; absent ones stay as they are.' })
export class PackageFieldsInput {
  @Field(() => String, { nullable: true, description: 'Unique name.' })
  name?: string | null;
  @Field(() => String, { nullable: true, description: 'Free text.' })
  description?: string | null;
  @Field(() => String, { nullable: true, description: 'Free version text; never compared.' })
  version?: string | null;
  @Field(() => PackageSourceInput, { nullable: true, description: 'Where the files are.' })
  source?: PackageSourceInput | null;
  @Field(() => PriorityEnum, { nullable: true, description: 'Download priority.' })
  priority?: PackagePriority | null;
  @Field(() => Boolean, { nullable: true, description: 'Agents may use multicast.' })
  enableMulticast?: boolean | null;
  @Field(() => Int, {
    nullable: true,
    description: 'Agents delete the files when unused for so many minutes (legacy: CleanupAfter).',
  })
  cleanupAfterMinutes?: number | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Legacy behaviour: offer a new version before a source near the asker has it.',
  })
  announceBeforeReady?: boolean | null;
  @Field(() => Boolean, { nullable: true, description: 'Whether it is offered at all.' })
  enabled?: boolean | null;
}

@InputType({ description: 'A new package.' })
export class CreatePackageInput extends PackageFieldsInput {
  @Field(() => GuidScalar, { nullable: true, description: GIVEN_GUID })
  guid?: Guid | null;
  @Field(() => String, { description: 'Unique name.' })
  declare name: string;
  @Field(() => PackageSourceInput, { description: 'Where the files are.' })
  declare source: PackageSourceInput;
}

@InputType({ description: 'A change of a package.' })
export class UpdatePackageInput extends PackageFieldsInput {
  @Field(() => ID, { description: 'The package, by id or GUID.' })
  id!: string;
}

@InputType({ description: "A package of the parent's." })
export class ResetPackageOverlayInput {
  @Field(() => ID, { description: 'The package, by id or GUID.' })
  packageId!: string;
}

@InputType({ description: 'The object to delete.' })
export class DeleteInput {
  @Field(() => ID, { description: 'The object, by id or GUID.' })
  id!: string;
}

@InputType({ description: 'How package servers get a package.' })
export class SetPackageServerAssignmentInput {
  @Field(() => ID, { description: 'The package, by id or GUID.' })
  packageId!: string;
  @Field(() => AssignmentModeEnum, { description: 'The mode.' })
  mode!: AssignmentMode;
  @Field(() => [ID], { nullable: true, description: 'For INDIVIDUALLY: the package servers.' })
  packageServerIds?: string[] | null;
  @Field(() => [ID], { nullable: true, description: 'For SITE and AUTOMATIC: the sites.' })
  siteIds?: string[] | null;
}

@InputType({ description: 'A package and computers.' })
export class PackageComputersInput {
  @Field(() => ID, { description: 'The package, by id or GUID.' })
  packageId!: string;
  @Field(() => [ID], { description: 'The computers, by id or GUID.' })
  computerIds!: string[];
}

@InputType({ description: 'Whose sources are read again.' })
export class UpdateDistributionPointsInput {
  @Field(() => [ID], {
    nullable: true,
    description: 'Packages by id or GUID; all packages with a source when absent.',
  })
  packageIds?: string[] | null;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Raise the version even when the tree did not change.',
  })
  force!: boolean;
}

@InputType({ description: 'Fields of a site; absent ones stay as they are.' })
export class SiteFieldsInput {
  @Field(() => String, { nullable: true, description: 'Unique name.' })
  name?: string | null;
  @Field(() => String, { nullable: true, description: 'Free text.' })
  description?: string | null;
}

@InputType({ description: 'A new site.' })
export class CreateSiteInput extends SiteFieldsInput {
  @Field(() => GuidScalar, { nullable: true, description: GIVEN_GUID })
  guid?: Guid | null;
  @Field(() => String, { description: 'Unique name.' })
  declare name: string;
}

@InputType({ description: 'A change of a site.' })
export class UpdateSiteInput extends SiteFieldsInput {
  @Field(() => ID, { description: 'The site, by id or GUID.' })
  id!: string;
}

@InputType({ description: 'Fields of a subnet; absent ones stay as they are.' })
export class SubnetFieldsInput {
  @Field(() => String, {
    nullable: true,
    description: 'CIDR (10.1.0.0/16, 2001:db8::/32) or address and mask (10.1.0.0/255.255.0.0).',
  })
  network?: string | null;
  @Field(() => String, { nullable: true, description: 'Name, for people.' })
  name?: string | null;
  @Field(() => ID, {
    nullable: true,
    description: 'The site it belongs to, by id or GUID; null takes it out of its site.',
  })
  siteId?: string | null;
}

@InputType({ description: 'A new subnet.' })
export class CreateSubnetInput extends SubnetFieldsInput {
  @Field(() => GuidScalar, { nullable: true, description: GIVEN_GUID })
  guid?: Guid | null;
  @Field(() => String, { description: 'CIDR, or address and mask.' })
  declare network: string;
}

@InputType({ description: 'A change of a subnet.' })
export class UpdateSubnetInput extends SubnetFieldsInput {
  @Field(() => ID, { description: 'The subnet, by id or GUID.' })
  id!: string;
}

@InputType({ description: 'A subnet and its site (SMC: "Assign Subnet to Site").' })
export class AssignSubnetToSiteInput {
  @Field(() => ID, { description: 'The subnet, by id or GUID.' })
  subnetId!: string;
  @Field(() => ID, {
    nullable: true,
    description: 'The site, by id or GUID; null takes the subnet out of its site.',
  })
  siteId?: string | null;
}

@InputType({ description: 'Fields of a computer; absent ones stay as they are.' })
export class ComputerFieldsInput {
  @Field(() => String, { nullable: true, description: 'Host name.' })
  name?: string | null;
  @Field(() => String, { nullable: true, description: 'Domain.' })
  domain?: string | null;
  @Field(() => [String], { nullable: true, description: 'IPv4 and IPv6 addresses.' })
  addresses?: string[] | null;
  @Field(() => [ID], { nullable: true, description: 'Sites it is assigned to by hand.' })
  manualSiteIds?: string[] | null;
}

@InputType({ description: 'A new computer.' })
export class CreateComputerInput extends ComputerFieldsInput {
  @Field(() => GuidScalar, { nullable: true, description: GIVEN_GUID })
  guid?: Guid | null;
  @Field(() => String, { description: 'Host name.' })
  declare name: string;
}

@InputType({ description: 'A change of a computer.' })
export class UpdateComputerInput extends ComputerFieldsInput {
  @Field(() => ID, { description: 'The computer, by id or GUID.' })
  id!: string;
}

@InputType({ description: 'Kinds of codebase; at least one is on.' })
export class PublicationTypesInput {
  @Field(() => Boolean, { description: 'UNC codebases.' })
  unc!: boolean;
  @Field(() => Boolean, { description: 'HTTP codebases.' })
  http!: boolean;
  @Field(() => Boolean, { description: 'HTTPS codebases.' })
  https!: boolean;
}

@InputType({ description: 'Fields of a package server; absent ones stay as they are.' })
export class PackageServerFieldsInput {
  @Field(() => String, { nullable: true, description: 'Unique name.' })
  name?: string | null;
  @Field(() => PackageServerKindEnum, { nullable: true, description: 'Canopy or legacy.' })
  kind?: PackageServerKind | null;
  @Field(() => Boolean, {
    nullable: true,
    description: 'Fetches only within its own site (legacy: Constrained).',
  })
  constrained?: boolean | null;
  @Field(() => Boolean, { nullable: true, description: 'Whether it is offered at all.' })
  enabled?: boolean | null;
  @Field(() => [String], { nullable: true, description: 'Its addresses; they derive its sites.' })
  addresses?: string[] | null;
  @Field(() => [String], { nullable: true, description: 'Its host names.' })
  hostNames?: string[] | null;
  @Field(() => String, { nullable: true, description: 'Base of its HTTP codebases; "" for none.' })
  httpUrl?: string | null;
  @Field(() => String, { nullable: true, description: 'Base of its HTTPS codebases; "" for none.' })
  httpsUrl?: string | null;
  @Field(() => String, { nullable: true, description: 'Base of its UNC codebases; "" for none.' })
  uncRoot?: string | null;
  @Field(() => PublicationTypesInput, {
    nullable: true,
    description: 'What it publishes; null follows the settings of the server.',
  })
  publicationTypes?: PublicationTypesInput | null;
}

@InputType({ description: 'A new package server.' })
export class CreatePackageServerInput extends PackageServerFieldsInput {
  @Field(() => GuidScalar, { nullable: true, description: GIVEN_GUID })
  guid?: Guid | null;
  @Field(() => String, { description: 'Unique name.' })
  declare name: string;
}

@InputType({ description: 'A change of a package server.' })
export class UpdatePackageServerInput extends PackageServerFieldsInput {
  @Field(() => ID, { description: 'The package server, by id or GUID.' })
  id!: string;
}

@InputType({ description: 'A package server and a site.' })
export class PackageServerSiteInput {
  @Field(() => ID, { description: 'The package server, by id or GUID.' })
  packageServerId!: string;
  @Field(() => ID, { description: 'The site, by id or GUID.' })
  siteId!: string;
}

@InputType({ description: 'A schedule to run now.' })
export class RunScheduleInput {
  @Field(() => String, { description: 'Its name, as in `schedules`.' })
  name!: string;
}

@InputType({ description: 'A job to cancel.' })
export class CancelJobInput {
  @Field(() => ID, { description: 'The job, by id or GUID.' })
  id!: string;
}

@InputType({ description: 'A new bearer token.' })
export class CreateApiTokenInput {
  @Field(() => String, { description: 'Who or what it is for.' })
  name!: string;
  @Field(() => RoleEnum, { description: 'What it may do.' })
  role!: Role;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it ends; never when absent.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'A bearer token to revoke.' })
export class RevokeApiTokenInput {
  @Field(() => ID, { description: 'Its id, as in `apiTokens`.' })
  id!: string;
}
