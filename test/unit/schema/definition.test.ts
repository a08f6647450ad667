// The published schema: committed text is what the code builds, and everything in it is described.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { buildGraphqlSchema, printSchemaDefinition } from '../../../schema/build.ts';
import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from '../../../schema/paging.ts';
import { LIMITS } from '../../../server/limits.ts';

const schema = buildGraphqlSchema();
const own = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

test('schema/schema.graphql is what the code builds (npm run schema writes it)', () => {
  const path = join(import.meta.dirname, '..', '..', '..', 'schema', 'schema.graphql');
  expect(readFileSync(path, 'utf8')).toBe(printSchemaDefinition(schema));
});

test('every type, field, argument and value has a description', () => {
  const roots = ['Query', 'Mutation', 'Subscription'];
  const silent: string[] = [];
  const look = (name: string, described: { description?: string | null | undefined }): void => {
    if (!described.description) silent.push(name);
  };
  for (const type of own) {
    if (!roots.includes(type.name)) look(type.name, type);
    if (isEnumType(type)) {
      for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
    }
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field);
      if (!('args' in field)) continue;
      for (const arg of field.args) look(`${type.name}.${field.name}(${arg.name})`, arg);
    }
  }
  expect(own.length).toBeGreaterThan(100);
  expect(silent).toEqual([]);
});

test('every connection is one of Relay', () => {
  const connections = own.filter((type) => type.name.endsWith('Connection'));
  expect(connections.length).toBeGreaterThan(8);
  for (const type of connections) {
    const name = type.name.slice(0, -'Connection'.length);
    const fields = isObjectType(type) ? type.getFields() : {};
    expect(String(fields['pageInfo']?.type)).toBe('PageInfo!');
    expect(String(fields['edges']?.type)).toBe(`[${name}Edge!]!`);
    expect(String(fields['nodes']?.type)).toBe(`[${name}!]!`);
  }
});

test('look-ups take exactly one key', () => {
  const lookUps = own.filter((type) => /By$/.test(type.name));
  expect(lookUps.map((type) => isInputObjectType(type) && type.isOneOf)).toEqual(
    lookUps.map(() => true),
  );
});

test('page sizes are those of the limits', () => {
  expect([PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX]).toEqual([
    LIMITS.graphql.pageSizeDefault,
    LIMITS.graphql.pageSizeMax,
  ]);
});
