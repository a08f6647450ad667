import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** An SMP in a process of its own, started as an operator starts it. */
export interface ServerProcess {
  readonly url: string;
  readonly token: string;
  readonly tokenFile: string;
  /** Sends SIGTERM and answers the exit code. */
  stop(): Promise<number | null>;
}

const COMMAND = fileURLToPath(new URL('../cli/main.js', import.meta.url));

/** Runs `canopy serve` with the flags; rejects with what it printed when it ends before it is ready. */
export async function startServer(flags: readonly string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [COMMAND, 'serve', ...flags, '-o', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ready = await firstDocument(child);
  if (!ready) throw new Error(`canopy serve ended: ${errors}`);
  const { url, adminTokenFile } = ready;
  return {
    url,
    tokenFile: adminTokenFile,
    token: (await readFile(adminTokenFile, 'utf8')).trim(),
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

/** `serve -o json` prints one document, over several lines, when it is ready. */
async function firstDocument(
  child: ChildProcess,
): Promise<{ url: string; adminTokenFile: string } | undefined> {
  let text = '';
  for await (const line of createInterface({ input: child.stdout! })) {
    text += line;
    if (line.endsWith('}')) return JSON.parse(text) as { url: string; adminTokenFile: string };
  }
  return undefined;
}
