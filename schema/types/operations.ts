import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../catalog/authority.ts';
import type { Job, JobKind, JobState, JobUnit, Schedule } from '../../catalog/jobs.ts';
import type { Guid } from '../../core/guid.ts';
import { JobKindEnum, JobStateEnum, JobUnitEnum, RoleEnum } from '../enums.ts';
import { nodeId } from '../node-id.ts';
import { userError } from '../payload.ts';
import { DateTimeISO, GuidScalar, SafeInt } from '../scalars.ts';
import { NodeInterface } from './node.ts';
import { UserError } from './user-error.ts';

@ObjectType('Job', {
  implements: NodeInterface,
  description: 'Long work, as people see it.',
  simpleResolvers: true,
})
export class JobNode extends NodeInterface {
  readonly __typename!: 'Job';
  readonly item!: Job;
  @Field(() => GuidScalar, { description: 'Its GUID.' })
  guid!: Guid;
  @Field(() => JobKindEnum, { description: 'What it does.' })
  kind!: JobKind;
  @Field(() => JobStateEnum, { description: 'State.' })
  state!: JobState;
  @Field(() => SafeInt, { description: 'How much is done, in units.' })
  done!: number;
  @Field(() => SafeInt, { description: 'How much there is, in units; 0 while unknown.' })
  total!: number;
  @Field(() => JobUnitEnum, { description: 'What done and total count.' })
  unit!: JobUnit;
  @Field(() => SafeInt, { description: 'Files done; 0 when the job does not count files.' })
  filesDone!: number;
  @Field(() => SafeInt, { description: 'Files in all; 0 when the job does not count files.' })
  filesTotal!: number;
  @Field(() => String, { description: 'What is happening or what came out.' })
  message!: string;
  @Field(() => [UserError], { description: 'What went wrong.' })
  problems!: UserError[];
  @Field(() => Int, { description: 'How often it was started.' })
  attempts!: number;
  @Field(() => DateTimeISO, { description: 'When it was queued.' })
  createdAt!: Date;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it was started.' })
  startedAt!: Date | null;
  @Field(() => DateTimeISO, { nullable: true, description: 'Last sign of life.' })
  heartbeatAt!: Date | null;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it ended.' })
  finishedAt!: Date | null;
}

const dateOrNull = (ms: number | undefined): Date | null =>
  ms === undefined ? null : new Date(ms);

export function jobNode(item: Job): JobNode {
  return {
    __typename: 'Job',
    item,
    id: nodeId('job', item.id),
    guid: item.id,
    kind: item.kind,
    state: item.state,
    done: item.done,
    total: item.total,
    unit: item.unit,
    filesDone: item.filesDone,
    filesTotal: item.filesTotal,
    message: item.message,
    problems: item.problems.map(userError),
    attempts: item.attempts,
    createdAt: new Date(item.createdAtMs),
    startedAt: dateOrNull(item.startedAtMs),
    heartbeatAt: dateOrNull(item.heartbeatAtMs),
    finishedAt: dateOrNull(item.finishedAtMs),
  };
}

@ObjectType('Schedule', {
  description: 'Work that is done at set times, under its legacy name.',
  simpleResolvers: true,
})
export class ScheduleType {
  @Field(() => String, { description: 'Its name, for example "NS.Package Refresh".' })
  name!: string;
  @Field(() => String, { description: 'What it does.' })
  description!: string;
  @Field(() => DateTimeISO, { nullable: true, description: 'Next run; null: switched off.' })
  nextRunAt!: Date | null;
  @Field(() => ID, { nullable: true, description: 'The job of its last run.' })
  lastJobId!: string | null;
}

export function scheduleNode(schedule: Schedule): ScheduleType {
  const { name, description, nextRunAtMs, lastJobId } = schedule;
  return {
    name,
    description,
    nextRunAt: dateOrNull(nextRunAtMs),
    lastJobId: lastJobId === undefined ? null : nodeId('job', lastJobId),
  };
}

@ObjectType('ApiToken', {
  description: 'A bearer token, without its secret.',
  simpleResolvers: true,
})
export class ApiTokenType {
  @Field(() => ID, { description: 'Its id; not the secret.' })
  id!: string;
  @Field(() => String, { description: 'Who or what it is for.' })
  name!: string;
  @Field(() => RoleEnum, { description: 'What it may do.' })
  role!: Role;
  @Field(() => DateTimeISO, { description: 'When it was created.' })
  createdAt!: Date;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it ends; null: never.' })
  expiresAt!: Date | null;
  @Field(() => DateTimeISO, { nullable: true, description: 'When it was revoked.' })
  revokedAt!: Date | null;
}

/** A token as the server keeps it. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
}

export function apiTokenNode(token: ApiToken): ApiTokenType {
  return {
    id: token.id,
    name: token.name,
    role: token.role,
    createdAt: new Date(token.createdAtMs),
    expiresAt: dateOrNull(token.expiresAtMs),
    revokedAt: dateOrNull(token.revokedAtMs),
  };
}

@ObjectType({ description: 'Who this request acts for.', simpleResolvers: true })
export class Viewer {
  @Field(() => String, { description: 'Name of the token.' })
  name!: string;
  @Field(() => RoleEnum, { description: 'What it may do.' })
  role!: Role;
}

@ObjectType({ description: 'Rows of a read-only SQL statement.', simpleResolvers: true })
export class SqlResult {
  @Field(() => [String], { description: 'Column names, in order.' })
  columns!: readonly string[];
  @Field(() => [[String]], {
    nullable: 'items',
    description: 'Values as text, in the order of the columns; null for SQL NULL.',
  })
  rows!: readonly (readonly (string | null)[])[];
  @Field(() => Boolean, { description: 'There were more rows than maxRows.' })
  truncated!: boolean;
}
