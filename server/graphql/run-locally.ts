import { execute, GraphQLError, parse, print, type GraphQLSchema } from 'graphql';
import { CanopyError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { pruneOperation } from '../../hierarchy/remote/prune-operation.ts';
import type { LocalAnswer, RunLocally } from '../../hierarchy/remote/remote-ports.ts';
import { deadlineAfter } from '../../hierarchy/remote/time-budget.ts';
import { createContext } from '../../schema/context.ts';
import { LIMITS } from '../limits.ts';
import { withinDeadline } from './deadline.ts';
import { formatErrors, logDefects } from './format-error.ts';
import type { GraphqlService } from './graphql-service.ts';
import { DOCUMENTS_KEPT, operationHardener, PARSE_OPTIONS } from './hardened-operation.ts';

/**
 * Executes what a node above asks, and this node's own part of a tree query: the same limits as at
 * the doors, but for queries alone and without what this schema does not have.
 */
export function localRunner(
  service: GraphqlService,
  { logger, origin }: { readonly logger: Logger; readonly origin: string },
): RunLocally {
  const harden = operationHardener(service.schema);
  const known = new RecentMap<string, ReadableQuery>(DOCUMENTS_KEPT);
  const { catalogFor, hierarchyFor, services, schema, clock } = service;
  return async ({ query, variables, principal, timeoutMs: askedMs, signal }) => {
    const readable = known.get(query) ?? readQuery(schema, query);
    if (readable.error) return failed([readable.error], []);
    known.set(query, readable);
    const { text, prunedFields } = readable;
    if (text === undefined) return { data: {}, errors: [], prunedFields };
    const { document, errors } = harden({ query: text, variables });
    if (errors) return failed(errors, prunedFields);
    const timeoutMs = Math.min(askedMs, LIMITS.graphql.executionTimeoutMs);
    const due = deadlineAfter(clock, timeoutMs);
    // Nobody further down is asked for somebody who has gone.
    const deadline = { leftMs: () => (signal.aborted ? 0 : due.leftMs()) };
    const catalog = catalogFor(() => principal);
    const hierarchy = hierarchyFor(() => principal);
    const recheck = async (): Promise<void> => undefined;
    const contextValue = createContext({
      ...{ catalog, hierarchy, services, origin, logger, recheck, deadline },
    });
    contextValue.branches.variables = variables;
    const args = { schema, document, variableValues: variables, contextValue };
    try {
      const work = Promise.resolve(execute(args));
      const result = await withinDeadline(clock, work, timeoutMs);
      logDefects(result.errors ?? [], { logger, requestId: principal.name });
      const { data, errors: all } = contextValue.branches.graft({
        data: result.data,
        errors: formatErrors(result.errors ?? []),
      });
      return { data: data ?? undefined, errors: all ?? [], prunedFields };
    } catch (error) {
      return failed([asGraphqlError(error)], prunedFields);
    }
  };
}

/** What of a query can be asked here. */
interface ReadableQuery {
  /** `undefined` when nothing is left to ask. */
  readonly text: string | undefined;
  readonly prunedFields: readonly string[];
  readonly error?: undefined;
}

function readQuery(
  schema: GraphQLSchema,
  query: string,
): ReadableQuery | { readonly error: GraphQLError } {
  try {
    const written = parse(query, PARSE_OPTIONS);
    const isQuery = written.definitions.every(
      (one) => one.kind !== 'OperationDefinition' || one.operation === 'query',
    );
    if (isQuery) {
      const { document, prunedFields } = pruneOperation(schema, written);
      return { text: document === written ? query : document && print(document), prunedFields };
    }
    return {
      error: asGraphqlError(
        new CanopyError('FORBIDDEN', 'Servers above may read here and nothing else.'),
      ),
    };
  } catch (error) {
    return { error: error as GraphQLError };
  }
}

function failed(errors: readonly GraphQLError[], prunedFields: readonly string[]): LocalAnswer {
  return { data: undefined, errors: formatErrors(errors), prunedFields };
}

function asGraphqlError(error: unknown): GraphQLError {
  const originalError = error as Error;
  return new GraphQLError(originalError.message, { originalError });
}
