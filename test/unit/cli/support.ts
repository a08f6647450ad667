import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../../core/clock.ts';
import { systemRandom } from '../../../core/random.ts';
import type { Io, TextSink } from '../../../cli/io.ts';
import { runCli } from '../../../cli/run.ts';

/** A place to run commands in: its own home, its own environment, no terminal. */
export interface Outside {
  readonly folder: string;
  readonly io: Io;
  stdout: string;
  stderr: string;
  /** Runs one command and answers its exit code; the texts are of this command alone. */
  run(...args: string[]): Promise<number>;
  remove(): Promise<void>;
}

export interface OutsideOptions {
  readonly environment?: Record<string, string>;
  readonly answers?: string[];
  readonly terminal?: boolean;
  readonly stdin?: string;
}

export async function createOutside(options: OutsideOptions = {}): Promise<Outside> {
  const folder = await mkdtemp(path.join(tmpdir(), 'canopy-cli-'));
  const { environment = {}, answers = [], terminal = false, stdin = '' } = options;
  const sink = (name: 'stdout' | 'stderr'): TextSink => ({
    write: (text) => void (outside[name] += text),
    isTerminal: terminal,
    columns: terminal ? 100 : undefined,
  });
  const io: Io = {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    environment,
    isInteractive: answers.length > 0,
    ask: async (question) => {
      outside.stderr += question;
      return answers.shift() ?? '';
    },
    readStdin: async () => stdin,
    signal: new AbortController().signal,
    clock: systemClock,
    random: systemRandom,
    homeFolder: folder,
    workingFolder: folder,
    platform: 'linux',
  };
  const outside: Outside = {
    folder,
    io,
    stdout: '',
    stderr: '',
    run: async (...args) => {
      outside.stdout = '';
      outside.stderr = '';
      return runCli(args, io);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  return outside;
}
