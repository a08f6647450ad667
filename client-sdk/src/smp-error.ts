/** One thing that is wrong with a request, as the SMP says it. */
export interface SmpProblem {
  readonly code: string;
  readonly message: string;
  /** Where in the input, outermost first; empty when it is the request as a whole. */
  readonly path: readonly string[];
  readonly hint?: string;
}

/**
 * What the client adds to the SMP's codes (`docs/errors.md`): `UNREACHABLE` no connection,
 * `DEADLINE` no answer within `timeoutMs`, `NOT_AN_SMP` an answer that is not GraphQL,
 * `INTERRUPTED` a subscription whose connection ended before it did.
 */
export type ClientErrorCode = 'UNREACHABLE' | 'DEADLINE' | 'NOT_AN_SMP' | 'INTERRUPTED';

/** A request that the SMP refused, or that never reached it. `problems` has at least one entry. */
export class SmpError extends Error {
  readonly code: string;
  readonly problems: readonly SmpProblem[];
  /** What the SMP asked to wait before a repetition. */
  readonly retryAfterMs: number | undefined;

  constructor(
    problems: readonly [SmpProblem, ...SmpProblem[]],
    options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(problems[0].message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SmpError';
    this.code = problems[0].code;
    this.problems = problems;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** The first cure that a problem brings. */
  get hint(): string | undefined {
    return this.problems.find((problem) => problem.hint)?.hint;
  }
}

/** Survives duplicated modules, which `instanceof` does not. */
export function isSmpError(error: unknown): error is SmpError {
  return (
    typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'SmpError'
  );
}

export function clientError(
  code: ClientErrorCode,
  message: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): SmpError {
  const { hint, cause } = options;
  return new SmpError([{ code, message, path: [], ...(hint ? { hint } : {}) }], { cause });
}

interface GraphqlErrorLike {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: { readonly [name: string]: unknown } | undefined;
}

/** The `errors` of a GraphQL answer, which has at least one. */
export function fromGraphqlErrors(
  errors: readonly GraphqlErrorLike[],
  retryAfterMs?: number,
): SmpError {
  const problems = errors.flatMap(problemsOf);
  return new SmpError(problems as [SmpProblem, ...SmpProblem[]], { retryAfterMs });
}

function problemsOf(error: GraphqlErrorLike): SmpProblem[] {
  const { code, hint, problems } = error.extensions ?? {};
  if (Array.isArray(problems) && problems.length > 0) return problems as SmpProblem[];
  return [
    {
      code: typeof code === 'string' ? code : 'INTERNAL',
      message: error.message,
      path: (error.path ?? []).map(String),
      ...(typeof hint === 'string' ? { hint } : {}),
    },
  ];
}

interface UserErrorLike {
  readonly code: string;
  readonly message: string;
  readonly path?: readonly string[] | null;
  readonly hint?: string | null;
}

/**
 * The payload of a mutation when it did what was asked; otherwise throws its `userErrors` as one
 * {@link SmpError}.
 */
export function accepted<P extends { readonly userErrors: readonly UserErrorLike[] }>(
  payload: P,
): P {
  const problems = payload.userErrors.map((error) => ({
    code: error.code,
    message: error.message,
    path: error.path ?? [],
    ...(error.hint ? { hint: error.hint } : {}),
  }));
  if (problems.length > 0) throw new SmpError(problems as [SmpProblem, ...SmpProblem[]]);
  return payload;
}
