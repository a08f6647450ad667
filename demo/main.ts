import { appendFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createAgent, type Agent } from '../agent/index.ts';
import { systemClock } from '../core/clock.ts';
import { bracedGuid } from '../core/guid.ts';
import { silentLogger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { Releasers } from '../core/releasers.ts';
import { administrator, type Administrator, type Made } from './administrator.ts';
import { compareFolders } from './compare-folders.ts';
import { startLegacyPackageServer, type LegacyPackageServer } from './legacy-package-server.ts';
import { endProgress, heading, size, progress, say, seconds, table } from './screen.ts';
import { startPackageServer, type PackageServerProcess } from './package-server.ts';
import { startServer, type ServerProcess } from './server-process.ts';

const UNC_ROOT = '\\\\smp-demo\\PkgShare';

/** Three machines that ask for software, by where they stand. */
const PLACES = [
  { name: 'head office', address: '10.1.0.20' },
  { name: 'branch', address: '10.2.0.20' },
  { name: 'in no site', address: '192.0.2.20' },
] as const;

interface Package extends Made {
  readonly name: string;
  readonly source: string;
}

interface Machine {
  readonly name: string;
  readonly address: string;
  readonly agent: Agent;
}

interface Stage {
  readonly folder: string;
  readonly server: ServerProcess;
  readonly admin: Administrator;
  readonly headOfficeServer: Made;
  readonly packageServer: PackageServerProcess;
  readonly branchServer: LegacyPackageServer;
  readonly packages: readonly Package[];
  readonly machines: readonly Machine[];
}

/** Rows for the end: what was delivered where, and how it was proved. */
const deliveries: string[][] = [['PACKAGE', 'MACHINE', 'VERSION', 'MOVED', 'FILES EQUAL', 'TIME']];

async function main(): Promise<void> {
  const stayUp = !process.argv.includes('--once');
  const releasers = new Releasers();
  const startedAtMs = systemClock.monotonicMs();
  try {
    const stage = await setStage(releasers);
    await firstVersion(stage);
    await secondVersion(stage);
    heading(`Delivered and verified in ${seconds(systemClock.monotonicMs() - startedAtMs)}`);
    table(deliveries);
    if (stayUp) await waitForInterrupt(stage);
    heading('Stopping');
    await stage.packageServer.close();
    say(`canopy serve ended with exit code ${await stage.server.end('SIGTERM')}.`);
  } finally {
    await releasers.release();
  }
}

async function setStage(releasers: Releasers): Promise<Stage> {
  heading('One SMP, two sites, two package servers, two packages');
  const folder = await mkdtemp(join(tmpdir(), 'canopy-demo-'));
  releasers.add(() => rm(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'smp');
  const server = await startServer([
    ...['--data-dir', dataDir, '--listen', '127.0.0.1:0', '--unc-root', UNC_ROOT],
    ...['--log-level', 'warn'],
  ]);
  releasers.add(async () => void (await server.end('SIGTERM')));
  say(`canopy serve answers at ${server.url}, with an embedded database in ${dataDir}`);

  const admin = administrator(server.url, server.token);
  const headOffice = await admin.createSite('Head office', ['10.1.0.0/16']);
  const branch = await admin.createSite('Branch', ['10.2.0.0/16', '2001:db8:2::/48']);
  const address = '10.1.0.5';
  const headOfficeServer = await admin.createPackageServer(
    { name: 'ps-head-office', addresses: [address] },
    headOffice,
  );
  const { guid } = await admin.createPackageServer(
    { name: 'ps-branch', kind: 'LEGACY', addresses: ['127.0.0.1'] },
    branch,
  );
  const legacyFolder = join(folder, 'ps-branch');
  const branchServer = await startLegacyPackageServer({
    id: guid,
    folder: legacyFolder,
    smpUrl: server.url,
  });
  releasers.add(() => branchServer.close());
  const packageServer = await startPackageServer({
    ...{ admin, folder, address },
    server: headOfficeServer,
    smpUrl: server.url,
  });
  releasers.add(() => packageServer.close());
  say('Sites Head office (10.1.0.0/16) and Branch (10.2.0.0/16, 2001:db8:2::/48);');
  say(`ps-head-office enrolled with a one-time token and runs at ${packageServer.url};`);
  say('ps-branch is a legacy package server, as it stands in the field.');

  const packages = await preparePackages(admin, folder);
  const machines = PLACES.map(({ name, address }) => ({
    name,
    address,
    agent: createAgent({
      folder: join(folder, 'agents', name),
      smpUrl: server.url,
      resourceId: systemRandom.guid(),
      addresses: [address],
      uncMounts: [{ unc: UNC_ROOT, folder: join(dataDir, 'PackageShare') }],
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    }),
  }));
  return {
    ...{ folder, server, admin, branchServer, packages, machines },
    ...{ headOfficeServer, packageServer },
  };
}

/** Copies two packages that are installed here, so that they can change. */
async function preparePackages(admin: Administrator, folder: string): Promise<Package[]> {
  const { resolve } = createRequire(import.meta.url);
  const sources = [
    { name: 'TypeScript', from: dirname(resolve('typescript/package.json')) },
    { name: 'Monaco Editor', from: dirname(resolve('monaco-editor/package.json')) },
  ];
  const packages: Package[] = [];
  for (const { name, from } of sources) {
    const source = join(folder, 'sources', name);
    await mkdir(dirname(source), { recursive: true });
    await cp(from, source, { recursive: true, dereference: true });
    packages.push({ name, source, ...(await admin.createPackage(name, source)) });
  }
  return packages;
}

async function firstVersion(stage: Stage): Promise<void> {
  const { admin, packages, branchServer, server } = stage;
  heading('Update Distribution Points: immutable copy, root hash, signed snapshot');
  for (const one of packages) await updateSource(admin, one);

  heading('ps-head-office fetches, is killed in the middle, and heals');
  await killAndHeal(stage);

  heading('The legacy package server of the branch reports "Codebase Enabled"');
  for (const one of packages) {
    const { offeredVersion } = await admin.explain(one, '192.0.2.1');
    await branchServer.publish(one.guid, offeredVersion, one.source);
  }
  const [first] = packages;
  heading("The codebases, by the query of Symantec's article 180568");
  const sql = `SELECT * FROM SWDPackageCodebase WHERE PackageId='${bracedGuid(first!.guid)}'`;
  say(`${sql}\n`);
  for (const [, url, source] of await admin.query(sql)) say(`${source!.padEnd(14)} ${url}`);

  heading('GetPackageInfo.aspx as an agent in the branch gets it, by plain HTTP');
  say(await packageInfo(server.url, first!));

  heading('Why these sources? The decision, explained');
  for (const { name, address } of PLACES) await explain(admin, first!, { name, address });

  heading('Three agents fetch both packages');
  for (const one of packages) {
    for (const machine of stage.machines) await deliver(one, machine);
  }
  say(`ps-branch served ${branchServer.served()} files.`);
}

/** kill -9 while the larger package is on its way; what was there stays and is built upon. */
async function killAndHeal({ admin, packages, packageServer, ...stage }: Stage): Promise<void> {
  const { headOfficeServer: server } = stage;
  const large = packages.at(-1)!;
  await until(async () => (await admin.statusOf(server, large)).state !== 'PENDING');
  await packageServer.kill();
  const { state } = await admin.statusOf(server, large);
  say(`killed while ${large.name} was ${state}`);
  await packageServer.start();
  for (const one of packages) await untilReady(stage, admin, one);
  say('started again: every byte of both packages is verified, signed for and published');
}

async function untilReady(
  { headOfficeServer }: Pick<Stage, 'headOfficeServer'>,
  admin: Administrator,
  one: Package,
  newerThan = 0,
): Promise<void> {
  await until(async () => {
    const { state, heldVersion } = await admin.statusOf(headOfficeServer, one);
    progress(`ps-head-office: ${one.name} is ${state}`);
    return state === 'READY' && heldVersion > newerThan;
  });
  endProgress();
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 120_000;
  while (!(await condition())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error('the package server is late');
    await systemClock.sleep(50);
  }
}

async function secondVersion(stage: Stage): Promise<void> {
  const { admin, packages, machines, branchServer } = stage;
  const [one] = packages;
  heading('A second version: one file changed, one added');
  await appendFile(join(one!.source, 'README.md'), '\nA second version.\n');
  await writeFile(join(one!.source, 'added.txt'), 'Added in the second version.\n');
  const { heldVersion } = await admin.statusOf(stage.headOfficeServer, one!);
  const fetchedBefore = await fetchedBytes(stage.packageServer);
  await updateSource(admin, one!);
  await untilReady(stage, admin, one!, heldVersion);
  const moved = (await fetchedBytes(stage.packageServer)) - fetchedBefore;
  say(`ps-head-office has it after ${size(moved)}; the old version was served until then.`);
  const [headOffice, branch, elsewhere] = machines;
  await deliver(one!, headOffice!);
  await deliver(one!, elsewhere!);
  const before = await admin.explain(one!, branch!.address);
  say(`The branch is still offered ${before.offeredVersion}: its package server has no other yet.`);
  const { offeredVersion } = await admin.explain(one!, elsewhere!.address);
  await branchServer.publish(one!.guid, offeredVersion, one!.source);
  say('ps-branch reports the second version.');
  await deliver(one!, branch!);
}

/** What the package server fetched since it started, as its metrics tell. */
async function fetchedBytes({ url }: PackageServerProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const line = /^canopy_package_server_fetched_bytes_total (\d+)/m.exec(metrics);
  return Number(line?.[1] ?? 0);
}

async function updateSource(admin: Administrator, one: Package): Promise<void> {
  const startedAtMs = systemClock.monotonicMs();
  const outcome = await admin.update(one, (text) => progress(`${one.name}: ${text}`));
  endProgress();
  const files = (await readdir(one.source, { recursive: true, withFileTypes: true })).filter(
    (entry) => entry.isFile(),
  ).length;
  const took = seconds(systemClock.monotonicMs() - startedAtMs);
  say(`${one.name}: ${files} files. ${outcome} (${took})`);
}

async function packageInfo(url: string, one: Package): Promise<string> {
  const xml =
    `<request resource="${bracedGuid(systemRandom.guid())}" version="1" type="codebases" ` +
    `compress="1" totalTime="0"><packages><package guid="${bracedGuid(one.guid)}"/></packages>` +
    `<addresses><address ip="10.2.0.20"/></addresses></request>`;
  const target = `${url}/Altiris/NS/Agent/GetPackageInfo.aspx?xml=${encodeURIComponent(xml)}`;
  return (await fetch(target)).text();
}

async function explain(
  admin: Administrator,
  one: Package,
  place: { readonly name: string; readonly address: string },
): Promise<void> {
  const decision = await admin.explain(one, place.address);
  say(`${place.name} (${place.address}) is offered version ${decision.offeredVersion}:`);
  for (const { name, accepted, explanation } of decision.candidates) {
    say(`  ${accepted ? '+' : '-'} ${name.padEnd(16)} ${explanation}`);
  }
}

async function deliver(one: Package, { name, agent }: Machine): Promise<void> {
  const startedAtMs = systemClock.monotonicMs();
  const outcome = await agent.fetchPackage({
    packageId: one.guid,
    signal: AbortSignal.timeout(120_000),
    onPlan: (plan) => progress(`${name}: ${one.name}, ${size(plan.bytesPlanned)} to move`),
  });
  endProgress();
  if (outcome.state === 'WAITING') throw new Error(`${name}: ${outcome.reason}`);
  const tookMs = systemClock.monotonicMs() - startedAtMs;
  const { equal, different } = compareFolders(one.source, outcome.folder);
  if (different.length > 0) throw new Error(`${name}: ${different.join(', ')} differ`);
  const moved = size(outcome.bytesFetched);
  say(
    `${name.padEnd(12)} ${one.name.padEnd(14)} ${moved.padStart(10)} moved, ${equal} files equal`,
  );
  const version = String(outcome.internalVersion);
  deliveries.push([one.name, name, version, moved, String(equal), seconds(tookMs)]);
}

async function waitForInterrupt({ server, folder }: Stage): Promise<void> {
  heading('Still up. Have a look, then press Ctrl-C');
  say(`GraphiQL        ${server.url}/graphiql (token in ${server.tokenFile})`);
  say(`command line    npm run -s canopy -- package list --server ${server.url} \\`);
  say(`                  --token-file ${server.tokenFile}`);
  say(`agents' folders ${join(folder, 'agents')}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}

await main();
