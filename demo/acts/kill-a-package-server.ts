import { deliver } from '../deliver.ts';
import { followConvergence, tellTimes } from '../follow-convergence.ts';
import { publish } from '../publish.ts';
import { heading, say, size } from '../screen.ts';
import type { Stage } from '../stage.ts';
import { must, until } from '../until.ts';

/** Slow enough that the middle of a transfer can be met. */
const SLOW_BYTES_PER_SECOND = 8 * 2 ** 20;
const MIDDLE_BYTES = 8 * 2 ** 20;

/** kill -9 while a package is on its way; what was there stays and is built upon. */
export async function killAPackageServer(stage: Stage): Promise<void> {
  const { headquarters, europe } = stage.smps;
  const { europe: server } = stage.packageServers;
  const { monaco } = stage.packages;
  heading('The package server of europe is killed in the middle of a transfer, and heals');
  await europe.admin.limitTransfers(SLOW_BYTES_PER_SECOND);
  say(`A setting of europe holds its package servers to ${size(SLOW_BYTES_PER_SECOND)} a second.`);
  await publish(headquarters, monaco);
  let arrived = { doneBytes: 0, totalBytes: 0 };
  await until('a part of the package has arrived', async () => {
    arrived = await server.arrived(monaco);
    return arrived.doneBytes >= MIDDLE_BYTES;
  });
  await server.kill();
  const { state } = await europe.admin.statusOf(server.made, monaco);
  must('it was killed while downloading', state !== 'READY');
  say(
    `${server.name} was killed (SIGKILL) when ${size(arrived.doneBytes)} of ${monaco.name} were there.`,
  );

  await europe.admin.limitTransfers(0);
  await server.start();
  say('Started again, without the limit:');
  await followConvergence(headquarters, monaco);
  const moreBytes = await server.fetchedBytes();
  must('it built upon what was there', moreBytes > 0 && moreBytes < arrived.totalBytes);
  say(`${server.name} fetched ${size(moreBytes)} of ${size(arrived.totalBytes)} after its start.`);
  await tellTimes(headquarters, monaco);
  await deliver(stage, monaco, stage.machines.berlin);
  await deliver(stage, monaco, stage.machines.asia);
}
