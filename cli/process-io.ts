import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { systemClock } from '../core/clock.ts';
import { systemRandom } from '../core/random.ts';
import type { Io, TextSink } from './io.ts';

/** The outside of a real process. A reader that goes away (`canopy … | head`) ends it quietly. */
export function processIo(): Io {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // The second signal finds no listener of ours and ends the process at once.
    process.once(name, () => stop.abort(new DOMException(`Stopped by ${name}.`, 'AbortError')));
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    environment: process.env,
    isInteractive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
    ask: (question, options) => ask(question, options?.echo ?? true, stop.signal),
    readStdin,
    signal: stop.signal,
    clock: systemClock,
    random: systemRandom,
    homeFolder: homedir(),
    workingFolder: process.cwd(),
    platform: process.platform,
  };
}

function sinkOf(stream: NodeJS.WriteStream): TextSink {
  return {
    write: (text) => void stream.write(text),
    isTerminal: Boolean(stream.isTTY),
    get columns() {
      return stream.columns as number | undefined;
    },
  };
}

async function ask(question: string, echo: boolean, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: process.stdin,
    output: echo ? process.stderr : silent,
    terminal: true,
  });
  try {
    return await reader.question('', { signal });
  } finally {
    reader.close();
    if (!echo) process.stderr.write('\n');
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
