// The hot queries are served by indexes on every database, at the size of a large server.
import type { MikroORM } from '@mikro-orm/postgresql';
import { type Kysely, type RawNode, sql, type KyselyPlugin } from 'kysely';
import { systemRandom } from '../../core/random.ts';
import { SqlCatalogQueries } from '../../server/persistence/catalog/catalog-queries.ts';
import { SqlChangeLog } from '../../server/persistence/catalog/change-log.ts';
import { RecentCommits } from '../../server/persistence/catalog/recent-commits.ts';
import { databaseKinds, type TestDatabase } from '../support/database.ts';
import { aHolding, aPackage, aSubnet } from '../support/database-items.ts';

describe.each(databaseKinds())('$name', (kind) => {
  let subject: TestDatabase;
  beforeAll(async () => {
    subject = await kind.create();
    const networks = new Set(Array.from({ length: 2_000 }, () => aSubnet().network));
    await subject.database.store.transact(async (tx) => {
      for (let index = 0; index < 2_000; index += 1) tx.put('package', aPackage());
      for (let index = 0; index < 5_000; index += 1) tx.put('holding', aHolding());
      for (const network of networks) tx.put('subnet', aSubnet({ network }));
    });
    await sql`analyze`.execute(subject.database.orm.em.getKysely<unknown>());
  });
  afterAll(async () => {
    await subject?.close();
    await kind.stop();
  });

  /** Runs `query` with every statement of it explained instead, and answers the plans. */
  async function plans(query: (orm: MikroORM) => Promise<unknown>): Promise<string> {
    const found: string[] = [];
    const explain: KyselyPlugin = {
      transformQuery: ({ node }) => {
        const raw = node as RawNode;
        const [first, ...rest] = raw.sqlFragments;
        return { ...raw, sqlFragments: [`explain ${first}`, ...rest] };
      },
      transformResult: async ({ result }) => {
        found.push(...result.rows.map((row) => String(row['QUERY PLAN'])));
        return { ...result, rows: [{}] };
      },
    };
    const { orm } = subject.database;
    const explaining = orm.em.getKysely<unknown>().withPlugin(explain);
    await query({
      em: { getKysely: () => explaining },
      getMetadata: () => orm.getMetadata(),
    } as unknown as MikroORM);
    return found.join('\n');
  }

  test('a page deep inside the packages by name', async () => {
    const plan = await plans((orm) =>
      new SqlCatalogQueries(orm).page('package', {
        conditions: [],
        orderBy: [{ field: 'name', direction: 'DESC' }],
        limit: 50,
        after: ['Package 8', systemRandom.guid()],
      }),
    );
    expect(plan).toContain('package_name_index');
    expect(plan).not.toMatch(/Seq Scan|Sort/);
  });

  test('the subnets of an address', async () => {
    const plan = await plans((orm) =>
      new SqlCatalogQueries(orm).page('subnet', {
        conditions: [{ field: 'containsAddress', comparison: 'eq', value: '10.1.2.3' }],
        orderBy: [],
        limit: 50,
      }),
    );
    expect(plan).toContain('subnet_network_index');
    expect(plan).not.toContain('Seq Scan');
  });

  test('the changes after a cursor', async () => {
    const read = (orm: MikroORM) =>
      new SqlChangeLog(orm.em.getKysely<unknown>(), 'test', new RecentCommits('test')).read(
        8_900,
        100,
      );
    const plan = await plans(read);
    expect(plan).toContain('change_log_pkey');
    expect(plan).not.toContain('Seq Scan on change_log');
  });

  test('items by key, and the holdings of a package', async () => {
    const plan = await plans((orm) =>
      new SqlCatalogQueries(orm).getMany('package', [systemRandom.guid()]),
    );
    expect(plan).toContain('package_pkey');
    const holdings = await subject.database.orm.em.execute<{ 'QUERY PLAN': string }[]>(
      `explain select * from swdpackagecodebase where packageid = '${systemRandom.guid()}'`,
    );
    const text = holdings.map((row) => row['QUERY PLAN']).join('\n');
    expect(text).toContain('holding_package_index');
    expect(text).not.toMatch(/Seq Scan on (holding|package p)\b/);
  });

  test('items that a transaction reads and writes by key', async () => {
    const { orm } = subject.database;
    const id = systemRandom.guid();
    const keys = JSON.stringify({ package: [{ id }], holding: [] });
    const seen = JSON.stringify({ package: [{ id, version: null }] });
    const scans = (db: Kysely<unknown>) =>
      sql<{ all: string; by_index: string }>`
      select seq_scan as all, idx_scan as by_index from pg_stat_xact_user_tables
      where relname = 'package'`.execute(db);
    // What a connection counted before may still be there.
    const [before, after] = await orm.em.fork().transactional(async (inner) => {
      const db = inner.getKysely<unknown>();
      const first = await scans(db);
      await sql`select from read_items(${keys}::jsonb)`.execute(db);
      await sql`
        select from commit_items(${seen}::jsonb, ${keys}::jsonb, '{}', '[]', 0, 0, 'test')
      `.execute(db);
      return [first.rows[0]!, (await scans(db)).rows[0]!];
    });
    expect(after.all).toBe(before.all);
    expect(Number(after.by_index) - Number(before.by_index)).toBe(3);
  });
});
