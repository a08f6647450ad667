// What a person's address may make the server connect to: names are checked after they are resolved.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { guardedFetch, guardedFetchWith } from '../../../server/tree/guarded-fetch.ts';

let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { location: url }).end();
    if (request.url === '/nothing') return void response.writeHead(204).end();
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => response.end(`${request.method} ${body}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test('a name that resolves to this host is asked, and a redirect is an answer like any other', async () => {
  const posted = await guardedFetch(`${url}/`, { method: 'POST', body: '{"a":1}' });
  expect([posted.status, await posted.text()]).toEqual([200, 'POST {"a":1}']);
  const moved = await guardedFetch(`${url}/moved`);
  expect([moved.status, moved.headers.get('location')]).toEqual([302, url]);
  expect((await guardedFetch(`${url}/nothing`)).status).toBe(204);
});

test('nobody there, no such name, and a caller that gave up are errors', async () => {
  await expect(guardedFetch('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(guardedFetch('http://no-such-host.invalid/')).rejects.toThrow();
  const signal = AbortSignal.abort();
  await expect(guardedFetch(url, { signal })).rejects.toMatchObject({ name: 'AbortError' });
});

test.each(['169.254.169.254', 'fe80::1', '0.0.0.0', '224.0.0.1', '::ffff:169.254.169.254'])(
  'a name that stands for %s is not connected to, even beside a good address',
  async (bad) => {
    const fetch = guardedFetchWith((_name, _options, answer) =>
      answer(null, [
        { address: '127.0.0.1', family: 4 },
        { address: bad, family: bad.includes(':') ? 6 : 4 },
      ]),
    );
    await expect(fetch(url.replace('localhost', 'smp1.example'))).rejects.toThrow(bad);
  },
);
