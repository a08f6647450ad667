import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CanopyError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
import type { Door, Exchange } from '../../server/http/door.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Harness {
  ask(target: string, options?: AskOptions): Promise<Answer>;
  close(): Promise<void>;
}

interface AskOptions {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Doors behind a real listener on loopback. Every client seems to come from `clientAddress`. */
export async function openDoors(doors: readonly Door[], clientAddress: string): Promise<Harness> {
  const server = createServer((incoming, response) => {
    const [path = '', query = ''] = (incoming.url ?? '').split(/\?(.*)/s);
    const exchange: Exchange = {
      request: incoming,
      response,
      path,
      lowerPath: path.toLowerCase(),
      query,
      origin: 'http://smp1.example',
      clientAddress,
      requestId: 'request-1',
      logger: silentLogger,
      readBody: async (limitBytes) => {
        const chunks: Buffer[] = [];
        let length = 0;
        for await (const chunk of incoming as AsyncIterable<Buffer>) {
          length += chunk.length;
          if (length > limitBytes) throw new CanopyError('REQUEST_TOO_LARGE', 'Too large.');
          chunks.push(chunk);
        }
        return Buffer.concat(chunks);
      },
    };
    const door = doors.find((one) => one.matches(exchange.lowerPath));
    if (!door) {
      response.writeHead(404).end('no door');
      return;
    }
    void (async () => door.handle(exchange))().catch((error: unknown) =>
      door.renderError!(exchange, error),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ask: (target, options = {}) => ask(port, target, options),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function ask(port: number, target: string, options: AskOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const outgoing = request(
      { port, host: '127.0.0.1', path: target, method, headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const HEADERS_OF_INTEREST = /^(allow|cache-control|content-|etag|retry-after|x-canopy-)/;

/** Status, the headers that belong to the format, and the body, as one text. */
export function wireText(answer: Answer): string {
  const headers = Object.entries(answer.headers)
    .filter(([name]) => HEADERS_OF_INTEREST.test(name))
    .map(([name, value]) => `${name}: ${String(value)}\n`);
  return `${answer.status}\n${headers.join('')}\n${answer.body}`;
}

/** Compares byte by byte with `golden/{name}`; `CANOPY_UPDATE_GOLDEN=1` writes the file instead. */
export function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, 'golden', name);
  if (process.env.CANOPY_UPDATE_GOLDEN === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}
