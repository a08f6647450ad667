import { Field, ID, InputType, type ClassType } from 'type-graphql';
import type { Guid } from '../../core/guid.ts';
import {
  AssignmentModeEnum,
  HoldingStatusEnum,
  OriginEnum,
  PackageServerKindEnum,
  SourceStateEnum,
} from '../enums.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';

const EQ = 'Equal to this.';
const IN = 'Equal to one of these; an empty list matches nothing.';

@InputType({ description: 'Conditions on a text; all given ones must hold.' })
export class StringFilter {
  @Field(() => String, { nullable: true, description: EQ })
  eq?: string;
  @Field(() => [String], { nullable: true, description: IN })
  in?: string[];
  @Field(() => String, { nullable: true, description: 'Contains this, in any letter case.' })
  contains?: string;
  @Field(() => String, { nullable: true, description: 'Starts with this, in any letter case.' })
  startsWith?: string;
}

@InputType({ description: 'Conditions on a GUID.' })
export class GuidFilter {
  @Field(() => GuidScalar, { nullable: true, description: EQ })
  eq?: Guid;
  @Field(() => [GuidScalar], { nullable: true, description: IN })
  in?: Guid[];
}

@InputType({ description: 'Conditions on a reference, by id or GUID.' })
export class IdFilter {
  @Field(() => ID, { nullable: true, description: EQ })
  eq?: string;
  @Field(() => [ID], { nullable: true, description: IN })
  in?: string[];
}

@InputType({ description: 'Conditions on yes or no.' })
export class BooleanFilter {
  @Field(() => Boolean, { nullable: true, description: EQ })
  eq?: boolean;
}

@InputType({ description: 'Conditions on a whole number; all given ones must hold.' })
export class IntFilter {
  @Field(() => SafeInt, { nullable: true, description: EQ })
  eq?: number;
  @Field(() => [SafeInt], { nullable: true, description: IN })
  in?: number[];
  @Field(() => SafeInt, { nullable: true, description: 'Greater than this.' })
  gt?: number;
  @Field(() => SafeInt, { nullable: true, description: 'This or greater.' })
  gte?: number;
  @Field(() => SafeInt, { nullable: true, description: 'Less than this.' })
  lt?: number;
  @Field(() => SafeInt, { nullable: true, description: 'This or less.' })
  lte?: number;
}

@InputType({ description: 'Conditions on a point in time; all given ones must hold.' })
export class DateTimeFilter {
  @Field(() => DateTimeISO, { nullable: true, description: 'After this.' })
  gt?: Date;
  @Field(() => DateTimeISO, { nullable: true, description: 'At this or after.' })
  gte?: Date;
  @Field(() => DateTimeISO, { nullable: true, description: 'Before this.' })
  lt?: Date;
  @Field(() => DateTimeISO, { nullable: true, description: 'At this or before.' })
  lte?: Date;
}

function enumFilter(name: string, values: object): ClassType<{ eq?: string; in?: string[] }> {
  @InputType(name, { description: 'Conditions on a value of a fixed list.' })
  class EnumFilter {
    @Field(() => values, { nullable: true, description: EQ })
    eq?: string;
    @Field(() => [values], { nullable: true, description: IN })
    in?: string[];
  }
  return EnumFilter;
}

const SourceStateFilter = enumFilter('SourceStateFilter', SourceStateEnum);
const AssignmentModeFilter = enumFilter('AssignmentModeFilter', AssignmentModeEnum);
const OriginFilter = enumFilter('OriginFilter', OriginEnum);
const PackageServerKindFilter = enumFilter('PackageServerKindFilter', PackageServerKindEnum);
const HoldingStatusFilter = enumFilter('PackageStatusStateFilter', HoldingStatusEnum);

@InputType({ description: 'Which packages; all given conditions must hold.' })
export class PackageFilter {
  @Field(() => GuidFilter, { nullable: true, description: 'By GUID.' })
  guid?: GuidFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => StringFilter, {
    nullable: true,
    description: "By the administrator's version text.",
  })
  version?: StringFilter;
  @Field(() => IntFilter, { nullable: true, description: 'By internal version.' })
  internalVersion?: IntFilter;
  @Field(() => SourceStateFilter, { nullable: true, description: 'By state of the source.' })
  sourceState?: InstanceType<typeof SourceStateFilter>;
  @Field(() => AssignmentModeFilter, { nullable: true, description: 'By assignment mode.' })
  assignmentMode?: InstanceType<typeof AssignmentModeFilter>;
  @Field(() => BooleanFilter, { nullable: true, description: 'Switched on or off.' })
  enabled?: BooleanFilter;
  @Field(() => OriginFilter, { nullable: true, description: 'Written here or replicated.' })
  origin?: InstanceType<typeof OriginFilter>;
  @Field(() => DateTimeFilter, { nullable: true, description: 'By time of the last change.' })
  updatedAt?: DateTimeFilter;
}

@InputType({ description: 'Which sites; all given conditions must hold.' })
export class SiteFilter {
  @Field(() => GuidFilter, { nullable: true, description: 'By GUID.' })
  guid?: GuidFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
}

@InputType({ description: 'Which subnets; all given conditions must hold.' })
export class SubnetFilter {
  @Field(() => GuidFilter, { nullable: true, description: 'By GUID.' })
  guid?: GuidFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By the site it belongs to.' })
  site?: IdFilter;
}

@InputType({ description: 'Which package servers; all given conditions must hold.' })
export class PackageServerFilter {
  @Field(() => GuidFilter, { nullable: true, description: 'By GUID.' })
  guid?: GuidFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => PackageServerKindFilter, { nullable: true, description: 'By kind.' })
  kind?: InstanceType<typeof PackageServerKindFilter>;
  @Field(() => BooleanFilter, { nullable: true, description: 'Constrained or not.' })
  constrained?: BooleanFilter;
  @Field(() => BooleanFilter, { nullable: true, description: 'Switched on or off.' })
  enabled?: BooleanFilter;
}

@InputType({ description: 'Which computers; all given conditions must hold.' })
export class ComputerFilter {
  @Field(() => GuidFilter, { nullable: true, description: 'By GUID.' })
  guid?: GuidFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By name.' })
  name?: StringFilter;
  @Field(() => StringFilter, { nullable: true, description: 'By domain.' })
  domain?: StringFilter;
}

@InputType({ description: 'Which package statuses; all given conditions must hold.' })
export class PackageStatusFilter {
  @Field(() => IdFilter, { nullable: true, description: 'By package.' })
  package?: IdFilter;
  @Field(() => IdFilter, { nullable: true, description: 'By package server.' })
  packageServer?: IdFilter;
  @Field(() => HoldingStatusFilter, { nullable: true, description: 'By state.' })
  state?: InstanceType<typeof HoldingStatusFilter>;
  @Field(() => DateTimeFilter, { nullable: true, description: 'In this state since.' })
  since?: DateTimeFilter;
}
