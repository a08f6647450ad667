// Shows: the SMP is away for days, or the package server's clock wrong by years; it serves what it
// attested, and when the SMP is back everything that happened meanwhile is made good.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  accepted,
  DeletePackageDocument,
  UpdatePackageServerDocument,
} from '../../client-sdk/src/index.ts';
import { systemRandom } from '../../core/random.ts';
import { silentLogger } from '../../core/logger.ts';
import type { Made } from '../../demo/administrator.ts';
import { startPackageServer, type PackageServerStatus } from '../../package-server/index.ts';
import { openShapedLink, type ShapedLink } from '../support/shaped-link.ts';
import { ShiftedClock } from '../support/shifted-clock.ts';
import { Office, type Machine } from './office.ts';
import { eventually } from './processes.ts';

const DAY_MS = 24 * 3_600_000;
const YEAR_MS = 365 * DAY_MS;
const BYTES = { kept: randomBytes(40_000), changed: randomBytes(40_000), gone: randomBytes(9_000) };

let office: Office;
let link: ShapedLink;
let machine: Machine;
let server: Awaited<ReturnType<typeof startPackageServer>>;
let clock: ShiftedClock;
let packages: { readonly [K in keyof typeof BYTES]: Made };

beforeAll(async () => {
  office = await Office.open();
  link = await openShapedLink(office.smp.ready.url);
  machine = await office.addMachine('PS01', { smpUrl: link.url });
  await machine.process.end();
  await office.settings({ deletePackageFilesAfterMinutes: 60, versionGraceMinutes: 60 });
  packages = {
    kept: await office.publish('Kept', { 'a.bin': BYTES.kept }),
    changed: await office.publish('Changed', { 'a.bin': BYTES.changed }),
    gone: await office.publish('Gone', { 'a.bin': BYTES.gone }),
  };
}, 120_000);

afterEach(async () => {
  await server?.stop();
  link.shape.state = 'OPEN';
});

afterAll(async () => {
  await office.close();
  await link.close();
});

test.each([
  ['ten years behind', -10 * YEAR_MS],
  ['ten years ahead', 10 * YEAR_MS],
  ['right', 0],
])('a clock that is %s locks it out of nothing', async (_, wrongByMs) => {
  await start(wrongByMs);
  await allReady();
  await office.offered(packages.kept, [server.url]);
});

test('days without the SMP: it serves on, and afterwards holds what it is to hold', async () => {
  await start(0);
  await allReady();
  const old = versionOf(packages.changed);
  link.shape.state = 'REFUSED';
  link.reset();
  await eventually(async () => !server.status().link.connected || undefined, shown);
  const input = { id: packages.gone.id };
  accepted((await office.client.execute(DeletePackageDocument, { input })).deletePackage);
  await office.writeSource('Changed', { 'a.bin': randomBytes(40_000) });
  await office.admin.update(packages.changed, () => undefined);
  for (let day = 1; day <= 4; day += 1) {
    clock.pass(DAY_MS);
    for (const name of ['kept', 'changed', 'gone'] as const) {
      expect(await served(packages[name])).toEqual(BYTES[name]);
    }
  }
  link.shape.state = 'OPEN';
  // It tries again at least every minute.
  clock.pass(60_000);
  await eventually(async () => server.status().link.connected || undefined, shown);
  await eventually(async () => versionOf(packages.changed) > old || undefined, shown);
  await office.offered(packages.changed, [server.url]);
  expect(await served(packages.kept)).toEqual(BYTES.kept);
  const gone = folderOf(packages.gone);
  await eventually(async () => !existsSync(gone) || passed(DAY_MS), shown);
  // The version before is gone too, after its grace; nothing else is.
  const versions = async (): Promise<string[]> => await readdir(folderOf(packages.changed));
  const newest = `v${versionOf(packages.changed)}`;
  await eventually(
    async () => (await versions()).sort().join() === `cache,${newest}` || passed(DAY_MS),
    async () => (await versions()).join(),
  );
  expect(await readdir(join(folderOf(packages.kept)))).toHaveLength(2);
});

/** Lets time pass between two looks. */
function passed(ms: number): undefined {
  clock.pass(ms);
  return undefined;
}

async function start(wrongByMs: number): Promise<void> {
  clock = new ShiftedClock(wrongByMs);
  server = await startPackageServer({
    dataDirectory: machine.folder,
    listen: { host: '127.0.0.1', port: 0 },
    addresses: [machine.address],
    ...{ clock, random: systemRandom, logger: silentLogger },
  });
  const input = { id: machine.made.id, httpUrl: server.url };
  const answer = await office.client.execute(UpdatePackageServerDocument, { input });
  accepted(answer.updatePackageServer);
}

async function allReady(): Promise<void> {
  await eventually(async () => server.readyCount() === 3 || undefined, shown);
  await eventually(async () => server.status().link.connected || undefined, shown);
}

function lineOf(one: Made): PackageServerStatus['packages'][number] | undefined {
  return server.status().packages.find(({ packageId }) => packageId === one.guid);
}

/** Of the version that is verified; 0 for none. */
function versionOf(one: Made): number {
  const line = lineOf(one);
  return line?.status === 'READY' ? line.internalVersion : 0;
}

function folderOf(one: Made): string {
  return join(machine.folder, 'PackageShare', `{${one.guid.toUpperCase()}}`);
}

async function served(one: Made): Promise<Buffer> {
  const base = `${server.url}/Altiris/PackageShare/${one.guid}`;
  const answer = await fetch(`${base}/${lineOf(one)!.versions.at(0)}/a.bin`);
  return Buffer.from(await answer.arrayBuffer());
}

function shown(): string {
  return JSON.stringify(server.status());
}
