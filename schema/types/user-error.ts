import { Field, InterfaceType, ObjectType } from 'type-graphql';
import type { ErrorCode } from '../../core/errors.ts';
import { ErrorCodeEnum } from '../enums.ts';
import type { Typed } from './node.ts';

@InterfaceType('UserError', {
  description: 'Something in the input that a person can put right. Nothing was changed.',
  resolveType: (value: Typed) => value.__typename,
})
export abstract class UserError {
  readonly __typename!: 'InputError' | 'NotFoundError' | 'ConflictError' | 'OperationError';
  @Field(() => ErrorCodeEnum, { description: 'For programs.' })
  code!: ErrorCode;
  @Field(() => String, { description: 'One sentence that names the value.' })
  message!: string;
  @Field(() => [String], {
    description: 'Where in the input, outermost first; empty when it is the input as a whole.',
  })
  path!: readonly string[];
  @Field(() => String, { nullable: true, description: 'The cure, in one sentence.' })
  hint!: string | null;
}

@ObjectType({
  implements: UserError,
  description: 'A value of the input is not allowed.',
  simpleResolvers: true,
})
export class InputError extends UserError {}

@ObjectType({
  implements: UserError,
  description: 'The input names an object that does not exist.',
  simpleResolvers: true,
})
export class NotFoundError extends UserError {}

@ObjectType({
  implements: UserError,
  description: 'Another object stands in the way: a name is taken, or the object is in use.',
  simpleResolvers: true,
})
export class ConflictError extends UserError {}

@ObjectType({
  implements: UserError,
  description: 'The input is right, but the state of the server or the source forbids it.',
  simpleResolvers: true,
})
export class OperationError extends UserError {}
