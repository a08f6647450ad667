import { Command } from 'commander';
import type { Io } from './io.ts';
import { createSession, type GlobalOptions, type Session } from './session.ts';

/** What the commands are built with. */
export interface App {
  readonly io: Io;
  /** A group of commands about one kind of thing: `canopy <name> <verb>`. */
  noun(name: string, summary: string, ...aliases: string[]): Command;
  /** An action for commander: `handler` gets the session and the command's arguments. */
  action<O extends object, A extends unknown[]>(
    handler: (session: Session<O>, ...args: A) => Promise<void>,
  ): (...args: unknown[]) => Promise<void>;
}

export function createApp(io: Io): App {
  return {
    io,
    noun: (name, summary, ...aliases) =>
      new Command(name).summary(summary).description(summary).aliases(aliases),
    action: (handler) => actionOf(io, handler),
  };
}

function actionOf<O extends object, A extends unknown[]>(
  io: Io,
  handler: (session: Session<O>, ...args: A) => Promise<void>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    // Commander appends the options and the command to the arguments.
    const command = args.at(-1) as Command;
    const session = await createSession(io, command.optsWithGlobals<GlobalOptions & O>());
    await handler(session, ...(args.slice(0, -2) as A));
  };
}

/** Puts the examples in front of the options, where people look first. */
export function examples(command: Command, lines: readonly string[]): Command {
  const description = command.description() || command.summary();
  const shown = lines.map((line) => `  $ canopy ${line}`).join('\n');
  if (!command.summary()) command.summary(description);
  return command.description(`${description}\n\nExamples:\n${shown}`);
}

/** For options that may be given several times. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
