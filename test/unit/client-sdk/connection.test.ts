// Shows: several operations share one connection, and whatever ends it ends all of them with a reason.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocket, WebSocketServer } from 'ws';
import { createSmpClient, type SmpConnection } from '../../../client-sdk/src/index.ts';
import { CanopyError } from '../../../core/errors.ts';
import { documentOf } from './support.ts';

const SCHEMA = buildSchema(`
  type Query { echo(text: String!): String  never: String }
  type Mutation { note(text: String!): Boolean! }
  type Subscription { count(to: Int!): Int!  open: Int! }
`);
const ECHO = documentOf<{ echo: string }, { text: string }>(
  'query ($text: String!) { echo(text: $text) }',
);
const NEVER = documentOf<{ never: string }, Record<string, never>>('{ never }');
const NOTE = documentOf<{ note: boolean }, { text: string }>(
  'mutation ($text: String!) { note(text: $text) }',
);
const COUNT = documentOf<{ count: number }, { to: number }>(
  'subscription ($to: Int!) { count(to: $to) }',
);
const OPEN = documentOf<{ open: number }, Record<string, never>>('subscription { open }');

const sockets: WebSocket[] = [];
const notes: string[] = [];
let server: Server;
let stop: () => Promise<void>;
let url: string;

beforeAll(async () => {
  server = createServer();
  const webSockets = new WebSocketServer({ server, path: '/graphql' });
  webSockets.on('connection', (socket) => sockets.push(socket));
  const disposable = useServer({ schema: SCHEMA, roots: roots() }, webSockets);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    await disposable.dispose();
    await new Promise((resolve) => server.close(resolve));
  };
});
afterEach(() => {
  for (const connection of opened.splice(0)) connection.close();
  sockets.length = 0;
});
afterAll(() => stop());

function roots() {
  return {
    query: {
      echo: ({ text }: { text: string }) => text,
      never: () => new Promise<string>(() => undefined),
    },
    mutation: { note: ({ text }: { text: string }) => notes.push(text) > 0 },
    subscription: {
      async *count({ to }: { to: number }) {
        for (let count = 1; count <= to; count++) yield { count };
      },
      async *open() {
        yield { open: 1 };
        await new Promise((resolve) => sockets.at(-1)?.once('close', resolve));
      },
    },
  };
}

const opened: SmpConnection[] = [];
function connect(options: Partial<Parameters<typeof createSmpClient>[0]> = {}): SmpConnection {
  const connection = createSmpClient({ url, ...options }).openConnection();
  opened.push(connection);
  return connection;
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const one of stream) seen.push(one);
  return seen;
}

test('queries, mutations and subscriptions run beside each other on one socket', async () => {
  const connection = connect();
  const counts = all(connection.subscribe(COUNT, { to: 3 }));
  const [echo, note] = await Promise.all([
    connection.execute(ECHO, { text: 'a' }),
    connection.execute(NOTE, { text: 'b' }),
  ]);
  expect(echo).toEqual({ echo: 'a' });
  expect(note).toEqual({ note: true });
  expect(await counts).toEqual([{ count: 1 }, { count: 2 }, { count: 3 }]);
  expect(await connection.execute(ECHO, { text: 'c' })).toEqual({ echo: 'c' });
  expect(notes).toEqual(['b']);
  expect(sockets).toHaveLength(1);
});

test('what ends the connection ends what runs on it, and refuses what is asked afterwards', async () => {
  const connection = connect();
  const stream = connection.subscribe(OPEN, {})[Symbol.asyncIterator]();
  expect(await stream.next()).toEqual({ done: false, value: { open: 1 } });
  const asked = connection.execute(NEVER);
  const lost = expect(asked).rejects.toMatchObject({ code: 'FORBIDDEN' });
  const broken = expect(stream.next()).rejects.toMatchObject({ code: 'FORBIDDEN' });
  sockets.at(-1)!.close(4403, 'The token is no longer valid.');
  expect(await connection.closed).toMatchObject({ code: 'FORBIDDEN' });
  await Promise.all([lost, broken]);
  await expect(connection.execute(ECHO, { text: 'a' })).rejects.toMatchObject({
    code: 'FORBIDDEN',
  });
  expect(sockets).toHaveLength(1);
});

test('a signal ends one subscription and leaves the connection', async () => {
  const connection = connect();
  const controller = new AbortController();
  const stream = connection.subscribe(OPEN, {}, { signal: controller.signal });
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const next = iterator.next();
  controller.abort(new Error('enough'));
  await expect(next).rejects.toThrow('enough');
  expect(await connection.execute(ECHO, { text: 'a' })).toEqual({ echo: 'a' });
});

test('an answer that does not come is a DEADLINE of its operation alone', async () => {
  const connection = connect({ timeoutMs: 150 });
  await expect(connection.execute(NEVER)).rejects.toMatchObject({ code: 'DEADLINE' });
  expect(await connection.execute(ECHO, { text: 'a' })).toEqual({ echo: 'a' });
});

test('an error of an operation is that of the operation', async () => {
  const connection = connect();
  const wrong = documentOf<unknown, Record<string, never>>('{ nothing }');
  await expect(connection.execute(wrong)).rejects.toMatchObject({
    message: expect.stringContaining('nothing') as string,
  });
  expect(await connection.execute(ECHO, { text: 'a' })).toEqual({ echo: 'a' });
});

test('a WebSocket that knows why it was refused says so', async () => {
  class Refused extends WebSocket {
    constructor(address: string) {
      super(address, 'graphql-transport-ws');
      this.once('open', () => {
        this.emit('error', new CanopyError('NOT_A_CHILD', 'Not here.'));
        this.terminate();
      });
    }
  }
  const connection = connect({ runtime: { webSocket: Refused } });
  expect(await connection.closed).toMatchObject({ code: 'NOT_A_CHILD', message: 'Not here.' });
});

test('closing it ends the socket', async () => {
  const connection = connect();
  const iterator = connection.subscribe(OPEN, {})[Symbol.asyncIterator]();
  await iterator.next();
  const socket = sockets.at(-1)!;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  connection.close();
  await closed;
  await expect(iterator.next()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  expect(await connection.closed).toMatchObject({ code: 'INTERRUPTED' });
});
