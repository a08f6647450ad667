import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const PATIENCE_MS = 15_000;

export type Environment = Readonly<Record<string, string>>;

/** A `canopy` command that stays, in a process of its own. */
export interface RunningCommand<T> {
  /** What it printed when it was ready. */
  readonly ready: T;
  /** Sends the signal and answers the exit code; `null` when the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** What a command printed until it ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Every process of the demonstration: started here, and ended here. */
export class Commands {
  private readonly running = new Set<ChildProcess>();

  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Puts a `canopy` into the folder, in which commands of the shell then run. */
  static async in(folder: string): Promise<Commands> {
    const script = join(folder, 'bin', 'canopy');
    await mkdir(join(folder, 'bin'));
    await writeFile(script, `#!/bin/sh\nexec '${process.execPath}' '${COMMAND}' "$@"\n`);
    await chmod(script, 0o755);
    return new Commands(folder);
  }

  /** Starts one that stays; rejects with what it printed when it ends before it is ready. */
  async start<T>(words: readonly string[]): Promise<RunningCommand<T>> {
    const child = this.spawn(process.execPath, [COMMAND, ...words, '-o', 'json'], {});
    const errors = textOf(child.stderr!);
    const ready = await firstDocument<T>(child);
    if (!ready) throw new Error(`canopy ${words[0]} ended: ${errors()}`);
    return { ready, end: (signal) => endOf(child, signal) };
  }

  /** Runs one to its end, as it is typed at a prompt. */
  async shell(text: string, environment: Environment = {}): Promise<Ended> {
    const child = this.spawn('/bin/sh', ['-c', text], environment);
    const [output, errors] = [textOf(child.stdout!), textOf(child.stderr!)];
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, output: output(), errors: errors() };
  }

  /** The latest first; answers whether each ended by itself and well. */
  async endAll(): Promise<boolean> {
    let isWell = true;
    for (const child of [...this.running].reverse()) {
      isWell = (await endOf(child, 'SIGTERM')) === 0 && isWell;
    }
    return isWell;
  }

  private spawn(program: string, words: readonly string[], environment: Environment): ChildProcess {
    const path = `${join(this.folder, 'bin')}${delimiter}${process.env['PATH']}`;
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.folder,
      env: { ...process.env, PATH: path, ...environment },
    });
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    return child;
  }
}

async function endOf(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  const impatient = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const [code] = await ended;
  clearTimeout(impatient);
  return code;
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

/** With `-o json` a command prints one document, over several lines, when it is ready. */
async function firstDocument<T>(child: ChildProcess): Promise<T | undefined> {
  let text = '';
  for await (const line of createInterface({ input: child.stdout! })) {
    text += line;
    if (line.endsWith('}')) return JSON.parse(text) as T;
  }
  return undefined;
}
