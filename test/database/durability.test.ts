// The embedded database keeps every acknowledged commit, and says truly what a commit survives.
import { openDatabase } from '../../server/persistence/open-database.ts';
import { startProgram } from '../support/child-program.ts';
import { aSite } from '../support/database-items.ts';
import { databaseOptions, seededDataDirectory } from '../support/database.ts';

const COMMITTER = new URL('programs/commit-until-killed.ts', import.meta.url);

let directory: Awaited<ReturnType<typeof seededDataDirectory>>;
beforeEach(async () => {
  directory = await seededDataDirectory();
});
afterEach(() => directory.remove());

test('no acknowledged commit is lost by kill -9, and revisions stay gapless', async () => {
  const acknowledged: string[] = [];
  for (const commits of [40, 137]) {
    const program = startProgram(COMMITTER, directory.path);
    await program.untilLines(commits);
    await program.kill();
    acknowledged.push(...program.lines);
  }
  const database = await openDatabase(databaseOptions(directory.path));
  try {
    const { position, changes } = await database.store.readAll();
    const stored = new Set(changes.map(({ item }) => (item as { name?: string }).name));
    expect(acknowledged.filter((name) => !stored.has(name))).toEqual([]);
    const { changes: logged } = await database.log.read(0, 100_000);
    expect(logged.map(({ revision }) => revision)).toEqual(logged.map((_, index) => index + 1));
    expect(position.revision).toBe(logged.length);
    expect(stored.size).toBe(logged.length);
  } finally {
    await database.close();
  }
});

test('a durable engine flushes at least once for each commit', async () => {
  const database = await openDatabase(databaseOptions(directory.path));
  try {
    expect(database.durability).toBe('STRICT');
    const before = database.fsyncCount();
    for (let commit = 0; commit < 20; commit += 1) {
      await database.store.transact(async (tx) => tx.put('site', aSite()));
    }
    expect(database.fsyncCount() - before).toBeGreaterThanOrEqual(20);
  } finally {
    await database.close();
  }
});

test('a relaxed engine flushes nothing and says so', async () => {
  const options = { ...databaseOptions(directory.path), durability: 'PROCESS_CRASH_ONLY' as const };
  const database = await openDatabase(options);
  try {
    await database.store.transact(async (tx) => tx.put('site', aSite()));
    expect(database.fsyncCount()).toBe(0);
    expect(database.durability).toBe('PROCESS_CRASH_ONLY');
  } finally {
    await database.close();
  }
});
