// GraphQL over WebSocket: the protocol's close codes, our limits, and the same verdict as HTTP.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { LIMITS } from '../../server/limits.ts';
import { startGraphqlServer, type GraphqlServer } from './graphql-server.ts';
import { connectSocket, type SocketClient } from './web-socket-client.ts';

let server: GraphqlServer;
let admin: string;
const clients: SocketClient[] = [];
beforeAll(async () => {
  server = await startGraphqlServer();
  admin = (await server.token('ADMIN')).secret;
});
afterEach(async () => {
  for (const { socket } of clients) socket.terminate();
  await Promise.all(clients.splice(0).map(({ closed }) => closed));
});
afterAll(() => server.close());

async function connect(options?: Parameters<typeof connectSocket>[1]): Promise<SocketClient> {
  const client = await connectSocket(server.webSocketUrl, options);
  clients.push(client);
  return client;
}
async function signedIn(): Promise<SocketClient> {
  const client = await connect();
  await client.init(admin);
  return client;
}
const subscribe = (id: string, query: string, variables = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, variables },
});

describe('protocol', () => {
  test.each([
    ['bad JSON', '{', 4400],
    ['an unknown type', '{"type":"sing"}', 4400],
    ['a binary frame', Buffer.from('{"type":"ping"}'), 4400],
    ['a subscribe without id', '{"type":"subscribe","payload":{"query":"{viewer{role}}"}}', 4400],
    ['a subscribe before init', JSON.stringify(subscribe('1', '{ viewer { role } }')), 4401],
  ])('%s closes', async (_, message, code) => {
    const client = await connect();
    client.send(message);
    expect(await client.closed).toBe(code);
  });

  test('another sub-protocol is not taken', async () => {
    const socket = new WebSocket(server.webSocketUrl, ['graphql-ws']);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/subprotocol/i);
  });

  test('no sub-protocol closes 4406', async () => {
    expect(await (await connect({ protocols: [] })).closed).toBe(4406);
  });

  test('no init in time closes 4408', async () => {
    const started = performance.now();
    expect(await (await connect()).closed).toBe(4408);
    expect(performance.now() - started).toBeGreaterThan(LIMITS.webSocket.initTimeoutMs - 500);
  });

  test('a second init closes 4429, a doubled id 4409', async () => {
    const twice = await signedIn();
    twice.send({ type: 'connection_init' });
    expect(await twice.closed).toBe(4429);
    const doubled = await signedIn();
    doubled.send(subscribe('1', 'subscription { changes { cursor } }'));
    await doubled.next();
    doubled.send(subscribe('1', 'subscription { changes { cursor } }'));
    expect(await doubled.closed).toBe(4409);
  });

  test('ping is answered with its payload; a query answers and completes', async () => {
    const client = await signedIn();
    client.send({ type: 'ping', payload: { a: 1 } });
    expect(await client.next()).toEqual({ type: 'pong', payload: { a: 1 } });
    client.send(subscribe('q', '{ viewer { role } }'));
    expect(await client.next()).toEqual({
      id: 'q',
      type: 'next',
      payload: { data: { viewer: { role: 'ADMIN' } } },
    });
    expect(await client.next()).toEqual({ id: 'q', type: 'complete' });
  });

  test('complete ends a subscription and frees its id', async () => {
    const client = await signedIn();
    client.send(subscribe('s', 'subscription { changes { cursor } }'));
    await client.next();
    client.send({ id: 's', type: 'complete' });
    client.send({ type: 'ping' });
    expect((await client.next()).type).toBe('pong');
    client.send(subscribe('s', '{ viewer { role } }'));
    expect((await client.next()).type).toBe('next');
  });
});

describe('signing in', () => {
  test('no token closes 4401, a bad one 4403', async () => {
    const none = await connect();
    none.send({ type: 'connection_init' });
    expect(await none.closed).toBe(4401);
    const bad = await connect();
    bad.send({ type: 'connection_init', payload: { authorization: 'Bearer nonsense' } });
    expect(await bad.closed).toBe(4403);
  });

  test('the header of the upgrade does as well', async () => {
    const client = await connect({ headers: { authorization: `Bearer ${admin}` } });
    await client.init();
  });

  test('a revoked token ends its stream with 4403 at the next event', async () => {
    const { id, secret } = await server.token('VIEWER');
    const client = await connect();
    await client.init(secret);
    client.send(subscribe('s', 'subscription { changes { changes { key } } }'));
    await client.next();
    await server.revoke(id);
    await server.ask('mutation { createSite(input: { name: "after" }) { userErrors { code } } }');
    expect(await client.closed).toBe(4403);
    expect(client.heard.filter(({ type }) => type === 'next')).toEqual([]);
  });
});

describe('limits', () => {
  test('a syntax error ends the operation, not the socket', async () => {
    const client = await signedIn();
    client.send(subscribe('s', 'subscription { changes {'));
    const { type, payload } = await client.next();
    expect([type, payload[0].extensions.code]).toEqual(['error', 'MALFORMED_REQUEST']);
    client.send({ type: 'ping' });
    expect((await client.next()).type).toBe('pong');
  });

  test('a message above the limit closes 1009', async () => {
    const client = await signedIn();
    client.send({ type: 'ping', payload: { a: 'x'.repeat(LIMITS.webSocket.messageBytes) } });
    expect(await client.closed).toBe(1009);
  });

  test('one socket runs so many operations and no more', async () => {
    const client = await signedIn();
    const { subscriptionsPerSocket } = LIMITS.webSocket;
    for (let index = 0; index < subscriptionsPerSocket; index++) {
      client.send(subscribe(String(index), 'subscription { changes { cursor } }'));
      expect((await client.next()).type).toBe('next');
    }
    client.send(subscribe('over', 'subscription { changes { cursor } }'));
    const { id, type, payload } = await client.next();
    expect([id, type, payload[0].extensions.code]).toEqual(['over', 'error', 'QUERY_TOO_COMPLEX']);
  });

  test('one principal has so many sockets and no more', async () => {
    const { secret } = await server.token('VIEWER');
    for (let index = 0; index < LIMITS.webSocket.socketsPerPrincipal; index++) {
      await (await connect()).init(secret);
    }
    const over = await connect();
    over.send({ type: 'connection_init', payload: { authorization: `Bearer ${secret}` } });
    expect(await over.closed).toBe(1013);
  });

  test('a page of another origin is refused at the upgrade', async () => {
    const socket = new WebSocket(server.webSocketUrl, ['graphql-transport-ws'], {
      origin: 'https://elsewhere.example',
    });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('403');
    await connect({ origin: server.url });
  });
});

/** Documents that ask for too much, and neighbours that are allowed. */
const nested = (depth: number): string => {
  const pairs = ['packageServers', 'nodes', 'package'];
  let text = '__typename';
  for (let level = depth; level > 2; level--) {
    const name = pairs[(level - 3) % 3]!;
    const args = name === 'packageServers' ? '(first: 1)' : '';
    text = `${name}${args} { ${text} }`;
  }
  return `{ package(by: { name: "x" }) { ${text} } }`;
};
const aliases = (count: number): string =>
  `{ viewer { ${Array.from({ length: count }, (_, index) => `a${index}: role`).join(' ')} } }`;
const fragments = (levels: number): string => {
  const bodies = Array.from({ length: levels }, (_, level) => {
    const inner = level === levels - 1 ? 'role' : `...f${level + 1} ...f${level + 1}`;
    return `fragment f${level} on Viewer { ${inner} }`;
  });
  return `{ viewer { ...f0 } } ${bodies.join(' ')}`;
};
const rootFields = (count: number): string =>
  `{ ${Array.from({ length: count }, () => '__typename').join(' ')} }`;
const CORPUS: [name: string, query: string, code: string | undefined][] = [
  ['depth 15', nested(15), undefined],
  ['depth 16', nested(16), 'QUERY_TOO_COMPLEX'],
  [
    'depth through a fragment named as introspection',
    `${nested(14).replace('__typename', '...__schema')} fragment __schema on Package ` +
      '{ packageServers { nodes { package { name } } } }',
    'QUERY_TOO_COMPLEX',
  ],
  ['30 aliases', aliases(30), undefined],
  ['31 aliases', aliases(31), 'QUERY_TOO_COMPLEX'],
  ['20 root fields', rootFields(20), undefined],
  ['21 root fields', rootFields(21), 'QUERY_TOO_COMPLEX'],
  ['fragments that double', fragments(13), 'QUERY_TOO_COMPLEX'],
  ['many tokens', `{ viewer { ${'role '.repeat(1_000)} } }`, 'QUERY_TOO_COMPLEX'],
  [
    'a costly product of pages',
    '{ packages(first: 200) { nodes { packageServers(first: 200) { nodes { package { id } } } } } }',
    'QUERY_TOO_COMPLEX',
  ],
  [
    'the same by variable',
    'query ($n: Int = 200) { packages(first: $n) { nodes { packageServers(last: $n) ' +
      '{ nodes { package { id } } } } } }',
    'QUERY_TOO_COMPLEX',
  ],
  ['a full page', '{ packages(first: 200) { nodes { name snapshot { sizeBytes } } } }', undefined],
  ['introspection', '{ __schema { types { name fields { name type { name } } } } }', undefined],
  [
    'circular introspection',
    '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }',
    'INVALID_INPUT',
  ],
  ['an unknown field', '{ nothing }', 'INVALID_INPUT'],
  [
    'an unknown directive, many times',
    `{ viewer { role ${'@aa '.repeat(200)} } }`,
    'INVALID_INPUT',
  ],
];

test.each(CORPUS)('HTTP and WebSocket agree on %s', async (_, query, code) => {
  const http = await server.ask(query);
  const client = await signedIn();
  client.send(subscribe('x', query));
  const { type, payload } = await client.next();
  const errors = type === 'error' ? payload : payload.errors;
  expect(http.errors?.[0].extensions.code).toBe(code);
  expect(errors?.[0].extensions.code).toBe(code);
  expect(errors?.[0].message).toBe(http.errors?.[0].message);
  expect((http.errors ?? []).length).toBeLessThanOrEqual(LIMITS.graphql.errors + 1);
});
