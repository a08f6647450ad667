// Subscriptions on the real log: bursts, concurrent writers, stalled readers, resuming.
import { systemRandom } from '../../core/random.ts';
import { aPackage, aSite } from '../support/database-items.ts';
import { databaseKinds, type TestDatabase } from '../support/database.ts';
import { startGraphqlServer, type Answer, type GraphqlServer } from './graphql-server.ts';
import { connectSocket, type SocketClient } from './web-socket-client.ts';

const CHANGES =
  'subscription ($after: ChangeCursor) { changes(after: $after) ' +
  '{ cursor upTo changes { revision kind key deleted state node { id } } } }';

let made: TestDatabase;
let server: GraphqlServer;
const cursorKey = systemRandom.bytes(32);
const clients: SocketClient[] = [];

beforeAll(async () => {
  made = await databaseKinds()[0]!.create();
  server = await startGraphqlServer({ database: made.database, cursorKey });
});
afterEach(async () => {
  for (const { socket } of clients) socket.terminate();
  await Promise.all(clients.splice(0).map(({ closed }) => closed));
});
afterAll(async () => {
  await server.close();
  await made.close();
});

async function open(query: string, variables = {}, on = server): Promise<SocketClient> {
  const client = await connectSocket(on.webSocketUrl);
  clients.push(client);
  await client.init((await on.token('VIEWER')).secret);
  client.send({ id: '1', type: 'subscribe', payload: { query, variables } });
  return client;
}

const head = async (): Promise<number> => (await made.database.log.position()).revision;
const span = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Reads pages until one reaches `revision`. */
async function read(client: SocketClient, revision: number): Promise<Answer[]> {
  const pages: Answer[] = [];
  for (;;) {
    const { payload } = await client.next();
    pages.push(payload.data.changes);
    if (pages.at(-1).upTo >= revision) return pages;
  }
}
const revisions = (pages: Answer[]): number[] =>
  pages.flatMap(({ changes }) => changes.map(({ revision }: Answer) => revision));

async function writeSites(count: number): Promise<void> {
  await server.write(async (tx) => {
    for (let index = 0; index < count; index++) tx.put('site', aSite());
  });
}

test('5,000 changes in one commit come whole and in order', async () => {
  const client = await open(CHANGES);
  const before = await head();
  await client.next();
  await writeSites(5_000);
  const pages = await read(client, before + 5_000);
  expect(revisions(pages)).toEqual(span(before + 1, before + 5_000));
});

test('concurrent writers: nothing is lost, nothing comes twice', async () => {
  const readers = await Promise.all([open(CHANGES), open(CHANGES), open(CHANGES)]);
  await Promise.all(readers.map((client) => client.next()));
  const before = await head();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let round = 0; round < 5; round++) await writeSites(3);
    }),
  );
  for (const client of readers) {
    expect(revisions(await read(client, before + 120))).toEqual(span(before + 1, before + 120));
  }
});

test('a reader that stalls gets all of it later, others do not wait for it', async () => {
  const stalled = await open(CHANGES);
  await stalled.next();
  const brisk = await open(CHANGES);
  await brisk.next();
  const before = await head();
  stalled.socket.pause();
  for (let round = 0; round < 10; round++) await writeSites(200);
  const last = before + 2_000;
  expect(revisions(await read(brisk, last))).toEqual(span(before + 1, last));
  stalled.socket.resume();
  expect(revisions(await read(stalled, last))).toEqual(span(before + 1, last));
});

test('after a restart a reader goes on where it was', async () => {
  const client = await open(CHANGES);
  const first = (await client.next()).payload.data.changes;
  client.socket.terminate();
  const before = await head();
  await writeSites(250);
  const restarted = await startGraphqlServer({ database: made.database, cursorKey });
  try {
    const resumed = await open(CHANGES, { after: first.cursor }, restarted);
    const pages = await read(resumed, before + 250);
    expect(revisions(pages)).toEqual(span(before + 1, before + 250));
  } finally {
    for (const { socket } of clients) socket.terminate();
    await restarted.close();
  }
});

test('a change carries the state, and a deletion says so', async () => {
  const client = await open(CHANGES);
  await client.next();
  const site = aSite();
  await server.write(async (tx) => tx.put('site', site));
  await server.write(async (tx) => tx.remove('site', site.id));
  const changes = (await read(client, await head())).flatMap((page) => page.changes);
  expect(changes).toEqual([
    expect.objectContaining({ kind: 'SITE', key: site.id, deleted: false, state: { ...site } }),
    expect.objectContaining({ kind: 'SITE', key: site.id, deleted: true, state: null, node: null }),
  ]);
});

test('a bad cursor is an error of the operation', async () => {
  const client = await open(CHANGES, { after: 'nonsense' });
  const { type, payload } = await client.next();
  expect([type, payload[0].extensions.code]).toEqual(['error', 'CURSOR_INVALID']);
});

test('packageSnapshotChanged: the present state, then only new current snapshots', async () => {
  const item = aPackage();
  await server.write(async (tx) => tx.put('package', item));
  const client = await open(
    'subscription ($id: ID!) { packageSnapshotChanged(packageId: $id) ' +
      '{ cursor package { name } snapshot { internalVersion } } }',
    { id: item.id },
  );
  expect((await client.next()).payload.data.packageSnapshotChanged).toMatchObject({
    package: { name: item.name },
    snapshot: null,
  });
  const snapshot = (internalVersion: number, supersededAtMs?: number) => ({
    packageId: item.id,
    internalVersion,
    rootHash: 'a'.repeat(64),
    manifestHash: 'b'.repeat(64),
    chunkIndexHash: 'c'.repeat(64),
    fileCount: 1,
    folderCount: 0,
    sizeBytes: 2 ** 40,
    createdAtMs: 1_700_000_000_000,
    supersededAtMs,
    ownerNodeId: item.ownerNodeId,
    signature: 'c2ln',
    origin: 'LOCAL' as const,
  });
  await writeSites(3);
  await server.write(async (tx) => tx.put('snapshot', snapshot(1_700_000_000)));
  await server.write(async (tx) => {
    tx.put('snapshot', snapshot(1_700_000_000, 1_700_000_001_000));
    tx.put('snapshot', snapshot(1_700_000_001));
  });
  const versions = [await client.next(), await client.next()].map(
    ({ payload }) => payload.data.packageSnapshotChanged.snapshot.internalVersion,
  );
  expect(versions).toEqual([1_700_000_000, 1_700_000_001]);
});

test('closing the door closes every socket with 1001', async () => {
  const other = await startGraphqlServer({ database: made.database, cursorKey });
  const client = await open(CHANGES, {}, other);
  await client.next();
  await Promise.all([other.sockets.close(5_000), client.closed]);
  expect(await client.closed).toBe(1001);
  expect(other.sockets.socketCount).toBe(0);
  await other.close();
});
