// Shows: typed errors, safe repetition, deadlines and tokens of the fetch client.
import { createSmpClient, type SmpClientOptions } from '../../../client-sdk/src/index.ts';
import { answerJson, documentOf, listen, type TestServer } from './support.ts';

const QUERY = documentOf<{ smp: { name: string } }, Record<string, never>>(
  'query A { smp { name } }',
);
const MUTATION = documentOf<{ done: boolean }, { id: string }>(
  'mutation B($id: ID!) { done(id: $id) }',
);

let server: TestServer;
const waits: number[] = [];

afterEach(async () => {
  await server.close();
  waits.length = 0;
});

function client(options: Partial<SmpClientOptions> = {}) {
  const sleep = async (delayMs: number): Promise<void> => void waits.push(delayMs);
  return createSmpClient({ url: server.url, runtime: { sleep, fraction: () => 0.5 }, ...options });
}

test('sends the token and the variables, and answers the data', async () => {
  const seen: unknown[] = [];
  server = await listen(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push(request.headers.authorization, JSON.parse(body));
    answerJson(response, { data: { done: true } });
  });
  const answer = await client({ token: 'canopy_x' }).execute(MUTATION, { id: '7' });
  expect(answer.done).toBe(true);
  expect(seen).toEqual(['Bearer canopy_x', { query: MUTATION.toString(), variables: { id: '7' } }]);
});

test('turns GraphQL errors into one error with code, hint and path', async () => {
  server = await listen((_request, response) => {
    const extensions = { code: 'FORBIDDEN', hint: 'Ask for a role.' };
    answerJson(response, {
      data: null,
      errors: [{ message: 'No.', path: ['smp', 0], extensions }],
    });
  });
  await expect(client().execute(QUERY)).rejects.toMatchObject({
    name: 'SmpError',
    code: 'FORBIDDEN',
    hint: 'Ask for a role.',
    problems: [{ path: ['smp', '0'] }],
  });
});

test.each([
  { what: 'a query', document: QUERY, calls: 3 },
  { what: 'a mutation', document: MUTATION, calls: 3 },
])('repeats $what that a busy server did not begin', async ({ document, calls }) => {
  let count = 0;
  server = await listen((_request, response) => {
    count++;
    if (count === 3) return answerJson(response, { data: { done: true } });
    const error = { message: 'Later.', extensions: { code: 'BUSY' } };
    answerJson(response, { errors: [error] }, { status: 503, headers: { 'retry-after': '2' } });
  });
  await client().execute(document as typeof MUTATION, { id: '1' });
  expect(count).toBe(calls);
  expect(waits).toEqual([2000, 2000]);
});

test('repeats a query but never a mutation when the connection breaks half-way', async () => {
  let count = 0;
  server = await listen((request) => {
    count++;
    request.socket.destroy();
  });
  await expect(client().execute(QUERY)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(count).toBe(3);
  count = 0;
  await expect(client().execute(MUTATION, { id: '1' })).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
  expect(count).toBe(1);
});

test('gives up after its deadline', async () => {
  server = await listen(() => undefined);
  await expect(client({ timeoutMs: 50 }).execute(QUERY)).rejects.toMatchObject({
    code: 'DEADLINE',
    message: expect.stringContaining('0.05 s'),
  });
});

test('the reason of an abort comes out as it is', async () => {
  server = await listen(() => undefined);
  const stop = new AbortController();
  const reason = new Error('enough');
  const pending = client().withSignal(stop.signal).execute(QUERY);
  stop.abort(reason);
  await expect(pending).rejects.toBe(reason);
});

test('names an address that is not an SMP, and follows no redirect', async () => {
  server = await listen((request, response) => {
    if (request.url === '/graphql') response.writeHead(302, { location: '/other' });
    response.end('<html>');
  });
  await expect(client({ retries: 0 }).execute(QUERY)).rejects.toMatchObject({
    code: 'UNREACHABLE',
  });
  await server.close();
  server = await listen((_request, response) => response.end('<html>'));
  await expect(client().execute(QUERY)).rejects.toMatchObject({ code: 'NOT_AN_SMP' });
});

test('refuses what is not an HTTP address', async () => {
  server = await listen(() => undefined);
  expect(() => client({ url: 'ftp://smp1.example' })).toThrow('not an HTTP address');
  expect(client({ url: `${server.url}/graphql/` }).url).toBe(server.url);
});
