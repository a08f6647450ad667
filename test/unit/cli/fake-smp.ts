import { readFileSync } from 'node:fs';
import {
  buildSchema,
  execute,
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isListType,
  isObjectType,
  isScalarType,
  parse,
  validate,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import { answerJson, listen, type TestServer } from '../client-sdk/support.ts';

export const SCHEMA: GraphQLSchema = buildSchema(
  readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8'),
);

/** Values by `Type.field`, or by the name of a field of Query and Mutation. */
type Answers = Record<string, unknown>;

export interface FakeSmp extends TestServer {
  /** What was asked: root field and its variables. */
  readonly asked: { readonly query: string; readonly variables: Record<string, unknown> }[];
  readonly tokens: (string | undefined)[];
  answers: Answers;
  /** Requests without this token are refused. */
  token: string | undefined;
}

/**
 * A server that speaks the committed schema: documents are validated against it, what a test
 * does not answer itself is made up from the types.
 */
export async function startFakeSmp(): Promise<FakeSmp> {
  const asked: FakeSmp['asked'] = [];
  const tokens: FakeSmp['tokens'] = [];
  const server = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (request.url !== '/graphql') return void response.end('{"status":"ok"}');
    tokens.push(request.headers.authorization);
    if (smp.token && request.headers.authorization !== `Bearer ${smp.token}`) {
      const hint = 'Send "Authorization: Bearer <token>".';
      const extensions = { code: 'UNAUTHENTICATED', hint };
      const error = { message: 'A token is needed.', extensions };
      return answerJson(response, { errors: [error] }, { status: 401 });
    }
    const { query, variables } = JSON.parse(body) as FakeSmp['asked'][0];
    asked.push({ query, variables });
    answerJson(response, await run(query, variables, smp.answers));
  });
  const smp: FakeSmp = { ...server, asked, tokens, answers: {}, token: undefined };
  return smp;
}

async function run(query: string, variables: Record<string, unknown>, answers: Answers) {
  const document = parse(query);
  const errors = validate(SCHEMA, document);
  if (errors.length > 0) return { errors };
  return execute({
    schema: SCHEMA,
    document,
    variableValues: variables,
    fieldResolver: (source: Record<string, unknown> | undefined, _args, _context, info) => {
      if (source && info.fieldName in source) return source[info.fieldName];
      const { name } = info.parentType;
      const key = source === undefined ? info.fieldName : `${name}.${info.fieldName}`;
      const given = answers[key];
      if (given instanceof Error) throw given;
      return key in answers ? given : madeUp(info.returnType, info.fieldName);
    },
    typeResolver: (_value, _context, _info, type) => SCHEMA.getPossibleTypes(type)[0]!.name,
  });
}

function madeUp(type: GraphQLOutputType, field: string): unknown {
  if (field === 'userErrors' || field === 'problems') return [];
  if (field === 'endCursor') return null;
  const nullable = getNullableType(type);
  if (isListType(nullable)) return [madeUp(nullable.ofType as GraphQLOutputType, field)];
  const named = getNamedType(nullable);
  if (isObjectType(named) || isAbstractType(named)) return {};
  if (isEnumType(named)) return named.getValues()[0]!.value;
  if (!isScalarType(named)) throw new Error(`no value for ${String(type)}`);
  return SCALARS[named.name] ?? `${field} text`;
}

const SCALARS: Record<string, unknown> = {
  Boolean: false,
  Int: 7,
  Float: 1.5,
  SafeInt: 1_127_796_544,
  DateTimeISO: '2026-03-01T12:00:00.000Z',
  GUID: '46d50e6e-183c-4d15-9767-ee14ebea5ed4',
  JSONObject: { name: 'a name' },
};
