/**
 * A GraphQL document as text that knows its result and variables; the generated
 * `TypedDocumentString` has this shape.
 */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  readonly __apiType?: (variables: Variables) => Result;
}

/** Variables may be left out when the document needs none. */
export type VariablesOf<Variables> =
  Record<string, never> extends Variables ? [variables?: Variables] : [variables: Variables];

/** A mutation may not be repeated blindly. */
export function isMutation(document: TypedDocument<unknown, never>): boolean {
  return /^\s*mutation\b/.test(document.toString());
}
