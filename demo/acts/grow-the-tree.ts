import type { Commands } from '../commands.ts';
import { startPackageServer, type PackageServer } from '../package-server.ts';
import { heading, say } from '../screen.ts';
import { startSmp, wentWell, type Smp, type SmpPlace } from '../smp.ts';
import type { SmpName, Stage } from '../stage.ts';
import { must, until } from '../until.ts';

/** The share of the root's package store, for codebases of the kind UNC. */
const UNC_ROOT = String.raw`\\smp-demo\PkgShare`;

/** As `hierarchy check` writes what can be typed. */
const CURE = /^\s+\$ (canopy .+)$/gm;

const PLACES: Readonly<Record<SmpName, SmpPlace>> = {
  headquarters: {
    name: 'headquarters',
    address: '10.1.0.1',
    network: '10.1.0.0/16',
    uncRoot: UNC_ROOT,
  },
  europe: { name: 'europe', address: '10.2.0.1', network: '10.2.0.0/16' },
  asia: { name: 'asia', address: '10.3.0.1', network: '10.3.0.0/16' },
  berlin: { name: 'berlin', address: '10.4.0.1', network: '10.4.0.0/16' },
};

/** A root, two children and a grandchild, joined as KB 184143 has it; one join is refused first. */
export async function growTheTree(
  commands: Commands,
  folder: string,
): Promise<Pick<Stage, 'smps' | 'packageServers'>> {
  heading('A tree of four SMPs: headquarters; below it europe and asia; below europe berlin');
  const [headquarters, europe, asia, berlin] = await Promise.all([
    startSmp(commands, folder, PLACES.headquarters),
    startSmp(commands, folder, PLACES.europe),
    startSmp(commands, folder, PLACES.asia),
    startSmp(commands, folder, PLACES.berlin),
  ]);
  const smps = { headquarters, europe, asia, berlin };
  for (const { name, url } of Object.values(smps)) {
    say(`${name.padEnd(12)} ${url}, with an embedded database of its own`);
  }
  const serve = (smp: Smp): Promise<PackageServer> => newPackageServer(commands, folder, smp);
  const servers = { headquarters: await serve(headquarters), asia: await serve(asia) };
  say('A package server runs in the sites of headquarters and asia.');

  await beRefused(headquarters, europe);
  await cure(headquarters, europe);
  await join(headquarters, europe);
  const packageServers = {
    ...servers,
    europe: await enrolCure(commands, folder, europe),
    berlin: await serve(berlin),
  };
  say('PS01 enrolled with a one-time token and runs; so does a package server of berlin.');

  heading('The others join, and headquarters sees them all');
  await giveToken(headquarters, 'asia');
  await join(headquarters, asia);
  await giveToken(europe, 'berlin');
  await join(europe, berlin);
  await until('all four are seen', async () => {
    const statuses = [...(await headquarters.admin.statusInTree()).values()];
    return statuses.length === 4 && statuses.every((status) => status === 'OK');
  });
  wentWell(await headquarters.type('canopy hierarchy tree'));
  return { smps, packageServers };
}

async function newPackageServer(
  commands: Commands,
  folder: string,
  smp: Smp,
): Promise<PackageServer> {
  const name = `ps-${smp.name}`;
  const address = addressOf(smp);
  const made = await smp.admin.createPackageServer({ name, addresses: [address] }, smp.site);
  return startPackageServer(commands, { smp, name, made, folder, address });
}

async function beRefused(parent: Smp, child: Smp): Promise<void> {
  heading('A join is refused: no package server serves the site of europe (KB 184143)');
  await giveToken(parent, child.name);
  const { code } = await child.type(joinCommand('join', parent, child));
  must('the join was refused', code !== 0 && !(await child.admin.hasJoined()));
}

/** Does what `hierarchy check` says, word by word. */
async function cure(parent: Smp, child: Smp): Promise<void> {
  heading('The check names the cure; it is carried out as printed');
  const { code, errors } = await child.type(joinCommand('check', parent, child));
  const cures = [...errors.matchAll(CURE)].map(([, command]) => command!);
  must('the check failed and named cures', code !== 0 && cures.length > 0);
  for (const command of cures) wentWell(await child.type(command, 'QUIETLY'));
}

async function giveToken(parent: Smp, childName: string): Promise<void> {
  const command = `canopy hierarchy token create > ${childName}.token`;
  wentWell(await parent.type(command, 'QUIETLY'));
}

/** The same command that was refused. */
async function join(parent: Smp, child: Smp): Promise<void> {
  wentWell(await child.type(joinCommand('join', parent, child), 'QUIETLY'));
  await until(`${child.name} has joined`, () => child.admin.hasJoined());
  say(`${child.name} is a child of ${parent.name}.`);
}

function joinCommand(verb: 'check' | 'join', parent: Smp, child: Smp): string {
  return `canopy hierarchy ${verb} ${parent.url} --join-token-file ${child.name}.token`;
}

/** A machine becomes the package server that the cure made. */
async function enrolCure(commands: Commands, folder: string, smp: Smp): Promise<PackageServer> {
  const name = 'PS01';
  const made = await smp.admin.packageServerNamed(name);
  return startPackageServer(commands, { smp, name, made, folder, address: addressOf(smp) });
}

/** Of the package server beside an SMP. */
function addressOf({ name }: Smp): string {
  return PLACES[name as SmpName].address.replace(/1$/, '5');
}
