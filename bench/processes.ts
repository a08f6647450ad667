import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Is a program installed? Rivals that are not are left out of a table, and it says so. */
export function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Runs a program to its end and answers what it printed; throws when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => errors.push(bytes));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return Buffer.concat(output).toString();
  throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${Buffer.concat(errors)}`);
}

/** What some work took: wall clock, and CPU of this process and of all it waited for. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export async function measure<T>(work: () => Promise<T>): Promise<Cost & { readonly result: T }> {
  const cpuBefore = cpuMs();
  const startedAtMs = performance.now();
  const result = await work();
  return { result, wallMs: performance.now() - startedAtMs, cpuMs: cpuMs() - cpuBefore };
}

/** Of this process exactly, of its children in the kernel's ticks of 10 ms (proc(5), 16 and 17). */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]!.split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  return (user + system) / 1_000 + ticks * 10;
}

/** CPU that a process and its children have taken so far, all threads that live. */
export function cpuMsOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    nanoseconds += Number(readFileSync(`${folder}/schedstat`, 'latin1').split(' ')[0]);
    for (const child of readFileSync(`${folder}/children`, 'latin1').split(' ')) {
      if (child !== '') nanoseconds += cpuMsOf(Number(child)) * 1e6;
    }
  }
  return nanoseconds / 1e6;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A Markdown table. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
