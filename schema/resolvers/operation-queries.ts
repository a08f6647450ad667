import { Arg, Ctx, ID, Int, Query, Resolver } from 'type-graphql';
import { requireRole } from '../../catalog/authority.ts';
import type { JobState } from '../../catalog/jobs.ts';
import { CanopyError } from '../../core/errors.ts';
import { readChanges } from '../../hierarchy/change-feed.ts';
import { changePageNode } from '../change-nodes.ts';
import { feedSource, type GraphqlContext } from '../context.ts';
import { JobStateEnum } from '../enums.ts';
import { guidOfReference } from '../node-id.ts';
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from '../paging.ts';
import { ChangeCursor } from '../scalars.ts';
import { settingsNode, SettingsType } from '../settings-fields.ts';
import { ChangePageType } from '../types/change.ts';
import {
  apiTokenNode,
  ApiTokenType,
  jobNode,
  JobNode,
  scheduleNode,
  ScheduleType,
  SqlResult,
  Viewer,
} from '../types/operations.ts';

const SQL_ROWS_MAX = 10_000;

@Resolver()
export class OperationQueriesResolver {
  @Query(() => Viewer, { description: 'Who this request acts for.' })
  viewer(@Ctx() { catalog }: GraphqlContext): Viewer {
    return catalog.principal;
  }

  @Query(() => ChangePageType, {
    description: 'A page of the change feed, without waiting. `Subscription.changes` waits.',
  })
  async changes(
    @Arg('after', () => ChangeCursor, { nullable: true, description: 'The present when absent.' })
    after: string | null,
    @Arg('first', () => Int, { defaultValue: 200, description: 'Changes at most; 1 to 200.' })
    first: number,
    @Ctx() context: GraphqlContext,
  ): Promise<ChangePageType> {
    const limit = within('first', first, PAGE_SIZE_MAX);
    const request = { after: after ?? undefined, limit };
    return changePageNode(await readChanges(feedSource(context), request));
  }

  @Query(() => JobNode, { nullable: true, description: 'One job.' })
  async job(
    @Arg('id', () => ID, { description: 'The job, by id or GUID.' }) id: string,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<JobNode | null> {
    const job = await catalog.jobs.get(guidOfReference('job', id, ['id']));
    return job ? jobNode(job) : null;
  }

  @Query(() => [JobNode], { description: 'Jobs, newest first.' })
  async jobs(
    @Arg('states', () => [JobStateEnum], { nullable: true, description: 'Only these states.' })
    states: JobState[] | null,
    @Arg('packageId', () => ID, {
      nullable: true,
      description: 'Only about this package, by id or GUID.',
    })
    packageId: string | null,
    @Arg('first', () => Int, {
      defaultValue: PAGE_SIZE_DEFAULT,
      description: 'Jobs at most; 1 to 200.',
    })
    first: number,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<JobNode[]> {
    const jobs = await catalog.jobs.list({
      limit: within('first', first, PAGE_SIZE_MAX),
      ...(states && { states }),
      ...(packageId != null && {
        subjectId: guidOfReference('package', packageId, ['packageId']),
      }),
    });
    return jobs.map(jobNode);
  }

  @Query(() => [ScheduleType], { description: 'Work that is done at set times.' })
  async schedules(@Ctx() { catalog }: GraphqlContext): Promise<ScheduleType[]> {
    return (await catalog.schedules()).map(scheduleNode);
  }

  @Query(() => SettingsType, { description: 'The settings of the server.' })
  settings(@Ctx() { catalog }: GraphqlContext): SettingsType {
    return settingsNode(catalog.settings);
  }

  @Query(() => [ApiTokenType], { description: 'Bearer tokens, without secrets. Role ADMIN.' })
  async apiTokens(@Ctx() { catalog, services }: GraphqlContext): Promise<ApiTokenType[]> {
    requireRole(catalog.principal, 'ADMIN');
    return (await services.apiTokens.list()).map(apiTokenNode);
  }

  @Query(() => SqlResult, {
    description: 'Rows of one SQL statement in a read-only transaction. Role ADMIN.',
  })
  async readOnlySql(
    @Arg('sql', () => String, { description: 'One statement, for example a SELECT.' })
    sql: string,
    @Arg('maxRows', () => Int, { defaultValue: 1000, description: 'Rows at most; 1 to 10,000.' })
    maxRows: number,
    @Ctx() { catalog, services }: GraphqlContext,
  ): Promise<SqlResult> {
    requireRole(catalog.principal, 'ADMIN');
    const limit = within('maxRows', maxRows, SQL_ROWS_MAX);
    const { columns, rows, truncated } = await services.readOnlyQuery(sql, { maxRows: limit });
    return { columns, rows: rows.map((row) => row.map(sqlText)), truncated };
  }
}

/** A value of the driver as text. */
function sqlText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function within(argument: string, value: number, max: number): number {
  if (value >= 1 && value <= max) return value;
  throw new CanopyError('INVALID_INPUT', `${argument}: ${value} is not in 1…${max}.`, {
    path: [argument],
  });
}
