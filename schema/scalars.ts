import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { DateTimeISOResolver, JSONObjectResolver, SafeIntResolver } from 'graphql-scalars';
import { parseGuid, type Guid } from '../core/guid.ts';

/** Whole numbers up to 2^53 − 1: sizes, versions, revisions. */
export const SafeInt = new GraphQLScalarType({
  ...SafeIntResolver.toConfig(),
  name: 'SafeInt',
  description:
    'A whole number up to 2^53 − 1, written as a JSON number: sizes, versions, revisions.',
  specifiedByURL: undefined,
  extensions: {},
});

/** Reads and writes RFC 3339 text; milliseconds inside Canopy become `Date` in the mappers. */
export const DateTimeISO = new GraphQLScalarType({
  ...DateTimeISOResolver.toConfig(),
  description: 'A point in time as RFC 3339 text in UTC, for example 2026-03-01T12:00:00.000Z.',
});

export const JsonObject = new GraphQLScalarType({
  ...JSONObjectResolver.toConfig(),
  name: 'JSONObject',
  description: 'A JSON object.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

export const GuidScalar = new GraphQLScalarType<Guid, string>({
  name: 'GUID',
  description:
    'A GUID. Answered in lower case with hyphens and without braces; accepted in any letter case, ' +
    'with or without braces.',
  serialize: (value) => readGuid(value),
  parseValue: (value) => readGuid(value),
  parseLiteral: (node) => readGuid(node.kind === Kind.STRING ? node.value : undefined, node),
});

function readGuid(value: unknown, node?: ConstructorParameters<typeof GraphQLError>[1]): Guid {
  const guid = typeof value === 'string' ? parseGuid(value) : undefined;
  if (guid) return guid;
  const shown = JSON.stringify(value) ?? 'nothing';
  throw new GraphQLError(`Not a GUID: ${shown.slice(0, 80)}.`, node ?? undefined);
}

export const ChangeCursor = new GraphQLScalarType<string, string>({
  name: 'ChangeCursor',
  description:
    'A place in the change feed of this server. Opaque: keep it as it is and give it back as ' +
    '`after`. It stays valid across restarts.',
  serialize: (value) => readText(value),
  parseValue: (value) => readText(value),
  parseLiteral: (node) => readText(node.kind === Kind.STRING ? node.value : undefined),
});

function readText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('A change cursor is a string.');
}
