import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { CanopyError, ERRORS, isCanopyError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface HttpListenerOptions {
  readonly listen: ListenAddress;
  /** PEM; when given the port speaks HTTPS. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
  /** Answers, or throws a `CanopyError` that becomes the answer. `path` has no query. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16 * 1024,
} as const;
const MAX_CONNECTIONS = 4_096;
/** A reader that takes nothing for this long is cut off. */
const STALLED_READER_MS = 60_000;

/** One port of a package server. */
export class HttpListener {
  private readonly options: HttpListenerOptions;
  private readonly server: Server;
  private isClosing = false;

  constructor(options: HttpListenerOptions) {
    this.options = options;
    const { tls } = options;
    this.server = tls
      ? createTlsServer({ ...LIMITS, cert: tls.certificate, key: tls.key })
      : createServer(LIMITS);
    this.server.maxConnections = MAX_CONNECTIONS;
    this.server.timeout = STALLED_READER_MS;
    this.server.on('request', (request, response) => void this.answer(request, response));
  }

  /** Binds the port; answers a URL that works on this host. Throws `ADDRESS_IN_USE`. */
  async listen(): Promise<string> {
    const { host, port } = this.options.listen;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) => reject(cannotListen(error, host, port)));
      this.server.listen({ host, port }, resolve);
    });
    this.server.removeAllListeners('error');
    this.server.on('error', (error) => this.options.logger.error({ error }, 'The port failed.'));
    const bound = this.server.address() as AddressInfo;
    const isAny = bound.address === '0.0.0.0' || bound.address === '::';
    const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
    const scheme = this.options.tls ? 'https' : 'http';
    return `${scheme}://${isAny ? 'localhost' : name}:${bound.port}`;
  }

  /** Lets answers under way end for at most `deadlineMs`, then cuts what is left. */
  async close(deadlineMs: number): Promise<void> {
    if (this.isClosing || !this.server.listening) return;
    this.isClosing = true;
    const over = new AbortController();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    void closed.then(() => over.abort());
    this.server.closeIdleConnections();
    await this.options.clock.sleep(deadlineMs, over.signal).catch(() => undefined);
    this.server.closeAllConnections();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isClosing) response.shouldKeepAlive = false;
    try {
      const path = (request.url ?? '/').split('?', 1)[0]!;
      await this.options.handle(request, response, path);
    } catch (error) {
      if (!isCanopyError(error)) this.options.logger.error({ error }, 'A request failed.');
      answerError(request, response, error);
    }
  }
}

/** Once an answer has begun the connection is cut instead: half an answer must not look whole. */
function answerError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const known = isCanopyError(error) ? error : undefined;
  const code = known?.code ?? 'INTERNAL';
  const message = known?.message ?? ERRORS.INTERNAL.meaning;
  if (known?.retryAfterMs !== undefined) {
    response.setHeader('Retry-After', Math.max(1, Math.ceil(known.retryAfterMs / 1_000)));
  }
  if (!request.complete) response.setHeader('Connection', 'close');
  sendJson(response, ERRORS[code].status, { error: { code, message } });
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = `${JSON.stringify(value)}\n`;
  response
    .writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    })
    .end(body);
}

const LISTEN_FAULTS: { readonly [code: string]: string } = {
  EADDRINUSE: 'is in use by another program; stop it or choose another port',
  EADDRNOTAVAIL: 'is not an address of this host; choose one of its own or 0.0.0.0',
  EACCES: 'may not be used by this user; choose a port above 1023 or grant it the right',
  ENOTFOUND: 'is not a known host name; use an address of this host',
};

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const fault = LISTEN_FAULTS[error.code ?? ''];
  if (!fault) return error;
  return new CanopyError('ADDRESS_IN_USE', `listen: ${host}:${port} ${fault}.`, {
    path: ['listen'],
    hint: 'Set it with --listen HOST:PORT.',
    cause: error,
  });
}
