import { deliver } from '../deliver.ts';
import { followConvergence, tellTimes } from '../follow-convergence.ts';
import { publish } from '../publish.ts';
import { heading } from '../screen.ts';
import type { Stage } from '../stage.ts';

/** What is published at the root arrives on agents of the grandchild. */
export async function spreadAPackage(stage: Stage): Promise<void> {
  const { headquarters } = stage.smps;
  const { typescript } = stage.packages;
  heading('A package is published at the root; how it spreads, live');
  await publish(headquarters, typescript);
  await followConvergence(headquarters, typescript);
  await tellTimes(headquarters, typescript);

  heading('It is on agents two tiers down, and on those of asia');
  await deliver(stage, typescript, stage.machines.berlin);
  await deliver(stage, typescript, stage.machines.asia);
}
