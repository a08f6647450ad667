// The embedded engine behaves as a PostgreSQL server to many connections at once.
import pg from 'pg';
import { embeddedConnection } from '../../server/persistence/connection.ts';
import {
  openEmbeddedEngine,
  type EmbeddedEngine,
} from '../../server/persistence/embedded/engine.ts';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { seededDataDirectory } from '../support/database.ts';

const IDLE_OWNER_LIMIT_MS = 300;

describe('embedded engine', () => {
  let directory: Awaited<ReturnType<typeof seededDataDirectory>>;
  let engine: EmbeddedEngine;
  const clients: pg.Client[] = [];

  beforeAll(async () => {
    directory = await seededDataDirectory();
    engine = await openEmbeddedEngine({
      directory: join(directory.path, 'state', 'pgdata'),
      durable: false,
      idleOwnerLimitMs: IDLE_OWNER_LIMIT_MS,
      onFatal: (error) => {
        throw error;
      },
    });
    const client = await connect();
    await client.query('create table entry (id integer primary key, writer text)');
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
  });
  afterAll(async () => {
    await engine?.close();
    await directory?.remove();
  });

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client(embeddedConnection(engine.stream) as pg.ClientConfig);
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  }

  async function count(client: pg.Client, writer: string): Promise<number> {
    const { rows } = await client.query<{ count: string }>(
      'select count(*) from entry where writer = $1',
      [writer],
    );
    return Number(rows[0]!.count);
  }

  test('keeps the transactions of parallel connections apart', async () => {
    const parallel = await Promise.all(Array.from({ length: 6 }, connect));
    const transfer = async (client: pg.Client, index: number): Promise<void> => {
      for (let round = 0; round < 10; round += 1) {
        await client.query('begin');
        await client.query('insert into entry values ($1, $2)', [index * 100 + round, 'parallel']);
        const pending = await client.query('select 1 from entry where id = $1', [
          index * 100 + round,
        ]);
        expect(pending.rowCount).toBe(1);
        await client.query(round % 2 === 0 ? 'commit' : 'rollback');
      }
    };
    await Promise.all(parallel.map(transfer));
    expect(await count(parallel[0]!, 'parallel')).toBe(30);
  });

  test('is free for others as soon as a statement fails inside a transaction', async () => {
    const [failing, other] = [await connect(), await connect()];
    await failing.query('begin');
    await failing.query("insert into entry values (1000, 'failing')");
    await expect(failing.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    expect(await count(other, 'failing')).toBe(0);
    await expect(failing.query('select 1')).rejects.toMatchObject({ code: '25P02' });
    expect((await failing.query('commit')).command).toBe('ROLLBACK');
    expect(await count(failing, 'failing')).toBe(0);
  });

  test('lets a transaction recover at its savepoint', async () => {
    const client = await connect();
    await client.query('begin');
    await client.query("insert into entry values (2000, 'savepoint')");
    await client.query('savepoint here');
    await expect(client.query('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
    await client.query('rollback to savepoint here');
    await client.query('commit');
    expect(await count(client, 'savepoint')).toBe(1);
  });

  test('rolls an idle transaction back, tells its owner 25P03 and goes on', async () => {
    const [idle, waiting] = [await connect(), await connect()];
    const failure = new Promise<{ code?: string }>((resolve) => idle.once('error', resolve));
    await idle.query('begin');
    await idle.query("insert into entry values (3000, 'idle')");
    expect(await count(waiting, 'idle')).toBe(0);
    expect(await failure).toMatchObject({ code: '25P03' });
    await expect(idle.query('select 1')).rejects.toThrow();
  });

  test('rolls back when a client goes away inside a transaction', async () => {
    const [dying, other] = [await connect(), await connect()];
    await dying.query('begin');
    await dying.query("insert into entry values (4000, 'dying')");
    (
      dying as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
    expect(await count(other, 'dying')).toBe(0);
  });

  test('brings a notification to every listener, and to no one else', async () => {
    const [sender, first, second, deaf] = await Promise.all([
      connect(),
      connect(),
      connect(),
      connect(),
    ]);
    const heard: string[] = [];
    const listen = (client: pg.Client, name: string): void => {
      client.on('notification', ({ channel, payload }) =>
        heard.push(`${name} ${channel} ${payload}`),
      );
    };
    listen(sender, 'sender');
    listen(first, 'first');
    listen(second, 'second');
    listen(deaf, 'deaf');
    await first.query('listen news; listen more');
    await second.query('listen "news"');
    await deaf.query('listen news');
    await deaf.query('unlisten *');
    await sender.query('begin');
    await sender.query("select pg_notify('news', 'committed')");
    await sender.query('commit');
    await sender.query('begin');
    await sender.query("select pg_notify('news', 'rolled back')");
    await sender.query('rollback');
    await sender.query("notify more, 'x'");
    // A later answer on the same port proves that nothing earlier is still on its way.
    for (const client of [first, second, deaf]) await client.query('select 1');
    expect(heard.sort()).toEqual(['first more x', 'first news committed', 'second news committed']);
  });

  test('carries answers and parameters of several megabytes', async () => {
    const client = await connect();
    const text = 'ä'.repeat(2_000_000);
    const { rows } = await client.query<{ text: string }>('select $1::text as text', [text]);
    expect(rows[0]!.text === text).toBe(true);
    const many = await client.query('select generate_series(1, 50000) as n');
    expect(many.rows.at(-1)).toEqual({ n: 50_000 });
  });
});

test('an engine that breaks closes its connections and says so', async () => {
  const directory = await seededDataDirectory();
  const cluster = join(directory.path, 'state', 'pgdata');
  const fatal = Promise.withResolvers<Error>();
  const engine = await openEmbeddedEngine({
    directory: cluster,
    durable: false,
    idleOwnerLimitMs: 10_000,
    onFatal: fatal.resolve,
  });
  const client = new pg.Client(embeddedConnection(engine.stream) as pg.ClientConfig);
  client.on('error', () => undefined);
  await client.connect();
  await client.query('create table entry (id integer)');
  await rm(join(cluster, 'global'), { recursive: true });

  await expect(client.query('checkpoint')).rejects.toMatchObject({ code: '58P01' });
  await expect(fatal.promise).resolves.toMatchObject({
    message: expect.stringContaining('pg_control') as string,
  });
  await directory.remove();
});
