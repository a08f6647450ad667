// Shows that every transport keeps the contract that sources are read by.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpAnswer } from '../../../core/http-answer.ts';
import {
  createHttpTransport,
  discardBody,
  fetchTransport,
  type HttpTransport,
} from '../../../delivery/http-transport.ts';
import { Cleanup, noise, startServer } from './support.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const bytes = noise(300_000);
const TRANSPORTS: Record<string, () => HttpTransport> = {
  sockets: createHttpTransport,
  fetch: () => fetchTransport(globalThis.fetch),
};

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

async function read({ body }: HttpAnswer): Promise<Buffer> {
  const blocks: Buffer[] = [];
  for await (const block of body ?? []) blocks.push(Buffer.from(block));
  return Buffer.concat(blocks);
}

describe.each(Object.entries(TRANSPORTS))('%s', (_name, create) => {
  const ask = async (handle: Handle, more: Partial<Parameters<HttpTransport>[1]> = {}) => {
    const { origin } = await startServer(cleanup, handle);
    const { signal } = new AbortController();
    return await create()(`${origin}/file`, { headers: {}, signal, ...more });
  };

  test('the head and every byte, with the headers and the body of the request', async () => {
    const answer = await ask(
      async (request, response) => {
        let asked = '';
        for await (const block of request) asked += String(block);
        const tag = `${request.method} ${asked} ${request.headers['x-own']}`;
        response.writeHead(206, { ETag: tag }).end(bytes);
      },
      { method: 'POST', body: 'question', headers: { 'x-own': 'mine' } },
    );
    expect(answer.status).toBe(206);
    expect(answer.headers.get('etag')).toBe('POST question mine');
    expect(answer.headers.get('content-range')).toBeNull();
    expect((await read(answer)).equals(bytes)).toBe(true);
  });

  test('a redirect is an answer like any other', async () => {
    const answer = await ask((_, response) =>
      response.writeHead(302, { Location: '/elsewhere' }).end(),
    );
    expect(answer.status).toBe(302);
    await discardBody(answer);
  });

  test('a connection that breaks in the body is an error, not an end', async () => {
    const answer = await ask((_, response) => {
      response.setHeader('Content-Length', bytes.length);
      response.write(bytes.subarray(0, 100_000), () => response.destroy());
    });
    await expect(read(answer)).rejects.toThrow();
  });

  test('nobody there is an error', async () => {
    const { signal } = new AbortController();
    await expect(create()('http://127.0.0.1:9/file', { headers: {}, signal })).rejects.toThrow();
  });

  test('an abort ends the wait for a head, and a body that hangs', async () => {
    const silent = new AbortController();
    const asking = ask(() => silent.abort(), { signal: silent.signal });
    await expect(asking).rejects.toThrow();
    const hanging = new AbortController();
    const answer = await ask((_, response) => void response.write('some'), {
      signal: hanging.signal,
    });
    const reading = read(answer);
    hanging.abort();
    await expect(reading).rejects.toThrow();
  });

  test('a body that nobody wants ends at the source too', async () => {
    let closed: Promise<void> | undefined;
    const answer = await ask((_, response) => {
      closed = new Promise((resolve) => response.once('close', resolve));
      const pump = (): void => {
        while (!response.destroyed && response.write(bytes));
        if (!response.destroyed) response.once('drain', pump);
      };
      pump();
    });
    await discardBody(answer);
    await closed;
  });
});

test('an idle connection that the source has closed costs a new one, not the request', async () => {
  let requests = 0;
  const { origin } = await startServer(cleanup, (request, response) => {
    requests += 1;
    // The second request on this connection finds it closed before there is an answer.
    if (requests === 2) return void request.socket.destroy();
    response.end('here');
  });
  const transport = createHttpTransport();
  const { signal } = new AbortController();
  for (let time = 0; time < 2; time += 1) {
    const answer = await transport(`${origin}/file`, { headers: {}, signal });
    expect((await read(answer)).toString()).toBe('here');
  }
  expect(requests).toBe(3);
});
