// The share of docs/package-server.md, as it stands there, in a real smbd: versions and `cache` are
// read in any letter case, and nothing else can be had or changed.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContentStore } from '../../content/index.ts';
import { systemClock } from '../../core/clock.ts';
import { bracedGuid, toGuid } from '../../core/guid.ts';
import { systemRandom } from '../../core/random.ts';
import { eventually, runProgram } from './processes.ts';

const PACKAGE_ID = toGuid('46d50e6e-183c-4d15-9767-ee14ebea5ed4');
const VERSION = 1_700_000_000;
const GUIDE = join(import.meta.dirname, '..', '..', 'docs', 'package-server.md');

const isInstalled = ['smbd', 'smbclient'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
);

// smbd changes to the guest's account, which only root may.
if (!isInstalled || process.getuid?.() !== 0) {
  test('LEFT OUT: the share needs smbd and smbclient, and root (apt-get install samba smbclient)', () => {
    expect(isInstalled && process.getuid?.() === 0).toBe(false);
  });
} else {
  describe('the documented share', share);
}

function share(): void {
  let folder: string;
  let smbd: ChildProcess;
  let configuration: string;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'canopy-samba-'));
    // As on a package server: guests get to the share.
    await chmod(folder, 0o755);
    const packageShare = await publish(folder);
    await symlink('/etc/hostname', join(packageShare, 'outside'));
    await writeFile(join(packageShare, '.hidden'), 'not for anybody');
    port = await freePort();
    configuration = join(folder, 'smb.conf');
    await writeFile(configuration, await documented(folder, packageShare, port));
    smbd = spawn('smbd', ['--foreground', '--no-process-group', `--configfile=${configuration}`], {
      // With a socket as its input it would take itself for a child of inetd.
      stdio: 'ignore',
      // It ends by a signal to its whole process group.
      detached: true,
    });
    await eventually(
      () => answers(port),
      () => `smbd does not listen on ${port}`,
    );
  });
  afterAll(async () => {
    const isRunning = smbd?.exitCode === null && smbd.signalCode === null;
    const ended = isRunning ? once(smbd, 'exit') : undefined;
    smbd?.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  const ask = (commands: string): Promise<{ code: number | null; stdout: string }> =>
    runProgram('smbclient', [
      ...['//127.0.0.1/PkgSvrHost$', '-N', '-p', String(port)],
      ...[`--configfile=${configuration}`, '-c', `lcd ${folder}; ${commands}`],
    ]);
  const remote = `${bracedGuid(PACKAGE_ID)}`;

  test.each([`${remote}\\v${VERSION}`, `${remote}\\cache`, remote.toLowerCase() + '\\CACHE'])(
    '%s has the files, in any letter case',
    async (place) => {
      expect(await ask(`get ${place}\\SETUP\\readme.TXT got`)).toMatchObject({ code: 0 });
      expect(await readFile(join(folder, 'got'), 'utf8')).toBe('installed by everybody');
    },
  );

  test.each([
    ['a link out of the share', 'get outside got'],
    ['a hidden file', 'get .hidden got'],
    ['writing', 'put smb.conf new'],
    ['deleting', `del ${remote}\\v${VERSION}\\Setup\\ReadMe.txt`],
    ['renaming', `rename ${remote}\\v${VERSION} other`],
  ])('%s is refused', async (_, command) => {
    const { stdout } = await ask(command);
    expect(stdout).toMatch(/NT_STATUS_(ACCESS_DENIED|OBJECT_NAME_NOT_FOUND|OBJECT_PATH_NOT_FOUND)/);
  });

  test('the list shows packages, and not what is hidden', async () => {
    const { stdout } = await ask('ls');
    expect(stdout).toContain(bracedGuid(PACKAGE_ID));
    expect(stdout).not.toContain('hidden');
  });
}

/** A version as a package server publishes it; answers the folder of the share. */
async function publish(folder: string): Promise<string> {
  const source = join(folder, 'source');
  await mkdir(join(source, 'Setup'), { recursive: true });
  await writeFile(join(source, 'Setup', 'ReadMe.txt'), 'installed by everybody');
  const store = await openContentStore({
    ...{ folder: join(folder, 'data'), clock: systemClock, random: systemRandom, workers: 1 },
  });
  const { manifest } = await store.build({ sourceFolder: source, recheck: 'content' });
  await store.publishTree(PACKAGE_ID, VERSION, manifest);
  await store.setCurrent(PACKAGE_ID, VERSION);
  await store.close();
  return store.paths.packageShare;
}

const DIRECTORIES: Readonly<Record<string, string>> = {
  private: 'private dir',
  ncalrpc: 'ncalrpc dir',
};

/** The block of the guide, with this folder and port, and files of its own for everything else. */
async function documented(folder: string, packageShare: string, port: number): Promise<string> {
  const [, block = ''] = /```ini\n([\s\S]*?)```/.exec(await readFile(GUIDE, 'utf8')) ?? [];
  const own = ['private', 'lock', 'state', 'cache', 'pid', 'ncalrpc'];
  for (const name of own) await mkdir(join(folder, name), { mode: 0o755 });
  const lines = own.map(
    (name) => `  ${DIRECTORIES[name] ?? `${name} directory`} = ${folder}/${name}`,
  );
  const here = [...lines, `  smb ports = ${port}`, '  interfaces = lo'];
  const rest = [
    '  bind interfaces only = yes',
    `  log file = ${folder}/log`,
    '  load printers = no',
  ];
  return block
    .replace('[global]', ['[global]', ...here, ...rest].join('\n'))
    .replace(/^ {2}path = .*$/m, `  path = ${packageShare}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function answers(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
