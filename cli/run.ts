import { isSmpError } from '../client-sdk/src/index.ts';
import { isCanopyError } from '../core/errors.ts';
import { exitCodeOf, EXIT, isCliError, type ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

/** Runs one command line, without the program's name. Never throws: it reports and answers. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  const program = createProgram(io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.OK;
  } catch (error) {
    const { code, exitCode } = error as { code?: unknown; exitCode?: unknown };
    if (typeof code === 'string' && code.startsWith('commander.')) {
      return exitCode === 0 ? EXIT.OK : EXIT.USAGE;
    }
    if (io.signal.aborted) {
      io.stderr.write('\nStopped.\n');
      return EXIT.USAGE;
    }
    report(io, error, Boolean(program.opts<{ debug?: boolean }>().debug));
    return exitCodeOf(error);
  }
}

/** One sentence, every cause, the next command. */
function report(io: Io, error: unknown, debug: boolean): void {
  io.stderr.write(`canopy: ${sentence(error)}\n`);
  for (const line of details(error)) io.stderr.write(`  ${line}\n`);
  if (debug) io.stderr.write(`${trace(error)}\n`);
  else if (isDefect(error)) io.stderr.write('  The trace: repeat the command with --debug\n');
}

/** The message; the field it is about, unless the message names it. */
function sentence(error: unknown): string {
  const { message } = error as { message?: unknown };
  if (typeof message !== 'string' || message === '') return String(error);
  if (!isSmpError(error) && !isCanopyError(error)) return message;
  const field = error.problems.length === 1 ? error.problems[0]!.path.join('.') : '';
  return field === '' || message.includes(field) ? message : `${field}: ${message}`;
}

function details(error: unknown): string[] {
  if (isCliError(error)) return error.hint ? [error.hint] : [];
  if (!isSmpError(error) && !isCanopyError(error)) return [];
  const { problems } = error;
  const listed = problems.map(({ path, message }) =>
    ['-', ...(path.length > 0 ? [`${path.join('.')}:`] : []), message].join(' '),
  );
  const hints = new Set(problems.flatMap(({ hint }) => hint ?? []));
  const next = NEXT[error.code];
  const isSaidForHttp = error.code === 'UNAUTHENTICATED';
  if (isSaidForHttp) hints.clear();
  if (hints.size === 0 && next) hints.add(next);
  return [...(problems.length > 1 ? listed : []), ...hints];
}

/** What to type next when the server names no cure, or one that is none at a shell. */
const NEXT: { readonly [code: string]: string } = {
  UNAUTHENTICATED:
    'Sign in: canopy login --server <url>; or name a token: --token-file <data directory>/admin.token',
  FORBIDDEN: 'See who you are: canopy status',
  DEADLINE: 'See what the server is doing: canopy status',
  CONFIGURATION_INVALID: 'See every fault: canopy config check',
};

function isDefect(error: unknown): boolean {
  return !isCliError(error) && !isSmpError(error) && !isCanopyError(error);
}

function trace(error: unknown): string {
  const { stack, cause } = error as { stack?: string; cause?: unknown };
  return (stack ?? String(error)) + (cause ? `\nCaused by: ${trace(cause)}` : '');
}
