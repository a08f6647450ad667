// One process at a time has the data directory, and a first start that crashed heals itself.
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDataDirectory } from '../../content/data-directory-lock.ts';
import { ensureCluster } from '../../server/persistence/embedded/cluster.ts';
import { openDatabase } from '../../server/persistence/open-database.ts';
import { startProgram } from '../support/child-program.ts';
import { databaseOptions, seededDataDirectory, temporaryDirectory } from '../support/database.ts';

const COMMITTER = new URL('programs/commit-until-killed.ts', import.meta.url);
const HOLDER = new URL('programs/hold-data-directory.ts', import.meta.url);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

test('another process is refused under any name, until the first is killed', async () => {
  const dataDirectory = join(directory.path, 'data');
  const otherName = join(directory.path, 'link');
  await mkdir(dataDirectory);
  await symlink(dataDirectory, otherName);
  const holder = startProgram(HOLDER, dataDirectory);
  await holder.untilLines(1);
  for (const name of [dataDirectory, otherName]) {
    await expect(openDatabase(databaseOptions(name))).rejects.toMatchObject({
      code: 'DATA_DIRECTORY_LOCKED',
      message: `data directory ${name} is used by process ${holder.pid}`,
    });
  }
  expect(existsSync(join(dataDirectory, 'state', 'pgdata'))).toBe(false);
  await holder.kill();
  lockDataDirectory(otherName).release();
});

test('a released lock can be taken again', () => {
  lockDataDirectory(directory.path).release();
  const again = lockDataDirectory(directory.path);
  expect(() => lockDataDirectory(directory.path)).toThrow('is used by process');
  again.release();
});

test('what an interrupted first start left behind is removed, and a cluster is kept', async () => {
  const seeded = await seededDataDirectory();
  const state = join(seeded.path, 'state');
  await mkdir(join(state, 'pgdata.new-x1y2z3', 'base'), { recursive: true });
  expect(await ensureCluster(state)).toBe(join(state, 'pgdata'));
  expect(await readdir(state)).toEqual(['pgdata']);
  await seeded.remove();
});

test('a first start that is killed is made good by the next', async () => {
  const state = join(directory.path, 'state');
  const killed = startProgram(COMMITTER, directory.path);
  while (!existsSync(state) || !(await readdir(state)).some((name) => name.includes('.new-')));
  await killed.kill();
  expect(existsSync(join(state, 'pgdata'))).toBe(false);
  const next = startProgram(COMMITTER, directory.path);
  await next.untilLines(1);
  await next.kill();
  const database = await openDatabase(databaseOptions(directory.path));
  expect(await database.queries.count('site', [])).toBeGreaterThan(0);
  await database.close();
});
