import { defineEntity, p } from '@mikro-orm/core';
import type { EnrollmentToken } from '../../../catalog/enrollment-tokens.ts';
import type { Job } from '../../../catalog/jobs.ts';
import { guid, json, text, whole } from './columns.ts';

/** This server itself: one row. */
export const SmpEntity = defineEntity({
  name: 'Smp',
  tableName: 'smp',
  properties: {
    /** Always 1. */
    id: p.integer().primary(),
    guid: guid(),
    name: text(),
    publicKey: text(),
    publicUrl: text(),
    uncRoot: text(),
    bootCounter: whole(),
  },
});

export const ApiTokenEntity = defineEntity({
  name: 'ApiToken',
  tableName: 'api_token',
  properties: {
    id: guid().primary(),
    name: text(),
    role: text<'VIEWER' | 'OPERATOR' | 'ADMIN'>(),
    hash: text(),
    createdAtMs: whole(),
    expiresAtMs: whole().nullable(),
    revokedAtMs: whole().nullable(),
    lastUsedAtMs: whole().nullable(),
  },
});

export const EnrollmentTokenEntity = defineEntity({
  name: 'EnrollmentToken',
  tableName: 'enrollment_token',
  properties: {
    id: guid().primary(),
    kind: text<EnrollmentToken['kind']>(),
    packageServerId: guid().nullable(),
    secretHash: text(),
    createdAtMs: whole(),
    expiresAtMs: whole(),
    usedAtMs: whole().nullable(),
    usedBy: text().nullable(),
  },
});

export const JobEntity = defineEntity({
  name: 'Job',
  tableName: 'job',
  properties: {
    id: guid().primary(),
    kind: text<Job['kind']>(),
    subjectId: guid().nullable(),
    force: p.boolean(),
    state: text<Job['state']>(),
    done: whole(),
    total: whole(),
    unit: text<Job['unit']>(),
    filesDone: whole(),
    filesTotal: whole(),
    message: text(),
    problems: json<Job['problems']>(),
    attempts: whole(),
    createdAtMs: whole(),
    startedAtMs: whole().nullable(),
    heartbeatAtMs: whole().nullable(),
    finishedAtMs: whole().nullable(),
  },
});

export const QuarantineEntity = defineEntity({
  name: 'Quarantine',
  tableName: 'quarantine',
  properties: {
    id: whole().primary().autoincrement(),
    receivedAtMs: whole(),
    remoteAddress: text(),
    door: text(),
    reason: text(),
    body: text(),
  },
});

export const ScheduleStateEntity = defineEntity({
  name: 'ScheduleState',
  tableName: 'schedule_state',
  properties: {
    name: text().primary(),
    lastJobId: guid().nullable(),
    lastRunAtMs: whole().nullable(),
    nextRunAtMs: whole().nullable(),
  },
});

export const RECORD_ENTITIES = [
  SmpEntity,
  ApiTokenEntity,
  EnrollmentTokenEntity,
  JobEntity,
  QuarantineEntity,
  ScheduleStateEntity,
];
