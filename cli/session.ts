import { styleText } from 'node:util';
import { createSmpClient, type SmpClient } from '../client-sdk/src/index.ts';
import {
  resolveConnection,
  type Connection,
  type ConnectionOptions,
} from './connection/resolve-connection.ts';
import { CliError, EXIT } from './exit-code.ts';
import type { Io } from './io.ts';
import { createPrinter, type OutputFormat, type Printer } from './output/printer.ts';

/** The options that every command has. */
export interface GlobalOptions extends ConnectionOptions {
  readonly output: OutputFormat;
  readonly yes?: boolean;
  readonly input: boolean;
  readonly color: boolean;
  readonly debug?: boolean;
}

/** One run of one command. */
export interface Session<O = object> {
  readonly io: Io;
  readonly options: GlobalOptions & O;
  readonly printer: Printer;
  /** Which server; throws when none is known. */
  connection(): Promise<Connection>;
  /** The client for it; ends with the process's signal. */
  client(): Promise<SmpClient>;
  /** A line for the person. */
  note(text: string): void;
  /** Returns when the answer is yes or `--yes` was given; throws otherwise. */
  confirm(question: string): Promise<void>;
  /** A value that is not to be seen; throws when nobody can be asked. */
  askSecret(question: string, otherwise: string): Promise<string>;
}

export async function createSession<O>(io: Io, options: GlobalOptions & O): Promise<Session<O>> {
  const colored = mayColor(io, options.color);
  const bold = (text: string): string =>
    colored ? styleText('bold', text, { validateStream: false }) : text;
  const connection = once(() => resolveConnection(io, options));
  const note = (text: string): void => io.stderr.write(`${text}\n`);
  return {
    io,
    options,
    printer: await createPrinter(options.output, io.stdout, bold),
    connection,
    client: once(async () => {
      const { url, token } = await connection();
      const sleep = io.clock.sleep.bind(io.clock);
      const runtime = { sleep, fraction: () => io.random.fraction() };
      return createSmpClient({ url, token, runtime }, io.signal);
    }),
    note,
    confirm: (question) => confirm(io, options, question),
    askSecret: (question, otherwise) => {
      if (!io.isInteractive || !options.input) throw new CliError(EXIT.USAGE, otherwise);
      return io.ask(question, { echo: false });
    },
  };
}

async function confirm(io: Io, options: GlobalOptions, question: string): Promise<void> {
  if (options.yes) return;
  if (!io.isInteractive || !options.input) {
    throw new CliError(EXIT.USAGE, `This asks "${question}".`, 'Answer with --yes.');
  }
  const answer = await io.ask(`${question} [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CliError(EXIT.USAGE, 'Nothing was changed.');
}

/** https://no-color.org: any value that is not empty. */
function mayColor(io: Io, wanted: boolean): boolean {
  const { NO_COLOR, TERM } = io.environment;
  return wanted && io.stdout.isTerminal && !NO_COLOR && TERM !== 'dumb';
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
