import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { isCanopyError, type CanopyError, type ErrorCode } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { publicError } from '../http/error-answer.ts';

/** Codes of the GraphQL engine → ours, so that one table covers every door. */
const ENGINE_CODES: { readonly [code: string]: ErrorCode } = {
  BAD_REQUEST: 'MALFORMED_REQUEST',
  BAD_USER_INPUT: 'INVALID_INPUT',
  GRAPHQL_PARSE_FAILED: 'MALFORMED_REQUEST',
  GRAPHQL_VALIDATION_FAILED: 'INVALID_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'INVALID_INPUT',
  PERSISTED_QUERY_NOT_FOUND: 'INVALID_INPUT',
  PERSISTED_QUERY_NOT_SUPPORTED: 'INVALID_INPUT',
  QUERY_TOO_COMPLEX: 'QUERY_TOO_COMPLEX',
};

/**
 * The error as it leaves: `extensions.code` is always of `core/errors.ts`, and what a resolver
 * threw by defect is masked as `INTERNAL`. {@link logDefects} writes down what was masked.
 */
export function formatError(
  formatted: GraphQLFormattedError,
  thrown: unknown,
): GraphQLFormattedError {
  const original = originalOf(thrown);
  if (isCanopyError(original)) return fromCanopyError(formatted, original);
  const code = isEngineError(original) ? engineCode(formatted) : undefined;
  if (code) return { ...formatted, extensions: { ...formatted.extensions, code } };
  const { locations, path } = formatted;
  const { message, problems } = publicError(undefined);
  return {
    message,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code: 'INTERNAL', hint: problems[0]?.hint },
  };
}

/** As {@link formatError}, for errors straight from graphql-js. */
export function formatErrors(errors: readonly GraphQLError[]): GraphQLFormattedError[] {
  return errors.map((error) => formatError(error.toJSON(), error));
}

/** Writes a log line for each error that the client sees only as `INTERNAL`. */
export function logDefects(
  errors: readonly GraphQLError[],
  { logger, requestId }: { readonly logger: Logger; readonly requestId: string },
): void {
  for (const error of errors) {
    if (formatError(error.toJSON(), error).extensions?.['code'] !== 'INTERNAL') continue;
    logger.error({ requestId, error: originalOf(error), path: error.path }, 'A resolver failed.');
  }
}

function isEngineError(original: unknown): boolean {
  return (original as { name?: unknown } | undefined)?.name === 'GraphQLError';
}

function fromCanopyError(
  { locations, path }: GraphQLFormattedError,
  error: CanopyError,
): GraphQLFormattedError {
  const { code, message, problems, retryAfterMs } = error;
  const hint = problems[0]?.hint;
  return {
    message,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: {
      code,
      problems,
      ...(hint !== undefined && { hint }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  };
}

/** `undefined` for what is not the client's doing. */
function engineCode({ message, extensions, path }: GraphQLFormattedError): ErrorCode | undefined {
  if (/more than \d+ tokens|more that \d+ tokens/.test(message)) return 'QUERY_TOO_COMPLEX';
  const code = extensions?.['code'];
  if (code === undefined) {
    if (path !== undefined) return undefined;
    return message.startsWith('Syntax Error') ? 'MALFORMED_REQUEST' : 'INVALID_INPUT';
  }
  return typeof code === 'string' ? ENGINE_CODES[code] : undefined;
}

/** The innermost cause; graphql-js may wrap an error more than once. */
function originalOf(thrown: unknown): unknown {
  let error = thrown;
  while ((error as GraphQLError | undefined)?.originalError) {
    error = (error as GraphQLError).originalError;
  }
  return error;
}
