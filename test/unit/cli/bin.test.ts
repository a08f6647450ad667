// Shows: the installed command finds a Node that can run it, and stands in for it faithfully.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../../bin/canopy.js', import.meta.url));
const NODE_PACKAGE = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

let folder: string;
let packageFolder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'canopy-bin-'));
  packageFolder = path.join(folder, 'node_modules', 'canopy');
  await mkdir(path.join(packageFolder, 'bin'), { recursive: true });
  await mkdir(path.join(packageFolder, 'dist', 'cli'), { recursive: true });
  await writeFile(path.join(packageFolder, 'package.json'), '{"type":"module"}');
  await copyFile(BIN, path.join(packageFolder, 'bin', 'canopy.js'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A Node that says it is version 20: it runs ours with a preloaded lie. */
async function start(...args: string[]): Promise<ChildProcess> {
  const lie = path.join(folder, 'old-node.cjs');
  await writeFile(
    lie,
    "if (!process.env.CANOPY_NODE_REPLACED) Object.defineProperty(process.versions, 'node', { value: '20.20.2' });",
  );
  const bin = path.join(packageFolder, 'bin', 'canopy.js');
  return spawn(process.execPath, ['--require', lie, bin, ...args], { stdio: 'pipe' });
}

async function writeMain(source: string): Promise<void> {
  await writeFile(path.join(packageFolder, 'dist', 'cli', 'main.js'), source);
}

/** Installs a packaged Node that tells that it was used. */
async function installNode(where: string): Promise<void> {
  const bin = path.join(where, 'node_modules', NODE_PACKAGE, 'bin');
  await mkdir(bin, { recursive: true });
  const node = path.join(bin, 'node');
  await writeFile(node, `#!/bin/sh\necho "packaged" >&2\nexec "${process.execPath}" "$@"\n`);
  await chmod(node, 0o755);
}

async function ended(child: ChildProcess) {
  const texts = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk) => (texts.stdout += String(chunk)));
  child.stderr!.on('data', (chunk) => (texts.stderr += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...texts };
}

test.each([
  ['nested', () => packageFolder],
  ['hoisted', () => folder],
])(
  'an old Node hands over to the packaged one, %s; arguments and exit code pass',
  async (_, where) => {
    await installNode(where());
    await writeMain('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 5;');
    expect(await ended(await start('package', 'get', 'a b'))).toEqual({
      code: 5,
      stdout: '["package","get","a b"]\n',
      stderr: 'packaged\n',
    });
  },
);

test('without a packaged Node it says what is missing', async () => {
  await writeMain('console.log("never");');
  const { code, stdout, stderr } = await ended(await start());
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('Node 20.20.2 is too old; Canopy needs 22.17 or newer.');
});

test('a new Node runs it by itself', async () => {
  await writeMain('console.log(process.env.CANOPY_NODE_REPLACED ?? "not replaced");');
  const bin = path.join(packageFolder, 'bin', 'canopy.js');
  const child = spawn(process.execPath, [bin], { stdio: 'pipe' });
  expect(await ended(child)).toEqual({ code: 0, stdout: 'not replaced\n', stderr: '' });
});

test('SIGTERM reaches the server, and its graceful 0 comes back', async () => {
  await installNode(folder);
  await writeMain(`
    process.on('SIGTERM', () => { console.log('stopped'); process.exit(0); });
    setInterval(() => {}, 1000);
    console.log('ready');
  `);
  const child = await start();
  const result = ended(child);
  await once(child.stdout!, 'data');
  child.kill('SIGTERM');
  expect(await result).toMatchObject({ code: 0, stdout: 'ready\nstopped\n' });
});

test('a killed server ends as shells tell it: 128 and the signal', async () => {
  await installNode(folder);
  await writeMain("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);");
  expect((await ended(await start())).code).toBe(128 + constants.signals.SIGKILL);
});
