// The HTTP port: what a request becomes, which limits hold for strangers, how it starts and ends.
import { once } from 'node:events';
import { CanopyError } from '../../../core/errors.ts';
import type { Exchange } from '../../../server/http/door.ts';
import { door, echo, listenerFixture, received } from './listener-fixture.ts';

const fixture = listenerFixture();
afterEach(() => fixture.closeAll());

const seen = async (url: string, init?: RequestInit) =>
  (await (await fetch(url, init)).json()) as Exchange;

const failure = async (response: Response) =>
  ((await response.json()) as { error: { code: string; requestId: string } }).error;

describe('an exchange', () => {
  test('has the path as sent, the path to compare, and the query', async () => {
    const { address } = await fixture.start([echo]);
    expect(await seen(`${address.url}/Echo/A%20b?X=1&y=%3D`)).toMatchObject({
      path: '/Echo/A%20b',
      lowerPath: '/echo/a%20b',
      query: 'X=1&y=%3D',
      clientAddress: '127.0.0.1',
      origin: address.url,
    });
  });

  test('keeps a sane request id, replaces any other, and answers with it', async () => {
    const { address } = await fixture.start([echo]);
    const kept = await fetch(`${address.url}/echo`, { headers: { 'X-Request-Id': 'a-1.b_2' } });
    expect(kept.headers.get('X-Request-Id')).toBe('a-1.b_2');
    const replaced = await fetch(`${address.url}/echo`, { headers: { 'X-Request-Id': 'a b"' } });
    expect(replaced.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(kept.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  test('accepts the absolute form of a URL', async () => {
    const { address } = await fixture.start([echo]);
    const request = 'GET http://other/Echo?x HTTP/1.1\r\nHost: smp\r\nConnection: close\r\n\r\n';
    const answer = await received(await fixture.raw(address, request));
    expect(answer).toContain('"lowerPath":"/echo","query":"x","origin":"http://smp"');
  });

  test.each(['smp"x', 'a b', 'smp/../', 'smp\\x', '[::1', 'smp:99999999', 'u@smp'])(
    'refuses the Host %j',
    async (host) => {
      const { address } = await fixture.start([echo]);
      const request = `GET /echo HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      const answer = await received(await fixture.raw(address, request));
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('MALFORMED_REQUEST');
    },
  );

  test('uses the public URL when there is one', async () => {
    const { address } = await fixture.start([echo], { publicUrl: 'https://smp.example.com' });
    const response = await fetch(`http://127.0.0.1:${address.port}/echo`);
    expect(response.headers.get('Strict-Transport-Security')).toBeTruthy();
    expect(((await response.json()) as Exchange).origin).toBe('https://smp.example.com');
  });

  test('believes forwarded headers of trusted proxies only, up to the first stranger', async () => {
    const headers = {
      'X-Forwarded-For': '6.6.6.6, 192.0.2.7, 10.0.0.9',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Host': 'smp.example.com',
    };
    const plain = await fixture.start([echo]);
    expect(await seen(`${plain.address.url}/echo`, { headers })).toMatchObject({
      clientAddress: '127.0.0.1',
      origin: plain.address.url,
    });
    const behind = await fixture.start([echo], { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] });
    expect(await seen(`${behind.address.url}/echo`, { headers })).toMatchObject({
      clientAddress: '192.0.2.7',
      origin: 'https://smp.example.com',
    });
  });
});

describe('limits', () => {
  const reader = door('body', async (exchange) => {
    exchange.response.end(String((await exchange.readBody(1_000)).length));
  });

  test('a body of the limit passes, one byte more does not', async () => {
    const { address } = await fixture.start([reader]);
    const post = (bytes: number, chunked = false) => {
      const data = new Uint8Array(bytes);
      const stream = new Blob([data]).stream();
      const init = chunked ? { body: stream, duplex: 'half' as const } : { body: data };
      return fetch(`${address.url}/body`, { method: 'POST', ...init });
    };
    expect(await (await post(1_000)).text()).toBe('1000');
    expect(await (await post(1_000, true)).text()).toBe('1000');
    for (const response of [
      await post(1_001),
      await post(1_001, true),
      await post(500_000, true),
    ]) {
      expect(response.status).toBe(413);
      expect((await failure(response)).code).toBe('REQUEST_TOO_LARGE');
    }
  });

  test('an endless body is cut off', async () => {
    const { address } = await fixture.start([reader]);
    const socket = await fixture.raw(
      address,
      'POST /body HTTP/1.1\r\nHost: smp\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on('drain', pump);
    pump();
    expect(await received(socket)).toMatch(/^HTTP\/1\.1 413 [^]*Connection: close/);
  });

  test('a long URL is refused', async () => {
    const { address } = await fixture.start([echo], { tighter: { urlBytes: 100 } });
    const response = await fetch(`${address.url}/echo?${'x'.repeat(100)}`);
    expect([response.status, (await failure(response)).code]).toEqual([413, 'REQUEST_TOO_LARGE']);
  });

  test('too many header bytes are refused', async () => {
    const { address } = await fixture.start([echo]);
    const request = `GET /echo HTTP/1.1\r\nHost: smp\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`;
    expect(await received(await fixture.raw(address, request))).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('slow headers and slow bodies are cut off', async () => {
    const tighter = { headersTimeoutMs: 100, requestTimeoutMs: 200 };
    const { address } = await fixture.start([reader], { tighter });
    const headers = await fixture.raw(address, 'GET /body HTTP/1.1\r\nHost: smp\r\nX-A: ');
    const slow = 'POST /body HTTP/1.1\r\nHost: smp\r\nContent-Length: 10\r\n\r\nabc';
    const answers = await Promise.all([
      received(headers),
      received(await fixture.raw(address, slow)),
    ]);
    expect(answers[0]).toMatch(/^HTTP\/1\.1 408 /);
    expect(answers[1]).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
  });

  test('a reader that takes nothing is cut off', async () => {
    const cut = Promise.withResolvers<boolean>();
    const flood = door('flood', ({ response }) => {
      response.once('close', () => cut.resolve(!response.writableFinished));
      response.write(Buffer.alloc(64 * 1024 * 1024));
    });
    const tighter = { stalledReaderTimeoutMs: 150 };
    const { address } = await fixture.start([flood], { tighter });
    const socket = await fixture.raw(address, 'GET /flood HTTP/1.1\r\nHost: smp\r\n\r\n');
    socket.pause();
    expect(await cut.promise).toBe(true);
  });

  test('one address may ask for the agents’ paths so often, for files without end', async () => {
    const agents = door('altiris', ({ response }) => void response.end('ok'));
    const { address } = await fixture.start([agents], { requestsPerSecondPerAddress: 2 });
    const ask = (path: string) => fetch(address.url + path);
    const answers: Response[] = [];
    for (let i = 0; i < 12; i++) answers.push(await ask('/Altiris/NS/Agent/x.aspx'));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]!.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await failure(refused[0]!)).code).toBe('RATE_LIMITED');
    expect((await ask('/Altiris/PackageShare/x')).status).toBe(200);
    const other = await fixture.start([agents], {
      requestsPerSecondPerAddress: 2,
      trustedProxies: ['127.0.0.1'],
    });
    for (let host = 1; host < 12; host++) {
      const headers = { 'X-Forwarded-For': `192.0.2.${host}` };
      const answer = await fetch(`${other.address.url}/altiris/ns/`, { headers });
      expect(answer.status).toBe(200);
    }
  });

  test('bytes that are no request are answered and counted', async () => {
    const { address } = await fixture.start([echo]);
    expect(await received(await fixture.raw(address, 'HELO\r\n\r\n'))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await fixture.metrics.render()).toMatch(
      /canopy_http_refusals_total{reason="malformed"} [1-9]/,
    );
  });
});

describe('errors', () => {
  const thrower = (error: unknown) => door('fail', () => Promise.reject(error));

  test('have code, message and request id; defects say nothing of themselves', async () => {
    const { address } = await fixture.start([thrower(new TypeError('secret detail'))]);
    const response = await fetch(`${address.url}/fail`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain(response.headers.get('X-Request-Id'));
    expect(text).not.toContain('secret detail');
  });

  test('carry what the client needs to go on', async () => {
    const busy = new CanopyError('BUSY', 'Later.', { retryAfterMs: 2_500 });
    const { address } = await fixture.start([thrower(busy)]);
    expect((await fetch(`${address.url}/fail`)).headers.get('Retry-After')).toBe('3');
    const unknown = new CanopyError('UNAUTHENTICATED', 'No.');
    const second = await fixture.start([thrower(unknown)]);
    const response = await fetch(`${second.address.url}/fail`, {
      headers: { Accept: 'text/html' },
    });
    expect([response.status, await response.text()]).toEqual([401, 'No.\n']);
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer');
  });

  test('use the format of the door', async () => {
    const own = door('fail', () => Promise.reject(new CanopyError('BUSY', 'Later.')), {
      renderError: ({ response }) => void response.writeHead(503).end('<busy/>'),
    });
    const { address } = await fixture.start([own]);
    expect(await (await fetch(`${address.url}/fail`)).text()).toBe('<busy/>');
  });

  test('cut an answer that has begun', async () => {
    const half = door('half', async ({ response }) => {
      response.writeHead(200, { 'Content-Length': 10 }).write('12345');
      await Promise.reject(new TypeError('no more'));
    });
    const { address } = await fixture.start([half]);
    await expect(fetch(`${address.url}/half`).then((r) => r.text())).rejects.toThrow();
  });

  test('unknown addresses are not found', async () => {
    const { address } = await fixture.start([echo]);
    expect((await fetch(`${address.url}/nothing`)).status).toBe(404);
  });
});

describe('start and end', () => {
  test('before the doors are there health answers and the rest is not ready', async () => {
    const { address, listener } = await fixture.start(undefined);
    const response = await fetch(`${address.url}/graphql`);
    expect([response.status, (await failure(response)).code]).toEqual([503, 'NOT_READY']);
    expect(response.headers.get('Retry-After')).toBeTruthy();
    expect((await fetch(`${address.url}/livez`)).status).toBe(200);
    expect((await fetch(`${address.url}/readyz`)).status).toBe(503);
    listener.setDoors([echo]);
    expect((await fetch(`${address.url}/echo`)).status).toBe(200);
  });

  test('a port that is taken is named, with the cure', async () => {
    const { address } = await fixture.start([echo]);
    const listen = { host: '127.0.0.1', port: address.port };
    await expect(fixture.start([echo], { listen })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${address.port} is in use`),
    });
  });

  test('closing lets a request end, takes no new one, and drops idle connections', async () => {
    const begun = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const slow = door('slow', async ({ response }) => {
      begun.resolve();
      await finish.promise;
      response.end('done');
    });
    const { address, listener } = await fixture.start([slow]);
    const idle = await fixture.raw(address, '');
    const running = fetch(`${address.url}/slow`);
    await begun.promise;
    const closed = listener.close(10_000);
    expect(listener.close(0)).toBe(closed);
    await received(idle);
    await expect(fetch(`${address.url}/slow`)).rejects.toThrow();
    finish.resolve();
    const response = await running;
    expect([response.headers.get('Connection'), await response.text()]).toEqual(['close', 'done']);
    await closed;
  });

  test('what does not end by the deadline is cut', async () => {
    const begun = Promise.withResolvers<void>();
    const { address, listener } = await fixture.start([door('never', () => begun.resolve())]);
    const running = fetch(`${address.url}/never`).catch(() => 'cut');
    await begun.promise;
    await listener.close(50);
    expect(await running).toBe('cut');
  });
});

describe('WebSocket requests', () => {
  const upgrade =
    'GET /Graphql?x HTTP/1.1\r\nHost: smp\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

  test('are refused until someone takes them, and by whoever takes them', async () => {
    const { address, listener } = await fixture.start([echo]);
    expect(await received(await fixture.raw(address, upgrade))).toMatch(/ 503 [^]*NOT_READY/);
    listener.onUpgrade(() => {
      throw new CanopyError('FORBIDDEN', 'Not you.');
    });
    expect(await received(await fixture.raw(address, upgrade))).toMatch(/ 403 [^]*FORBIDDEN/);
  });

  test('are handed over, counted, and cut at the end', async () => {
    const { address, listener } = await fixture.start([echo]);
    const taken = Promise.withResolvers<unknown>();
    listener.onUpgrade(({ socket, lowerPath, origin, clientAddress }) => {
      taken.resolve({ lowerPath, origin, clientAddress });
      socket.write('hello');
    });
    const socket = await fixture.raw(address, upgrade);
    await once(socket, 'data');
    expect(await taken.promise).toEqual({
      lowerPath: '/graphql',
      origin: 'http://smp',
      clientAddress: '127.0.0.1',
    });
    expect(listener.socketCount).toBe(1);
    await listener.close(0);
    expect(listener.socketCount).toBe(0);
  });

  test('other upgrades are ignored, as HTTP allows', async () => {
    const { address } = await fixture.start([echo]);
    const request = upgrade.replace('websocket', 'h2c').replace('/Graphql', '/echo');
    const socket = await fixture.raw(address, request);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('health', () => {
  test('names what fails, and everything when asked', async () => {
    const { address } = await fixture.start([echo]);
    fixture.health.phase = 'READY';
    fixture.health.add('live', { name: 'engine', run: () => undefined });
    fixture.health.add('ready', { name: 'database', run: () => 'It is away.' });
    fixture.health.add('ready', { name: 'store', run: () => Promise.reject(new TypeError('x')) });
    const ready = await fetch(`${address.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({
      status: 'failed',
      checks: [
        { name: 'database', ok: false, message: 'It is away.' },
        { name: 'store', ok: false, message: expect.stringContaining('log') },
      ],
    });
    expect(await (await fetch(`${address.url}/livez?verbose`)).json()).toEqual({
      status: 'ok',
      checks: [{ name: 'engine', ok: true }],
    });
    expect((await fetch(`${address.url}/startupz`)).status).toBe(200);
    expect((await fetch(`${address.url}/livez`, { method: 'POST' })).status).toBe(405);
  });
});
