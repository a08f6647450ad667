import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { Releasers } from '../core/releasers.ts';
import { growTheTree } from './acts/grow-the-tree.ts';
import { killAPackageServer } from './acts/kill-a-package-server.ts';
import { killAnSmp } from './acts/kill-an-smp.ts';
import { showTheOldDoors } from './acts/show-the-old-doors.ts';
import { spreadAPackage } from './acts/spread-a-package.ts';
import { Commands } from './commands.ts';
import { DELIVERY_HEADS, machine } from './deliver.ts';
import { preparePackages } from './publish.ts';
import { heading, say, seconds, table } from './screen.ts';
import type { Stage } from './stage.ts';

const INTERRUPTED_CODE = 130;

/** Answers the exit code: 0 only when everything happened that the acts claim. */
async function main(stayUp: boolean): Promise<number> {
  const interrupted = new Promise<'INTERRUPTED'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve('INTERRUPTED'));
  });
  const releasers = new Releasers();
  const folder = await mkdtemp(join(tmpdir(), 'canopy-demo-'));
  releasers.add(() => rm(folder, { recursive: true, force: true }));
  const commands = await Commands.in(folder);
  let code = 0;
  try {
    const stage = await Promise.race([play(commands, folder, releasers), interrupted]);
    if (stage === 'INTERRUPTED') code = INTERRUPTED_CODE;
    else if (stayUp) {
      tellWhatToTry(stage);
      await interrupted;
    }
  } catch (error) {
    console.error(`\nThe demonstration failed: ${(error as Error).message}`);
    code = 1;
  }
  heading('Stopping');
  const areWell = await commands.endAll();
  if (areWell) say('Every server ended by itself, with exit code 0.');
  else if (code === 0) {
    console.error('A server did not end with exit code 0.');
    code = 1;
  }
  await releasers.release();
  return code;
}

async function play(commands: Commands, folder: string, releasers: Releasers): Promise<Stage> {
  const startedAtMs = systemClock.monotonicMs();
  const { smps, packageServers } = await growTheTree(commands, folder);
  const stage: Stage = {
    ...{ folder, smps, packageServers },
    packages: await preparePackages(smps.headquarters, folder),
    machines: {
      berlin: machine(folder, smps.berlin, 'berlin', '10.4.0.20'),
      asia: machine(folder, smps.asia, 'asia', '10.3.0.20'),
      boston: machine(folder, smps.headquarters, 'boston', '10.5.0.20'),
    },
    deliveries: [DELIVERY_HEADS],
  };
  await spreadAPackage(stage);
  await killAPackageServer(stage);
  await killAnSmp(stage);
  await showTheOldDoors(stage, releasers);
  heading(`Delivered and verified in ${seconds(systemClock.monotonicMs() - startedAtMs)}`);
  table(stage.deliveries);
  return stage;
}

function tellWhatToTry({ smps, packages, folder }: Stage): void {
  const { headquarters } = smps;
  heading('Still up. Have a look, then press Ctrl-C');
  for (const { name, url, tokenFile } of Object.values(smps)) {
    say(`${name.padEnd(12)} ${url}/graphiql (token in ${tokenFile})`);
  }
  say(`agents       ${join(folder, 'agents')}`);
  say(`
In another terminal, in this folder:
  export CANOPY_URL=${headquarters.url} CANOPY_TOKEN_FILE=${headquarters.tokenFile}
  npm run -s canopy -- hierarchy tree
  echo changed >> '${join(packages.typescript.source, 'README.md')}'
  npm run -s canopy -- package update-distribution-points TypeScript --wait
  npm run -s canopy -- replication show TypeScript`);
}

process.exit(await main(!process.argv.includes('--once')));
