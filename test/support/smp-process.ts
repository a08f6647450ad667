import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const COMMAND = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');

/** `canopy serve` in a process of its own, as built. */
export interface SmpProcess {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Everything it wrote to standard error so far. */
  errors(): string;
  /** Sends a signal and answers how the process ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Resolves when the server says that it is ready; rejects with its errors when it ends before. */
export async function startSmpProcess(
  dataDir: string,
  flags: readonly string[] = [],
): Promise<SmpProcess> {
  const child = spawn(
    process.execPath,
    [COMMAND, 'serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0', '-o', 'json', ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  let text = '';
  for await (const line of createInterface({ input: child.stdout })) {
    text += line;
    if (line.endsWith('}')) break;
  }
  if (text === '') {
    const [code] = await ended;
    throw new Error(`canopy serve ended with ${code}: ${errors}`);
  }
  const { url, adminTokenFile } = JSON.parse(text) as { url: string; adminTokenFile: string };
  return {
    url,
    token: (await readFile(adminTokenFile, 'utf8')).trim(),
    pid: child.pid!,
    errors: () => errors,
    end: async (signal) => {
      child.kill(signal);
      const [code, by] = await ended;
      return { code, signal: by };
    },
  };
}

/** One GraphQL operation; throws with the errors of the answer. */
export async function ask<T>(
  { url, token }: Pick<SmpProcess, 'url' | 'token'>,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<T> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await answer.json()) as { data: T; errors?: unknown[] };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}
