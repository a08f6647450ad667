import { Field, ObjectType, type ClassType } from 'type-graphql';
import { isCanopyError, type ErrorCode, type Problem } from '../core/errors.ts';
import { UserError } from './types/user-error.ts';

/** Codes that say nothing of the input: they stay errors of the request. */
const REQUEST_ERRORS: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'BUSY',
  'NOT_READY',
  'TIMEOUT',
  'INTERNAL',
]);

const TYPE_OF_CODE: { readonly [C in ErrorCode]?: UserError['__typename'] } = {
  INVALID_INPUT: 'InputError',
  MALFORMED_REQUEST: 'InputError',
  PUBLICATION_TYPES_ALL_OFF: 'InputError',
  NOT_FOUND: 'NotFoundError',
  CONFLICT: 'ConflictError',
  STILL_IN_USE: 'ConflictError',
};

/** The payload type of a mutation: what changed (null after an error), and `userErrors`. */
export function payloadType(
  name: string,
  field: string,
  type: () => ClassType | [ClassType],
  description: string,
): ClassType {
  @ObjectType(name, { description: `What ${description}.`, simpleResolvers: true })
  class Payload {
    @Field(() => [UserError], {
      description: 'What is wrong with the input; empty when the mutation was done.',
    })
    userErrors!: UserError[];
  }
  Field(type, { nullable: true, description: 'As it is now; null when there are userErrors.' })(
    Payload.prototype,
    field,
  );
  return Payload;
}

/**
 * Runs a mutation. Errors about the input become `userErrors`, all others go on as errors of the
 * request.
 */
export async function mutate<T extends object>(
  work: () => Promise<T>,
): Promise<(T & { userErrors: readonly UserError[] }) | { userErrors: readonly UserError[] }> {
  try {
    return { userErrors: [], ...(await work()) };
  } catch (error) {
    if (!isCanopyError(error) || REQUEST_ERRORS.has(error.code)) throw error;
    return { userErrors: error.problems.map(userError) };
  }
}

export function userError(problem: Problem): UserError {
  return {
    __typename: TYPE_OF_CODE[problem.code] ?? 'OperationError',
    code: problem.code,
    message: problem.message,
    path: problem.path,
    hint: problem.hint ?? null,
  };
}
