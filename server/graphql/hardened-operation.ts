import {
  getOperationAST,
  GraphQLError,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';
import { RecentMap } from '../../core/recent-map.ts';
import { takeBranches } from '../../hierarchy/remote/take-branches.ts';
import { LIMITS } from '../limits.ts';
import { limitErrors } from './operation-limits.ts';

/** Shared by HTTP and WebSocket: what a text must be to be executed. */
export const PARSE_OPTIONS = { maxTokens: LIMITS.graphql.tokens };
export const VALIDATION_OPTIONS = { maxErrors: LIMITS.graphql.errors };

/** Documents that are kept by their text. */
export const DOCUMENTS_KEPT = 500;

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
}

export type HardenedOperation =
  | { readonly document: DocumentNode; readonly errors?: undefined }
  | { readonly document?: undefined; readonly errors: readonly GraphQLError[] };

/**
 * Parses, validates and measures operations; valid documents are kept. The answer's document is ready
 * to be executed: what other nodes are asked is taken out.
 */
export function operationHardener(
  schema: GraphQLSchema,
): (request: OperationRequest) => HardenedOperation {
  const valid = new RecentMap<string, DocumentNode>(DOCUMENTS_KEPT);

  const readDocument = (query: string): HardenedOperation => {
    const known = valid.get(query);
    if (known) return { document: known };
    const read = parseAndValidate(schema, query);
    if (read.document) valid.set(query, read.document);
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
