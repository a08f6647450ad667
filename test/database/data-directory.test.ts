// One process at a time has the data directory, and a first start that crashed heals itself.
import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockDataDirectory } from '../../server/persistence/data-directory-lock.ts';
import { ensureCluster } from '../../server/persistence/embedded/cluster.ts';
import { openDatabase } from '../../server/persistence/open-database.ts';
import { startProgram } from '../support/child-program.ts';
import { databaseOptions, temporaryDirectory } from '../support/database.ts';

const HOLDER = new URL('programs/hold-data-directory.ts', import.meta.url);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());

test('a second process is refused by any name of the directory, until the first is killed', async () => {
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

test('what an interrupted first start left behind is removed', async () => {
  const unfinished = join(directory.path, 'pgdata.new-x1y2z3');
  await mkdir(join(unfinished, 'base'), { recursive: true });
  await writeFile(join(unfinished, 'PG_VERSION'), '18\n');
  const cluster = await ensureCluster(directory.path);
  expect(await readdir(directory.path)).toEqual(['pgdata']);
  expect(existsSync(join(cluster, 'global', 'pg_control'))).toBe(true);
  expect(await ensureCluster(directory.path)).toBe(cluster);
});
