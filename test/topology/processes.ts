import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Between two looks at a condition. */
const POLL_MS = 50;

/** A `canopy` command in a process of its own. */
export interface CanopyProcess<T> {
  /** The JSON document it printed when it was ready. */
  readonly ready: T;
  /** Everything it wrote to standard error so far. */
  readonly log: () => string;
  /** Sends the signal and answers the exit code (`null` after SIGKILL). */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Before the node program: `['ip', 'netns', 'exec', …]`. */
  readonly wrapper?: readonly string[];
}

/** Starts a command that runs until it is ended; resolves when it printed its document. */
export async function startCanopy<T>(
  words: readonly string[],
  options: CommandOptions = {},
): Promise<CanopyProcess<T>> {
  const child = spawnCanopy([...words, '-o', 'json'], options);
  let log = '';
  child.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ready = await new Promise<T>((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.trimEnd().endsWith('}')) resolve(JSON.parse(text) as T);
    });
    child.once('exit', (code) => reject(new Error(`canopy ${words[0]} ended (${code}): ${log}`)));
  });
  return {
    ready,
    log: () => log,
    end: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export function runCanopy(words: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  return untilEnd(spawnCanopy(words, options));
}

/** Runs a program of the host to its end. */
export function runProgram(program: string, words: readonly string[]): Promise<Ended> {
  return untilEnd(spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

async function untilEnd(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

function spawnCanopy(words: readonly string[], options: CommandOptions): ChildProcess {
  const { CANOPY_URL: _url, CANOPY_TOKEN: _token, ...inherited } = process.env;
  const [program, ...before] = [...(options.wrapper ?? []), process.execPath];
  return spawn(program!, [...before, COMMAND, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...inherited, ...options.environment },
  });
}

/** Asks until `condition` answers something; fails with what `describe` says after a minute. */
export async function eventually<T>(
  condition: () => Promise<T | undefined>,
  describe: () => Promise<string> | string,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const answer = await condition();
    if (answer !== undefined) return answer;
    if (deadline.aborted) throw new Error(`it did not come to be: ${await describe()}`);
    await setTimeout(POLL_MS);
  }
}
