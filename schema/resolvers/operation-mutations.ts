import { Arg, Ctx, Field, Mutation, Resolver } from 'type-graphql';
import { requireRole } from '../../catalog/authority.ts';
import type { Settings } from '../../catalog/settings.ts';
import { CanopyError } from '../../core/errors.ts';
import type { GraphqlContext } from '../context.ts';
import {
  CancelJobInput,
  CreateApiTokenInput,
  RevokeApiTokenInput,
  RunScheduleInput,
} from '../inputs/mutations.ts';
import { guidOfReference } from '../node-id.ts';
import { mutate, payloadType } from '../payload.ts';
import { settingsNode, SettingsType, UpdateSettingsInput } from '../settings-fields.ts';
import { apiTokenNode, ApiTokenType, jobNode, JobNode } from '../types/operations.ts';

const INPUT = 'What to do.';

const UpdateSettingsPayload = payloadType(
  'UpdateSettingsPayload',
  'settings',
  () => SettingsType,
  'updateSettings did',
);
const RunSchedulePayload = payloadType(
  'RunSchedulePayload',
  'jobs',
  () => [JobNode],
  'runSchedule did',
);
const CancelJobPayload = payloadType('CancelJobPayload', 'job', () => JobNode, 'cancelJob did');
const CreateApiTokenPayload = payloadType(
  'CreateApiTokenPayload',
  'apiToken',
  () => ApiTokenType,
  'createApiToken did',
);
Field(() => String, {
  nullable: true,
  description: 'The bearer token. Shown only here; the server keeps a hash.',
})(CreateApiTokenPayload.prototype, 'secret');
const RevokeApiTokenPayload = payloadType(
  'RevokeApiTokenPayload',
  'apiToken',
  () => ApiTokenType,
  'revokeApiToken did',
);

@Resolver()
export class OperationMutationsResolver {
  @Mutation(() => UpdateSettingsPayload, { description: 'Changes settings of the server.' })
  updateSettings(
    @Arg('input', () => UpdateSettingsInput, { description: INPUT }) input: Partial<Settings>,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    const given = Object.entries(input).filter(([, value]) => value != null);
    const changes: Partial<Settings> = Object.fromEntries(given);
    return mutate(async () => ({ settings: settingsNode(await catalog.updateSettings(changes)) }));
  }

  @Mutation(() => RunSchedulePayload, { description: 'Runs a schedule now.' })
  runSchedule(
    @Arg('input', () => RunScheduleInput, { description: INPUT }) { name }: RunScheduleInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => ({ jobs: (await catalog.runSchedule(name)).map(jobNode) }));
  }

  @Mutation(() => CancelJobPayload, {
    description: 'Cancels a job; one that is finished is answered as it is.',
  })
  cancelJob(
    @Arg('input', () => CancelJobInput, { description: INPUT }) { id }: CancelJobInput,
    @Ctx() { catalog }: GraphqlContext,
  ): Promise<object> {
    return mutate(async () => {
      const job = await catalog.jobs.cancel(guidOfReference('job', id, ['id']));
      if (job) return { job: jobNode(job) };
      throw new CanopyError('NOT_FOUND', `id: there is no job ${id}.`, { path: ['id'] });
    });
  }

  @Mutation(() => CreateApiTokenPayload, { description: 'Makes a bearer token. Role ADMIN.' })
  createApiToken(
    @Arg('input', () => CreateApiTokenInput, { description: INPUT }) input: CreateApiTokenInput,
    @Ctx() { catalog, services }: GraphqlContext,
  ): Promise<object> {
    requireRole(catalog.principal, 'ADMIN');
    const { name, role, expiresAt } = input;
    return mutate(async () => {
      const expiresAtMs = expiresAt?.getTime();
      const { token, secret } = await services.apiTokens.create({ name, role, expiresAtMs });
      return { apiToken: apiTokenNode(token), secret };
    });
  }

  @Mutation(() => RevokeApiTokenPayload, {
    description: 'Ends a bearer token and its open streams. Role ADMIN.',
  })
  revokeApiToken(
    @Arg('input', () => RevokeApiTokenInput, { description: INPUT }) { id }: RevokeApiTokenInput,
    @Ctx() { catalog, services }: GraphqlContext,
  ): Promise<object> {
    requireRole(catalog.principal, 'ADMIN');
    return mutate(async () => {
      const token = await services.apiTokens.revoke(id);
      if (token) return { apiToken: apiTokenNode(token) };
      throw new CanopyError('NOT_FOUND', 'id: there is no such token.', { path: ['id'] });
    });
  }
}
