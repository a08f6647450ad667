// Shows: which server is asked with which token, and where tokens are kept.
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resolveConnection } from '../../../cli/connection/resolve-connection.ts';
import { startFakeSmp, type FakeSmp } from './fake-smp.ts';
import { createOutside, type Outside } from './support.ts';

const HQ = 'http://hq.example';
let smp: FakeSmp;
let outside: Outside;
let file: string;

beforeAll(async () => {
  smp = await startFakeSmp();
});
afterAll(() => smp.close());
beforeEach(async () => {
  outside = await createOutside();
  file = path.join(outside.folder, '.config', 'canopy', 'contexts.json');
});
afterEach(() => outside.remove());

async function storeContexts(contexts: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(contexts), { mode: 0o600 });
}

async function makeDataDirectory(): Promise<string> {
  const folder = path.join(outside.folder, 'canopy-data');
  await mkdir(folder);
  await writeFile(path.join(folder, 'admin.token'), 'canopy_local\n');
  await writeFile(path.join(folder, 'server.url'), 'http://127.0.0.1:7001\n');
  return folder;
}

test('flag before environment before context before local data directory', async () => {
  const local = await makeDataDirectory();
  expect(await resolveConnection(outside.io, {})).toMatchObject({
    url: 'http://127.0.0.1:7001',
    token: 'canopy_local',
    urlOrigin: local,
  });
  await storeContexts({ current: 'hq', contexts: { hq: { url: HQ, token: 'canopy_hq' } } });
  expect(await resolveConnection(outside.io, {})).toMatchObject({ url: HQ, token: 'canopy_hq' });
  const lab = { url: 'http://lab.example' };
  await storeContexts({ current: 'hq', contexts: { hq: { url: HQ, token: 'canopy_hq' }, lab } });
  const inLab = { ...outside.io, environment: { CANOPY_CONTEXT: 'lab' } };
  expect(await resolveConnection(inLab, {})).toMatchObject({ ...lab, token: undefined });
  const environment = {
    CANOPY_CONTEXT: 'lab',
    CANOPY_URL: 'http://env.example',
    CANOPY_TOKEN: 'canopy_env',
  };
  const io = { ...outside.io, environment };
  expect(await resolveConnection(io, {})).toMatchObject({
    url: 'http://env.example',
    token: 'canopy_env',
    urlOrigin: 'CANOPY_URL',
  });
  expect(await resolveConnection(io, { context: 'hq' })).toMatchObject({ url: HQ });
  const tokenFile = path.join(outside.folder, 'token');
  await writeFile(tokenFile, 'canopy_file\n');
  expect(await resolveConnection(io, { server: 'http://flag.example/', tokenFile })).toEqual({
    url: 'http://flag.example',
    token: 'canopy_file',
    urlOrigin: '--server',
    tokenOrigin: '--token-file',
  });
});

test('a stored token goes to the server it was stored for, and to no other', async () => {
  await makeDataDirectory();
  await storeContexts({ current: 'hq', contexts: { hq: { url: HQ, token: 'canopy_hq' } } });
  const at = (server: string) => resolveConnection(outside.io, { server });
  expect((await at(HQ)).token).toBe('canopy_hq');
  expect((await at('http://127.0.0.1:7001')).token).toBe('canopy_local');
  expect((await at('http://evil.example')).token).toBeUndefined();
});

test('a file of tokens that others may read is refused with the cure', async () => {
  await storeContexts({ contexts: {} });
  await chmod(file, 0o644);
  await expect(resolveConnection(outside.io, {})).rejects.toMatchObject({
    hint: `Run: chmod 600 ${file}`,
  });
});

test.each(['ftp://x', 'http://user:secret@x', 'smp1'])('%s is not an address', async (server) => {
  await expect(resolveConnection(outside.io, { server })).rejects.toMatchObject({ exitCode: 2 });
});

test('login tries the token, stores it for this user alone, and logout forgets it', async () => {
  smp.token = 'canopy_right';
  const person = await createOutside({ answers: ['canopy_wrong', 'canopy_right'] });
  try {
    const stored = path.join(person.folder, '.config', 'canopy', 'contexts.json');
    expect(await person.run('login', '--server', smp.url, '--name', 'hq')).toBe(4);
    await expect(stat(stored)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await person.run('login', '--server', smp.url, '--name', 'hq')).toBe(0);
    expect(person.stdout + person.stderr).not.toContain('canopy_right');
    expect((await stat(stored)).mode & 0o777).toBe(0o600);
    expect(await person.run('site', 'list')).toBe(0);
    expect(await person.run('context', 'list', '-o', 'json')).toBe(0);
    expect(JSON.parse(person.stdout)).toEqual([
      { name: 'hq', url: smp.url, current: true, signedIn: true },
    ]);
    expect(await person.run('logout')).toBe(0);
    expect(await readFile(stored, 'utf8')).not.toContain('canopy_right');
    expect(await person.run('site', 'list')).toBe(4);
  } finally {
    smp.token = undefined;
    await person.remove();
  }
});

test('contexts are added, used and removed; names that clash or are unknown are told', async () => {
  expect(await outside.run('context', 'add', 'emea', 'https://emea.example')).toBe(0);
  expect(await outside.run('context', 'add', 'emea', 'https://emea.example')).toBe(6);
  expect(await outside.run('context', 'add', 'a/b', 'https://emea.example')).toBe(2);
  expect(await outside.run('context', 'use', 'nope')).toBe(5);
  expect(await outside.run('context', 'remove', 'emea')).toBe(0);
  expect(await outside.run('context', 'list', '-o', 'name')).toBe(0);
  expect(outside.stdout).toBe('');
});
