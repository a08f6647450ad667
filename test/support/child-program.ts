import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of the tests in a process of its own, read line by line. */
export interface ChildProgram {
  readonly pid: number;
  readonly lines: readonly string[];
  /** Resolves when `count` lines were printed; rejects when the program ends before. */
  untilLines(count: number): Promise<void>;
  /** kill -9, and everything it printed has been read. */
  kill(): Promise<void>;
}

export function startProgram(program: URL, ...parameters: string[]): ChildProgram {
  const child = spawn(process.execPath, [fileURLToPath(program), ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  });
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  const ended = once(reader, 'close');
  let tell: (() => void) | undefined;
  reader.on('line', (line) => {
    lines.push(line);
    tell?.();
  });
  return {
    pid: child.pid!,
    lines,
    untilLines: (count) =>
      new Promise((resolve, reject) => {
        tell = () => {
          if (lines.length >= count) resolve();
        };
        tell();
        void ended.then(() => reject(new Error(`ended after ${lines.length} of ${count} lines`)));
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
