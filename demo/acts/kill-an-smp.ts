import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { deliver } from '../deliver.ts';
import { followConvergence, tellTimes } from '../follow-convergence.ts';
import { publish } from '../publish.ts';
import { heading, say, seconds } from '../screen.ts';
import { wentWell } from '../smp.ts';
import type { Stage } from '../stage.ts';
import { must, until } from '../until.ts';

/** Of a change of a few hundred bytes, compressed or not. */
const DELTA_BYTES_MAX = 64 * 1024;

const AWAY = new Set(['STALE', 'UNREACHABLE']);

/** A branch is away while a second version is published; it heals by itself when it is back. */
export async function killAnSmp(stage: Stage): Promise<void> {
  const { headquarters, europe, berlin } = stage.smps;
  const { typescript } = stage.packages;
  heading('europe, with berlin below it, is killed; the rest of the tree still answers');
  await europe.kill();
  await until('europe and berlin are seen to be away', async () => {
    const statuses = await headquarters.admin.statusInTree();
    return AWAY.has(statuses.get('europe')!) && AWAY.has(statuses.get('berlin')!);
  });
  wentWell(await headquarters.type('canopy hierarchy tree'));

  heading('A second version is published meanwhile: one file changed, one added');
  const { offeredVersion: firstVersion } = await berlin.admin.explain(typescript, '10.4.0.20');
  await appendFile(join(typescript.source, 'README.md'), '\nA second version.\n');
  await writeFile(join(typescript.source, 'added.txt'), 'Added in the second version.\n');
  await publish(headquarters, typescript);
  await followConvergence(
    headquarters,
    typescript,
    ({ packageServers, blocker }) => packageServers.done === 2 && blocker?.name === 'europe',
  );
  await deliver(stage, typescript, stage.machines.asia);
  const meanwhile = await berlin.admin.explain(typescript, '10.4.0.20');
  must('berlin still offers the first version', meanwhile.offeredVersion === firstVersion);
  say(`berlin goes on with version ${firstVersion}.`);

  heading('europe is started again; nothing else is done');
  const startedAtMs = systemClock.monotonicMs();
  await europe.start();
  await followConvergence(headquarters, typescript);
  const took = seconds(systemClock.monotonicMs() - startedAtMs);
  say(`Everything below headquarters has the second version ${took} after the start of europe.`);
  await tellTimes(headquarters, typescript);
  const movedBytes = await deliver(stage, typescript, stage.machines.berlin);
  must('only what changed moved', movedBytes < DELTA_BYTES_MAX);
  const statuses = await headquarters.admin.statusInTree();
  must(
    'all four answer',
    [...statuses.values()].every((status) => status === 'OK'),
  );
  wentWell(await headquarters.type('canopy hierarchy tree'));
}
