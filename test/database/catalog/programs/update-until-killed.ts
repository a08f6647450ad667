/**
 * Program: changes a package source and updates its distribution point, over and over, saying each
 * step on a line, until it is killed. Arguments: data directory, source folder, package GUID.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { updateDistributionPoint } from '../../../../catalog/distribution-points.ts';
import { systemClock } from '../../../../core/clock.ts';
import { toGuid } from '../../../../core/guid.ts';
import { openTestSmp } from '../support/test-smp.ts';

const [dataDirectory, sourceFolder, guid] = process.argv.slice(2) as [string, string, string];
const packageId = toGuid(guid);
const say = (what: string): void => void writeSync(1, `${what}\n`);

const smp = await openTestSmp(dataDirectory, { clock: systemClock });
const point = {
  ...smp.point,
  renderSnapshot: async (...args: Parameters<typeof smp.point.renderSnapshot>) => {
    say('committed');
    await smp.point.renderSnapshot(...args);
    say('rendered');
  },
};
for (let round = 1; ; round += 1) {
  for (const file of ['a.bin', 'b.bin', 'c.bin']) {
    writeFileSync(join(sourceFolder, file), `${process.pid} ${round} ${file}`.repeat(5_000));
  }
  const outcome = await updateDistributionPoint(point, {
    packageId,
    recheck: 'content',
    force: false,
    onProgress: ({ phase, filesDone }) => say(`${phase} ${filesDone}`),
  });
  if (outcome.kind !== 'NEW_VERSION') throw new Error(outcome.kind);
  say(`version ${outcome.snapshot.internalVersion}`);
}
