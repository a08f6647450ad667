import { ERRORS, isCanopyError, type ErrorCode } from '../core/errors.ts';
import { isSmpError } from '../client-sdk/src/smp-error.ts';

/** What a script can rely on; `docs/cli.md` has the table. */
export const EXIT = {
  OK: 0,
  FAILED: 1,
  /** Wrong usage, or the question was answered with no. */
  USAGE: 2,
  PARTLY_DONE: 3,
  SIGN_IN_NEEDED: 4,
  NOT_FOUND: 5,
  /** Something is in the way: a conflict, a missing precondition, no space. */
  CONFLICT: 6,
  TIMED_OUT: 124,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure of the command line's own, with its exit code. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

export function isCliError(error: unknown): error is CliError {
  return (
    typeof error === 'object' && error !== null && (error as { name?: unknown }).name === 'CliError'
  );
}

/** The one place that turns a failure into a number. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isCliError(error)) return error.exitCode;
  if (!isSmpError(error) && !isCanopyError(error)) return EXIT.FAILED;
  if (error.code === 'DEADLINE') return EXIT.TIMED_OUT;
  if (error.code === 'INVALID_INPUT') return EXIT.USAGE;
  const definition = ERRORS[error.code as ErrorCode] as { readonly status: number } | undefined;
  return BY_STATUS[definition?.status ?? 0] ?? EXIT.FAILED;
}

/** HTTP status of the error table → exit code; everything else failed. */
const BY_STATUS: { readonly [status: number]: ExitCode } = {
  401: EXIT.SIGN_IN_NEEDED,
  403: EXIT.SIGN_IN_NEEDED,
  404: EXIT.NOT_FOUND,
  409: EXIT.CONFLICT,
  422: EXIT.CONFLICT,
  504: EXIT.TIMED_OUT,
  507: EXIT.CONFLICT,
};
