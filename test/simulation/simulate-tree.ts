/** Runs the simulation of trees for any number of seeds. `--help` says how. */
import { parseArgs } from 'node:util';
import { runSeed, type RunReport } from './run-seed.ts';

const HELP = `Simulates trees of SMPs, each from a seed, and judges them.

Usage: npm run simulate-tree -- [options]

  --seeds N   how many seeds to run, one after the other (default 200)
  --seed S    the first seed (default 1)
  --verbose   prints every step
  --help      prints this

A seed gives a tree of 2 to 12 SMPs, what people do there, and what fails: processes, machines,
links, clocks, disks. Time is virtual; the code is that of the server. Each seed has one course of
events: a seed that failed fails again, step by step.

Exit codes: 0 every rule held, 1 a rule did not hold, 2 wrong usage.
`;

const PROGRESS_EVERY = 20;

interface Options {
  readonly seeds: number;
  readonly first: number;
  readonly verbose: boolean;
}

/** Throws what is wrong with the arguments; `undefined`: help was asked for. */
function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    seeds: wholeNumber('--seeds', values.seeds),
    first: wholeNumber('--seed', values.seed),
    verbose: values.verbose,
  };
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  throw new Error(`${name}: ${JSON.stringify(text)} is not a whole number above 0.`);
}

interface Totals {
  seeds: number;
  steps: number;
  operations: number;
  faults: number;
  virtualMs: number;
}

async function runAll({ seeds, first, verbose }: Options): Promise<number> {
  const startedMs = performance.now();
  const totals: Totals = { seeds: 0, steps: 0, operations: 0, faults: 0, virtualMs: 0 };
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await runSeed(seed, verbose ? { onLine: (line) => console.log(line) } : {});
    totals.seeds += 1;
    totals.steps += report.steps;
    totals.operations += report.operations;
    totals.faults += report.faults;
    totals.virtualMs += report.virtualMs;
    if (report.violation) {
      printViolation(report);
      printTotals(totals, startedMs);
      return 1;
    }
    if (totals.seeds % PROGRESS_EVERY === 0) console.log(`${totals.seeds} of ${seeds} seeds`);
  }
  printTotals(totals, startedMs);
  return 0;
}

function printViolation({ seed, plan, violation, tail }: RunReport): void {
  console.log(`\nSeed ${seed} (${plan})\n`);
  for (const line of tail) console.log(line);
  console.log(`\nDid not hold: ${violation!.rule}\n  ${violation!.text}`);
  console.log(`\nAgain: npm run simulate-tree -- --seed ${seed} --seeds 1 --verbose\n`);
}

function printTotals(
  { seeds, steps, operations, faults, virtualMs }: Totals,
  startedMs: number,
): void {
  const hours = (virtualMs / 3_600_000).toFixed(1);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `${seeds} seeds, ${steps} steps, ${operations} operations, ${faults} faults, ` +
      `${hours} virtual hours, ${seconds} s`,
  );
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) process.exitCode = await runAll(options);
  else process.stdout.write(HELP);
} catch (error) {
  console.error(`${(error as Error).message}\nSee --help.`);
  process.exitCode = 2;
}
