import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** A `canopy` command in a process of its own, started as an operator starts it. */
export interface CommandProcess<T> {
  /** What it printed when it was ready. */
  readonly ready: T;
  /** Sends the signal and answers the exit code; `null` when the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** An SMP, its address and its first token. */
export interface ServerProcess extends CommandProcess<unknown> {
  readonly url: string;
  readonly token: string;
  readonly tokenFile: string;
}

/** Runs `canopy serve` with the flags. */
export async function startServer(flags: readonly string[]): Promise<ServerProcess> {
  const server = await startCommand<{ url: string; adminTokenFile: string }>(['serve', ...flags]);
  const { url, adminTokenFile } = server.ready;
  const token = (await readFile(adminTokenFile, 'utf8')).trim();
  return { ...server, url, token, tokenFile: adminTokenFile };
}

/** Runs a command that stays; rejects with what it printed when it ends before it is ready. */
export async function startCommand<T>(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandProcess<T>> {
  const child = spawn(process.execPath, [COMMAND, ...words, '-o', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ready = await firstDocument<T>(child);
  if (!ready) throw new Error(`canopy ${words[0]} ended: ${errors}`);
  return {
    ready,
    end: async (signal) => {
      child.kill(signal);
      const [code] = await ended;
      return code;
    },
  };
}

/** Runs a command to its end; rejects with what it printed unless it ends with 0. */
export async function runCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [COMMAND, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`canopy ${words[0]} ended with ${code}: ${errors}`);
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
