// GraphQL over HTTP: the public audits, sign-in, error shape and the schema as a file.
import { serverAudits } from 'graphql-http';
import { startGraphqlServer, type GraphqlServer } from './graphql-server.ts';

let server: GraphqlServer;
let admin: string;
beforeAll(async () => {
  server = await startGraphqlServer();
  admin = (await server.token('ADMIN')).secret;
});
afterAll(() => server.close());

test('graphql-http audits: all MUST, all SHOULD, at least 22 of 25 MAY', async () => {
  const audits = serverAudits({
    url: `${server.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${admin}`);
      return fetch(url, { ...init, headers });
    },
  });
  const failed: string[] = [];
  const passed = { MUST: 0, SHOULD: 0, MAY: 0 };
  for (const audit of audits) {
    const result = await audit.fn();
    const level = audit.name.split(' ', 1)[0] as keyof typeof passed;
    if (result.status === 'ok') passed[level] += 1;
    else failed.push(audit.name);
  }
  expect({ failed: failed.filter((name) => !name.startsWith('MAY')), ...passed }).toEqual({
    failed: [],
    MUST: 13,
    SHOULD: 23,
    MAY: expect.any(Number),
  });
  expect(passed.MAY).toBeGreaterThanOrEqual(22);
});

test('without a good token nothing is read, and the answer says how to get in', async () => {
  for (const headers of [{}, { authorization: 'Bearer nonsense' }]) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{ this is not even JSON',
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    const { errors } = (await response.json()) as any;
    expect(errors[0].extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(errors[0].extensions.hint).toContain('Authorization');
  }
});

test('a revoked token is refused at once', async () => {
  const { id, secret } = await server.token('VIEWER');
  expect((await server.ask('{ viewer { role } }', {}, secret)).data).toEqual({
    viewer: { role: 'VIEWER' },
  });
  await server.revoke(id);
  expect((await server.ask('{ viewer { role } }', {}, secret)).status).toBe(401);
});

test('a role that is too low is FORBIDDEN, not an input error', async () => {
  const { secret } = await server.token('VIEWER');
  const { errors } = await server.ask(
    'mutation { createSite(input: { name: "Site" }) { userErrors { code } } }',
    {},
    secret,
  );
  expect(errors?.[0].extensions.code).toBe('FORBIDDEN');
  for (const query of ['{ apiTokens { id } }', '{ readOnlySql(sql: "select 1") { rows } }']) {
    expect((await server.ask(query, {}, secret)).errors?.[0].extensions.code).toBe('FORBIDDEN');
  }
});

test.each([
  ['{ packages(first: 201) { totalCount } }', 200, 'INVALID_INPUT'],
  ['{ packages(first: 1, last: 1) { totalCount } }', 200, 'INVALID_INPUT'],
  ['{ packages(after: "nonsense") { totalCount } }', 200, 'CURSOR_INVALID'],
  ['{ changes(after: "nonsense") { epoch } }', 200, 'CURSOR_INVALID'],
  ['{ site(by: { guid: "nonsense" }) { id } }', 400, 'INVALID_INPUT'],
  ['{ site(by: { name: "a", id: "b" }) { id } }', 400, 'INVALID_INPUT'],
  ['{ locate(addresses: ["10.0.0.256"]) { address } }', 200, 'INVALID_INPUT'],
  ['{ nothing }', 400, 'INVALID_INPUT'],
  ['{ viewer { ', 400, 'MALFORMED_REQUEST'],
  ['{ readOnlySql(sql: "delete from site") { rows } }', 200, 'INVALID_INPUT'],
])('%s answers %i with %s', async (query, status, code) => {
  const answer = await server.ask(query);
  expect(answer.errors?.[0].extensions.code).toBe(code);
  expect(answer.status).toBe(status);
  expect(JSON.stringify(answer)).not.toMatch(/stacktrace|node_modules/);
});

test('bodies that are no JSON, too large or in batches are refused', async () => {
  const post = (body: string) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin}` },
      body,
    });
  expect((await post('{')).status).toBe(400);
  expect(
    (await post(JSON.stringify({ query: `{ viewer { role } } #${'x'.repeat(300_000)}` }))).status,
  ).toBe(413);
  expect((await post('[{"query":"{viewer{role}}"}]')).status).toBe(400);
});

test('a GET from a form or an image is refused, a mutation by GET too', async () => {
  const get = (query: string, headers = {}) =>
    fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { authorization: `Bearer ${admin}`, ...headers },
    });
  expect((await get('{ viewer { role } }')).status).toBe(400);
  const preflighted = { 'apollo-require-preflight': '1' };
  expect((await get('{ viewer { role } }', preflighted)).status).toBe(200);
  const mutation = 'mutation { createSite(input: { name: "x" }) { userErrors { code } } }';
  expect((await get(mutation, preflighted)).status).toBe(405);
});

test('/schema.graphql has an ETag and honours it', async () => {
  const first = await fetch(`${server.url}/schema.graphql`);
  expect(await first.text()).toContain('type Query');
  const headers = { 'if-none-match': first.headers.get('etag')! };
  expect((await fetch(`${server.url}/schema.graphql`, { headers })).status).toBe(304);
});
