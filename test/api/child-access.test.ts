// What a child may ask its parent by signed request, and what everybody else is answered.
import { signRequest, type Speaker } from '../../core/http-signature.ts';
import { generateIdentity, type NodeIdentity } from '../../core/identity.ts';
import { systemRandom } from '../../core/random.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { SimpleChildServices } from '../support/link-doubles.ts';
import { treeItems } from '../support/tree-items.ts';
import { startGraphqlServer, type Answer, type GraphqlServer } from './graphql-server.ts';
import { freshChallenge } from './package-server-machine.ts';
import { connectSocket } from './web-socket-client.ts';

let server: GraphqlServer;
let services: SimpleChildServices;
beforeAll(async () => {
  server = await startGraphqlServer({
    childServices: (context, cursorKey) => (services = new SimpleChildServices(context, cursorKey)),
  });
});
afterAll(() => server.close());

interface Asker {
  readonly id: Child['id'];
  readonly identity: NodeIdentity;
  readonly speaker: Speaker;
}

async function aChild(given: Partial<Child> = {}): Promise<Asker> {
  const identity = generateIdentity();
  const { nodeId, publicKey } = identity;
  const child = { ...treeItems(systemRandom.guid()).child, nodeId, publicKey, ...given };
  await server.write(async (tx) => tx.put('child', child));
  return { id: child.id, identity, speaker: 'CHILD' };
}

function headersOf({ id, identity, speaker }: Asker, method: string, url: string, body?: Buffer) {
  const contentType = body ? 'application/json' : undefined;
  return signRequest(
    identity,
    { method, url, keyId: id, speaker, body, contentType },
    { nowMs: server.nodes.serverTimeMs, nonce: freshChallenge() },
  );
}

async function ask(asker: Asker, query: string, variables: object = {}): Promise<Answer> {
  const url = `${server.url}/graphql`;
  const body = Buffer.from(JSON.stringify({ query, variables }));
  const headers = { 'content-type': 'application/json', ...headersOf(asker, 'POST', url, body) };
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, ...((await response.json()) as object) };
}

const codeOf = ({ errors }: Answer): string => errors[0].extensions.code;
const DIGESTS = '{ treeDigests(prefixes: [""]) { cursor answers { prefix } } }';

test('a child uses its link and nothing else, and each call is a sign of life', async () => {
  const child = await aChild();
  expect(server.childSessions.stateOf(child.id).lastHeardAtMs).toBeUndefined();
  const { data } = await ask(child, DIGESTS);
  expect(data.treeDigests).toEqual({ cursor: expect.any(String) as string, answers: [] });
  expect(server.childSessions.stateOf(child.id).lastHeardAtMs).toEqual(expect.any(Number));
  for (const query of ['{ smp { id } }', '{ packages { nodes { id } } }']) {
    expect(codeOf(await ask(child, query))).toBe('FORBIDDEN');
  }
});

test('who is no child, or one no more, hears NOT_A_CHILD at every door', async () => {
  const unknown: Asker = {
    id: systemRandom.guid(),
    identity: generateIdentity(),
    speaker: 'CHILD',
  };
  const removed = await aChild({ state: 'REMOVED' });
  for (const asker of [unknown, removed]) {
    expect(codeOf(await ask(asker, DIGESTS))).toBe('NOT_A_CHILD');
    const url = `${server.url}/canopy/v1/blobs/${'a'.repeat(64)}`;
    const response = await fetch(url, { headers: headersOf(asker, 'GET', url) });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 'NOT_A_CHILD' } });
  }
});

test('a child cannot speak as a package server, with another key, or as a person', async () => {
  const child = await aChild();
  expect(codeOf(await ask({ ...child, speaker: 'PACKAGE_SERVER' }, DIGESTS))).toBe(
    'UNAUTHENTICATED',
  );
  expect(codeOf(await ask({ ...child, identity: generateIdentity() }, DIGESTS))).toBe(
    'UNAUTHENTICATED',
  );
  const { errors } = await server.ask(DIGESTS);
  expect(codeOf({ errors })).toBe('FORBIDDEN');
});

test('lists are bounded, and states are looked at before they are stored', async () => {
  const child = await aChild();
  const items = 'query ($keys: [String!]!) { treeItems(keys: $keys) { ageMs } }';
  const keys = Array.from({ length: 201 }, (_, index) => `PACKAGE/${index}`);
  expect(codeOf(await ask(child, items, { keys }))).toBe('INVALID_INPUT');
  expect(codeOf(await ask(child, '{ treeDigests(prefixes: ["xyz"]) { cursor } }'))).toBe(
    'INVALID_INPUT',
  );
  const report = 'mutation ($page: UpPageInput!) { reportTree(page: $page) }';
  const page = { states: [{ kind: 'nodeSummary', item: { nodeId: 7 } }], after: '', cursor: 'c' };
  const answer = await ask(child, report, { page });
  expect(codeOf(answer)).toBe('MALFORMED_REQUEST');
  expect(answer.errors[0].message).toContain('page.states.0.item.nodeId');
  expect(services.reports).toEqual([]);
});

test.each(['removed', 'forgotten'])('the socket of a %s child closes with 4403', async (how) => {
  const child = await aChild();
  const headers = headersOf(child, 'GET', `${server.url}/graphql`);
  const socket = await connectSocket(server.webSocketUrl, { headers });
  await socket.init();
  const query =
    'subscription ($hello: ChildHelloInput!) { childLink(hello: $hello) { __typename } }';
  const hello = {
    bootCounter: 1,
    protocolVersion: 1,
    softwareVersion: '1',
    name: 'child',
    url: '',
    cursor: '',
  };
  socket.send({ id: 'link', type: 'subscribe', payload: { query, variables: { hello } } });
  const typeOf = async (): Promise<string> =>
    (await socket.next()).payload.data.childLink.__typename;
  expect(await typeOf()).toBe('ChildStandingEvent');
  expect(await typeOf()).toBe('ChildServersEvent');
  await server.write(async (tx) => {
    const item = (await tx.get('child', child.id))!;
    if (how === 'removed') tx.put('child', { ...item, state: 'REMOVED' });
    else tx.remove('child', child.id);
  });
  expect(await socket.closed).toBe(4403);
  const [first] = socket.heard;
  const told =
    first.type === 'error'
      ? codeOf({ errors: first.payload })
      : first.payload.data.childLink.__typename;
  expect(told).toBe(how === 'removed' ? 'ChildRemovedEvent' : 'NOT_A_CHILD');
});

test('leaving is told to the part that stores it', async () => {
  const child = await aChild();
  expect((await ask(child, 'mutation { leaveParent }')).data).toEqual({ leaveParent: true });
  expect(services.left.map(({ id }) => id)).toEqual([child.id]);
  expect(codeOf(await ask(child, DIGESTS))).toBe('NOT_A_CHILD');
});
