import { join } from 'node:path';
import { createAgent } from '../agent/index.ts';
import { systemClock } from '../core/clock.ts';
import { silentLogger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { compareFolders } from './compare-folders.ts';
import { say, seconds, size } from './screen.ts';
import type { Smp } from './smp.ts';
import type { Machine, Package, Stage } from './stage.ts';
import { must } from './until.ts';

const PATIENCE_MS = 120_000;
/** What a transfer may take of its plan at most. */
const PLAN_TOLERANCE = 1.01;

/** An agent at the address that gets its software by way of the SMP. */
export function machine(folder: string, smp: Smp, name: string, address: string): Machine {
  const agent = createAgent({
    folder: join(folder, 'agents', name),
    smpUrl: smp.url,
    resourceId: systemRandom.guid(),
    addresses: [address],
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  return { name, agent };
}

/** Lets the agent fetch and compares what it has with the source; answers the bytes that moved. */
export async function deliver(
  { deliveries }: Stage,
  one: Package,
  { name, agent }: Machine,
): Promise<number> {
  const startedAtMs = systemClock.monotonicMs();
  let plannedBytes = 0;
  const outcome = await agent.fetchPackage({
    packageId: one.guid,
    signal: AbortSignal.timeout(PATIENCE_MS),
    onPlan: (plan) => {
      plannedBytes = plan.bytesPlanned;
      const [planned, whole] = [size(plannedBytes), size(plan.bytesTotal)];
      say(`The agent in ${name} plans to move ${planned} of the ${whole} of ${one.name}.`);
    },
  });
  if (outcome.state === 'WAITING') throw new Error(`${name}: ${outcome.reason}`);
  const took = seconds(systemClock.monotonicMs() - startedAtMs);
  const { equal, different } = compareFolders(one.source, outcome.folder);
  if (different.length > 0) throw new Error(`${name}: ${different.join(', ')} differ`);
  const { bytesFetched } = outcome;
  must('no more moved than was planned', bytesFetched <= plannedBytes * PLAN_TOLERANCE);
  const [planned, moved] = [size(plannedBytes), size(bytesFetched)];
  say(`It moved ${moved} in ${took}; ${equal} files are equal to the source, byte by byte.`);
  const version = String(outcome.internalVersion);
  deliveries.push([one.name, name, version, planned, moved, String(equal), took]);
  return bytesFetched;
}

export const DELIVERY_HEADS = [
  'PACKAGE',
  'AGENT IN',
  'VERSION',
  'PLANNED',
  'MOVED',
  'FILES EQUAL',
  'TIME',
];
