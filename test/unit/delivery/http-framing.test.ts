// Shows where the transport sees heads and bodies begin and end, and which answers it does not take.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createHttpTransport, discardBody } from '../../../delivery/http-transport.ts';
import { Cleanup } from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A server that answers each request by what `answer` writes; counts its connections. */
async function startRaw(answer: (socket: Socket, request: string) => void) {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (!text.endsWith('\r\n\r\n')) return;
      answer(socket, text);
      text = '';
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.add(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b`;
  const transport = createHttpTransport();
  const ask = async (headers: Record<string, string> = {}) => {
    const answered = await transport(url, { headers, signal: new AbortController().signal });
    const blocks: Buffer[] = [];
    for await (const block of answered.body!) blocks.push(Buffer.from(block));
    return { ...answered, text: Buffer.concat(blocks).toString() };
  };
  return { url, transport, ask, connections: () => connections };
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

test('the request, and answers one after the other on one connection', async () => {
  const requests: string[] = [];
  const answers = [
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none',
    `${CHUNKED}3\r\ntwo\r\n7;name=value\r\n and a \r\n5\r\nthird\r\n0\r\nTrailer: x\r\n\r\n`,
    'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 404\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 200 OK\r\nVia: a\r\nVIA:  b \r\nContent-Length: 4\r\n\r\nlast',
  ];
  const server = await startRaw((socket, request) => {
    requests.push(request);
    socket.write(answers[requests.length - 1]!);
  });
  const texts: string[] = [];
  for (let time = 0; time < 4; time += 1) texts.push((await server.ask({ 'X-Own': 'y' })).text);
  const last = await server.ask();
  expect(texts).toEqual(['one', 'two and a third', '', '']);
  expect([last.text, last.headers.get('Via'), last.statusText]).toEqual(['last', 'a, b', 'OK']);
  expect(server.connections()).toBe(1);
  const { host } = new URL(server.url);
  expect(requests[0]).toBe(`GET /a?b HTTP/1.1\r\nhost: ${host}\r\nX-Own: y\r\n\r\n`);
});

test('an answer that comes byte by byte', async () => {
  const bytes = `${CHUNKED}a\r\n0123456789\r\n2\r\nab\r\n0\r\n\r\n`;
  const server = await startRaw((socket) => {
    socket.setNoDelay(true);
    const send = (at: number): void => {
      if (at < bytes.length) socket.write(bytes[at]!, () => setImmediate(send, at + 1));
    };
    send(0);
  });
  expect((await server.ask()).text).toBe('0123456789ab');
});

test('a body without a length ends with its connection', async () => {
  const server = await startRaw((socket) => void socket.end('HTTP/1.0 200 OK\r\n\r\nto the end'));
  expect((await server.ask()).text).toBe('to the end');
});

test.each([
  ['has more bytes than it announced', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1'],
  ['closes', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\nok'],
  ['is of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
])('the connection of an answer that %s is not used again', async (_, bytes) => {
  const server = await startRaw((socket) => void socket.write(bytes));
  for (let time = 0; time < 2; time += 1) expect((await server.ask()).text).toBe('ok');
  expect(server.connections()).toBe(2);
});

test('a body that is discarded half way costs its connection, one that is read does not', async () => {
  const server = await startRaw((socket, request) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n');
    if (!request.includes('half')) socket.write('full');
  });
  const { signal } = new AbortController();
  await discardBody(await server.transport(server.url, { headers: { x: 'half' }, signal }));
  await server.ask();
  await server.ask();
  expect(server.connections()).toBe(2);
});

test.each([
  ['no HTTP', 'SSH-2.0-x\r\n\r\n'],
  ['another version of HTTP', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['a blank before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx'],
  ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n'],
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy'],
  ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['length and chunks', `${CHUNKED.slice(0, -2)}Content-Length: 1\r\n\r\n0\r\n\r\n`],
  ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['a chunk without a size', `${CHUNKED}x\r\n\r\n`],
  ['a chunk longer than its size', `${CHUNKED}1\r\nab\r\n0\r\n\r\n`],
  ['a protocol nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['a head without an end', `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(100_000)}`],
  ['a line of a chunk without an end', `${CHUNKED}1;${'a'.repeat(100_000)}`],
])('%s is an error', async (_, bytes) => {
  const server = await startRaw((socket) => void socket.write(bytes));
  await expect(server.ask()).rejects.toThrow();
  expect(server.connections()).toBe(1);
});

test.each([
  ['a head', 'HTTP/1.1 200 OK\r\nConte'],
  ['a body', 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc'],
  ['chunks', `${CHUNKED}1\r\na\r\n`],
])('%s that ends too early is an error', async (_, bytes) => {
  const server = await startRaw((socket) => void socket.end(bytes));
  await expect(server.ask()).rejects.toThrow();
});

test('a header with a line break is not sent', async () => {
  const server = await startRaw((socket) => void socket.end());
  await expect(server.ask({ a: 'b\r\nc: d' })).rejects.toThrow('line break');
});
