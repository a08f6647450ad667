import {
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { takeBranches } from '../../hierarchy/remote/take-branches.ts';
import { LIMITS } from '../limits.ts';
import { limitErrors } from './operation-limits.ts';

/** Shared by HTTP and WebSocket: what a text must be to be executed. */
export const PARSE_OPTIONS = { maxTokens: LIMITS.graphql.tokens };
export const VALIDATION_OPTIONS = { maxErrors: LIMITS.graphql.errors };

const MAX_CACHED_DOCUMENTS = 500;

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export type HardenedOperation =
  | { readonly document: DocumentNode; readonly errors?: undefined }
  | { readonly document?: undefined; readonly errors: readonly GraphQLError[] };

/**
 * Parses, validates and measures operations. Valid documents are kept by their text, as many as
 * {@link MAX_CACHED_DOCUMENTS}, the longest unused dropped first. The answer's document is ready to
 * be executed: what other nodes are asked is taken out.
 */
export function operationHardener(
  schema: GraphQLSchema,
): (request: OperationRequest) => HardenedOperation {
  const valid = new Map<string, DocumentNode>();

  const readDocument = (query: string): HardenedOperation => {
    const known = valid.get(query);
    if (known) {
      valid.delete(query);
      valid.set(query, known);
      return { document: known };
    }
    const read = parseAndValidate(schema, query);
    if (!read.document) return read;
    if (valid.size >= MAX_CACHED_DOCUMENTS) valid.delete(valid.keys().next().value!);
    valid.set(query, read.document);
    return read;
  };

  return ({ query, operationName, variables }) => {
    const read = readDocument(query);
    if (!read.document) return read;
    const { document } = read;
    const operation = getOperationAST(document, operationName);
    if (!operation) {
      return { errors: [new GraphQLError('operationName: there is no such single operation.')] };
    }
    const errors = limitErrors({ schema, document, operation, variables });
    return errors.length > 0 ? { errors } : { document: takeBranches(schema, document) };
  };
}

function parseAndValidate(schema: GraphQLSchema, query: string): HardenedOperation {
  let document: DocumentNode;
  try {
    document = parse(query, PARSE_OPTIONS);
  } catch (error) {
    if ((error as { name?: unknown }).name !== 'GraphQLError') throw error;
    return { errors: [error as GraphQLError] };
  }
  const errors = validate(schema, document, specifiedRules, VALIDATION_OPTIONS);
  return errors.length > 0 ? { errors } : { document };
}
