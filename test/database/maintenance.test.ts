// The embedded engine's maintenance keeps the write-ahead log bounded and clears dead rows.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Clock } from '../../core/clock.ts';
import { systemClock } from '../../core/clock.ts';
import { silentLogger } from '../../core/logger.ts';
import { createMaintenance } from '../../server/persistence/embedded/maintenance.ts';
import { databaseKinds, type TestDatabase } from '../support/database.ts';

/** 64 MB, the engine's `max_wal_size`. */
const MAX_SEGMENTS = 4;
const FIVE_MINUTES_MS = 5 * 60_000;

describe('maintenance', () => {
  let subject: TestDatabase;
  let passedMs = 0;
  const clock: Clock = { ...systemClock, monotonicMs: () => passedMs };

  beforeAll(async () => {
    subject = await databaseKinds()[0]!.create();
    await sql`create table filler (id integer primary key, body text)`.execute(db());
    await sql`insert into filler
      select n, repeat(md5(n::text), 30) from generate_series(1, 4000) n`.execute(db());
  });
  afterAll(() => subject?.close());

  const db = () => subject.database.orm.em.getKysely<unknown>();
  const rewrite = () => sql`update filler set body = reverse(body)`.execute(db());

  async function segments(): Promise<number> {
    const wal = join(subject.options.dataDirectory, 'state', 'pgdata', 'pg_wal');
    return (await readdir(wal)).filter((name) => /^[0-9A-F]{24}$/.test(name)).length;
  }

  test('checkpoints by volume and by time, and not without need', async () => {
    const maintenance = createMaintenance({ db: db(), clock, logger: silentLogger });
    await maintenance.run();
    let most = 0;
    for (let round = 0; round < 12; round += 1) {
      await rewrite();
      await rewrite();
      await maintenance.run();
      most = Math.max(most, await segments());
    }
    expect(most).toBeLessThanOrEqual(MAX_SEGMENTS + 2);
    await maintenance.run();
    passedMs += FIVE_MINUTES_MS;
    await sql`update filler set body = 'x' where id = 1`.execute(db());
    expect(await maintenance.run()).toMatchObject({ checkpointed: true });
    expect(await maintenance.run()).toMatchObject({ checkpointed: false });
  });

  test('vacuums a table with many dead rows', async () => {
    const maintenance = createMaintenance({ db: db(), clock, logger: silentLogger });
    await rewrite();
    const vacuumed: string[] = [];
    // The engine publishes its counts at most once a second.
    while (!vacuumed.includes('filler')) {
      vacuumed.push(...(await maintenance.run()).vacuumed);
      await sql`select 1`.execute(db());
    }
    const { rows } = await sql<{ n_dead_tup: string }>`
      select n_dead_tup from pg_stat_user_tables where relname = 'filler'`.execute(db());
    expect(Number(rows[0]!.n_dead_tup)).toBeLessThan(100);
  });
});
