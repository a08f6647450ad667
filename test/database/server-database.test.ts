// Records, migrations, read-only SQL and wake-ups of a server's database work on every database.
import { sql } from 'kysely';
import pg from 'pg';
import type { Wakeups } from '../../catalog/ports.ts';
import { openDatabase } from '../../server/persistence/open-database.ts';
import { openOrm } from '../../server/persistence/orm.ts';
import {
  databaseKinds,
  onEveryDatabase,
  databaseOptions,
  temporaryDirectory,
} from '../support/database.ts';
import { aSite } from '../support/database-items.ts';
import { recordsContract } from './records.contract.ts';

onEveryDatabase((subject) => {
  const raw = () => subject().database.orm.em.getKysely<unknown>();

  describe('records', () => recordsContract(() => subject().database));

  test('the migrated tables have exactly the columns of the entities', async () => {
    const { rows } = await sql<{ name: string }>`
      select table_name || '.' || column_name || ' ' || udt_name
        || case when is_nullable = 'YES' then ' null' else '' end as name
      from information_schema.columns join information_schema.tables
        using (table_schema, table_name)
      where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(raw());
    const ofEntities = [...subject().database.orm.getMetadata().getAll().values()].flatMap(
      (entity) =>
        entity.props.map(({ fieldNames, columnTypes, nullable }) => {
          const type = { bigint: 'int8', bigserial: 'int8', int: 'int4', boolean: 'bool' }[
            columnTypes[0]!
          ];
          const column = `${entity.tableName}.${fieldNames[0]} ${type ?? columnTypes[0]}`;
          return nullable ? `${column} null` : column;
        }),
    );
    const withoutEntity =
      /^(change_head|change_log|change_run|mikro_orm_migrations)\.|^\w+\.revision int8$/;
    const found = rows.map(({ name }) => name).filter((name) => !withoutEntity.test(name));
    expect(found.sort()).toEqual(ofEntities.sort());
  });

  test('an empty database is called fresh once', async () => {
    expect(subject().database.freshlyCreated).toBe(true);
    const again = await openOrm(subject().database.connection);
    await again.orm.close(true);
    expect(again.freshlyCreated).toBe(false);
  });

  test("another version's routines are replaced when the database is opened", async () => {
    const mine = sql<{ source: string; version: string }>`
      select prosrc as source, obj_description(oid, 'pg_proc') as version
      from pg_proc where proname = 'read_items'`;
    const before = await mine.execute(raw());
    await sql`drop function read_items`.execute(raw());
    await sql`create function read_items(text) returns text language sql as 'select null'`.execute(
      raw(),
    );
    const again = await openOrm(subject().database.connection);
    await again.orm.close(true);
    expect((await mine.execute(raw())).rows).toEqual(before.rows);
  });

  test('read-only SQL answers a table, cut at its limit', async () => {
    const { readOnlyQuery } = subject().database;
    const text = 'select n, n * 2 as "Double" from generate_series(1, 5) n;';
    expect(await readOnlyQuery(text, { maxRows: 2 })).toEqual({
      columns: ['n', 'Double'],
      rows: [
        [1, 2],
        [2, 4],
      ],
      truncated: true,
    });
    expect(await readOnlyQuery('values (1)')).toMatchObject({ rows: [[1]], truncated: false });
  });

  test.each([
    ['two statements', 'select 1; delete from site'],
    ['a statement that closes the transaction', 'select 1; commit; delete from site'],
    ['a change', 'delete from site'],
    ['a change inside a query', 'with gone as (delete from site returning 1) select * from gone'],
    ['a change inside a function', "select setval('quarantine_id_seq', 9)"],
    ['leaving read-only mode', "select set_config('transaction_read_only', 'off', false)"],
    ['wrong SQL', 'selec'],
    ['a value of the wrong type', "select * from package where id = 'x'"],
  ])('read-only SQL refuses %s', async (_, text) => {
    await subject().database.store.transact(async (tx) => tx.put('site', aSite()));
    const before = await subject().database.queries.count('site', []);
    await expect(subject().database.readOnlyQuery(text)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    expect(await subject().database.queries.count('site', [])).toBe(before);
  });

  test('a database of a newer version is refused, and left as it is', async () => {
    const name = '9999-from-the-future';
    await sql`insert into mikro_orm_migrations (name) values (${name})`.execute(raw());
    await expect(openOrm(subject().database.connection)).rejects.toMatchObject({
      code: 'SCHEMA_NEWER',
      message: expect.stringContaining(name) as string,
    });
    await sql`delete from mikro_orm_migrations where name = ${name}`.execute(raw());
  });
});

for (const kind of databaseKinds().filter(({ name }) => name === 'PostgreSQL')) {
  afterAll(() => kind.stop());

  test('servers that start together on an empty database all succeed', async () => {
    const subject = await kind.create();
    const { connection, orm } = subject.database;
    await sql`drop schema public cascade`.execute(orm.em.getKysely<unknown>());
    await sql`create schema public`.execute(orm.em.getKysely<unknown>());
    const opened = await Promise.all([1, 2, 3, 4].map(() => openOrm(connection)));
    expect(opened.filter(({ freshlyCreated }) => freshlyCreated)).toHaveLength(1);
    await Promise.all(opened.map((each) => each.orm.close(true)));
    await subject.close();
  });

  test("another process's commit wakes, also after the listener lost its connection", async () => {
    const subject = await kind.create();
    const directory = await temporaryDirectory();
    const { databaseUrl } = subject.options;
    const other = await openDatabase({ ...databaseOptions(directory.path), databaseUrl });
    const commit = () => other.store.transact(async (tx) => tx.put('site', aSite()));
    const admin = new pg.Client({ connectionString: databaseUrl! });
    await admin.connect();
    const { wakeups } = subject.database;
    // The listener connects by itself at some time after opening, and wakes when it has.
    await listening(admin, 2);
    const woken = nextOf(wakeups);
    await commit();
    await woken;
    const reconnected = nextOf(wakeups);
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'",
    );
    await reconnected;
    await listening(admin, 2);
    const wokenAgain = nextOf(wakeups);
    await commit();
    await wokenAgain;
    await admin.end();
    await other.close();
    await directory.remove();
    await subject.close();
  });
}

async function listening(admin: pg.Client, count: number): Promise<void> {
  const text = "select 1 from pg_stat_activity where query ilike 'listen%' and state = 'idle'";
  while ((await admin.query(text)).rowCount! < count);
}

function nextOf(wakeups: Wakeups): Promise<void> {
  return new Promise((resolve) => void wakeups.once(resolve));
}
