import { CommitChecks } from './checks/commit-checks.ts';
import { CursorChecks } from './checks/cursor-checks.ts';
import { JoinChecks } from './checks/join-checks.ts';
import { settledFaults } from './checks/settled-checks.ts';
import { upwardFaults } from './checks/upward-checks.ts';
import { SeededRandom } from './support/seeded-random.ts';
import { Faults, type FaultPlan } from './world/faults.ts';
import { CALM } from './world/network.ts';
import { join } from './world/operations.ts';
import type { Plant } from './world/smp-process.ts';
import { TreeWorld, type Violation } from './world/tree-world.ts';
import { Workload } from './world/workload.ts';

export interface RunOptions {
  /** Put around the ports of every process, to see that it is found. */
  readonly plant?: Plant;
  /** Faults that a run has, whatever its seed says. */
  readonly faults?: Partial<FaultPlan>;
  /** How long a tree may take to come to rest; default 45 minutes. */
  readonly settleLimitMs?: number;
  /** Told of each step. */
  readonly onLine?: (line: string) => void;
}

export interface RunReport {
  readonly seed: number;
  /** What the seed made of the run, for people. */
  readonly plan: string;
  /** The first rule that did not hold; `undefined`: all held. */
  readonly violation: Violation | undefined;
  /** The last steps. */
  readonly tail: readonly string[];
  /** Of every step; equal for equal seeds. */
  readonly traceHash: string;
  readonly steps: number;
  readonly operations: number;
  readonly faults: number;
  readonly virtualMs: number;
}

const TAIL_LINES = 60;
const BUILD_LIMIT_MS = 10 * 60_000;
const SETTLE_LIMIT_MS = 45 * 60_000;
const LOOK_MS = 5_000;
/** It has to stay as it is for so long. */
const REST_MS = 40_000;

/**
 * One life of a random tree: it is built by joins; then people work and things fail; then the faults
 * end, the tree comes to rest, and is judged. Everything follows from the seed.
 */
export async function runSeed(seed: number, options: RunOptions = {}): Promise<RunReport> {
  const random = new SeededRandom(`tree ${seed}`);
  const plan = planOf(random.fork('plan'), options.faults);
  const world = new TreeWorld({ random, size: plan.size, ...options });
  world.note(`seed ${seed}: ${plan.text}`);
  world.watchers.push(new CommitChecks(world), new CursorChecks(world));
  const workload = new Workload(world, random.fork('workload'), plan);
  const faults = new Faults(world, random.fork('faults'), plan.faults);
  await build(world, random.fork('build'));
  await storm(world, { workload, faults, plan, random: random.fork('storm') });
  await settle(world, { workload, faults, limitMs: options.settleLimitMs ?? SETTLE_LIMIT_MS });
  return {
    seed,
    plan: plan.text,
    violation: world.violations[0],
    tail: world.trace.tail(TAIL_LINES),
    traceHash: world.trace.digest(),
    steps: world.trace.steps,
    operations: workload.count,
    faults: faults.count,
    virtualMs: world.time.nowMs,
  };
}

interface Plan {
  readonly size: number;
  readonly moves: boolean;
  readonly stormMs: number;
  /** Of an act to be a fault, and not something that people do. */
  readonly faultShare: number;
  readonly faults: FaultPlan;
  readonly text: string;
}

function planOf(random: SeededRandom, forced: Partial<FaultPlan> = {}): Plan {
  const often = (probability: number, value: number): number =>
    random.chance(probability) ? value * random.fraction() : 0;
  const given = {
    size: 2 + random.below(11),
    moves: random.chance(0.6),
    stormMs: 60_000 * (1 + random.below(4)),
    faultShare: 0.1 + 0.3 * random.fraction(),
    faults: {
      weather: {
        ...CALM,
        loss: often(0.6, 0.1),
        duplicate: often(0.6, 0.1),
        slow: often(0.5, 0.1),
        reset: often(0.5, 0.02),
        altered: often(0.2, 0.02),
      },
      deathAtCommit: often(0.5, 0.02),
      crashes: random.chance(0.8),
      partitions: random.chance(0.5),
      restores: random.chance(0.4),
      clocks: random.chance(0.3),
      ...forced,
    },
  };
  return { ...given, text: textOf(given) };
}

function textOf({ size, moves, stormMs, faults }: Omit<Plan, 'text'>): string {
  const { weather, deathAtCommit, crashes, partitions, restores, clocks } = faults;
  const kinds = { crashes, partitions, restores, clocks, moves };
  const named = Object.entries(kinds).flatMap(([name, isOn]) => (isOn ? [name] : []));
  const rates = Object.entries({ ...weather, 'death at commit': deathAtCommit })
    .filter(([, rate]) => rate > 0)
    .map(([name, rate]) => `${name} ${(100 * rate).toFixed(1)} %`);
  return [`${size} nodes`, `${stormMs / 60_000} min`, ...named, ...rates].join(', ');
}

/** Everybody joins somebody before, one after the other, without faults. */
async function build(world: TreeWorld, random: SeededRandom): Promise<void> {
  const depths: number[] = [];
  for (const [index, machine] of world.machines.entries()) {
    world.start(machine);
    await world.until(() => machine.up !== undefined, BUILD_LIMIT_MS);
    const places = world.machines.slice(0, index).filter((_, place) => depths[place]! < 3);
    const above = random.pick(places);
    depths.push(above ? depths[world.machines.indexOf(above)]! + 1 : 0);
    if (!above) continue;
    const choices = { minutes: 60, onConflict: 'REFUSE', replaceParent: false } as const;
    join(machine.up!, above.up!, choices).catch((error: unknown) => world.fault(error, 'build'));
    const isJoined = (): boolean => machine.up?.context.model.tree.parent?.state === 'JOINED';
    const isDone = await world.until(isJoined, BUILD_LIMIT_MS);
    if (!isDone) world.violate('a join without faults is completed', machine.name);
  }
}

interface Storm {
  readonly workload: Workload;
  readonly faults: Faults;
  readonly plan: Plan;
  readonly random: SeededRandom;
}

async function storm(world: TreeWorld, { workload, faults, plan, random }: Storm): Promise<void> {
  const endMs = world.time.nowMs + plan.stormMs;
  const joins = new JoinChecks(world);
  faults.begin();
  while (world.time.nowMs < endMs && world.violations.length === 0) {
    // Often several things at once, then nothing for a while.
    if (random.chance(0.7)) await world.time.pass(random.below(random.chance(0.2) ? 8_000 : 1_500));
    if (random.chance(plan.faultShare)) faults.step();
    else workload.step();
    faults.restartLater();
    joins.look();
  }
}

interface Settling {
  readonly workload: Workload;
  readonly faults: Faults;
  readonly limitMs: number;
}

async function settle(world: TreeWorld, settling: Settling): Promise<void> {
  const { workload, faults, limitMs } = settling;
  if (world.violations.length > 0) return;
  world.note('the faults end');
  faults.end();
  await world.until(() => world.machines.every(({ up }) => up), BUILD_LIMIT_MS);
  const endMs = world.time.nowMs + limitMs;
  let calmSinceMs: number | undefined;
  let found: readonly Violation[] = [];
  while (world.time.nowMs < endMs && world.violations.length === 0) {
    workload.cure();
    await world.time.pass(LOOK_MS);
    found = [...settledFaults(world.machines, workload), ...upwardFaults(world.machines)];
    if (found.length > 0) calmSinceMs = undefined;
    else calmSinceMs ??= world.time.nowMs;
    if (calmSinceMs !== undefined && world.time.nowMs - calmSinceMs >= REST_MS) return;
  }
  for (const { rule, text } of found) world.violate(rule, text);
}
