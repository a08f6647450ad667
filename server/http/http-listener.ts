import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import type { Metrics } from '../observability/metrics.ts';
import { addressLimiter, type AddressLimiter } from './address-limiter.ts';
import type { Door, Exchange } from './door.ts';
import { answerError, publicError } from './error-answer.ts';
import { HttpExchange, readTarget, requestIdOf } from './http-exchange.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { peerReader, type Peer } from './peer.ts';
import { answerRaw, refuseUpgrade, statusOfClientError } from './raw-answer.ts';
import { RequestRecord } from './request-record.ts';
import { setSecurityHeaders } from './security-headers.ts';
import type { UpgradeHandler } from './upgrade.ts';

export interface HttpListenerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  /** For the addresses that agents poll; 0 is no limit. */
  readonly requestsPerSecondPerAddress: number;
  /** Answered from the first moment to the last: health, metrics. */
  readonly earlyDoors: readonly Door[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: HttpLimits;
}

/** Where the listener is reached. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  /** The public URL, or one that works on this host. */
  readonly url: string;
}

/**
 * What agents poll is limited per address; package files are not, for a package may be thousands
 * of small ones.
 */
const AGENT_PATHS = '/altiris/ns/';

/**
 * The server's one HTTP port, on bare `node:http`. It can be bound before anything else is open:
 * until {@link setDoors} all but the early doors answer `NOT_READY`.
 */
export class HttpListener {
  private readonly options: HttpListenerOptions;
  private readonly limits: HttpLimits;
  private readonly server: Server;
  private readonly secure: boolean;
  private readonly readPeer: (request: IncomingMessage) => Peer;
  private readonly limitAddress: AddressLimiter | undefined;
  private readonly open = new Set<ServerResponse>();
  private readonly upgraded = new Set<Duplex>();
  /** Connections on which no request has come yet. Node does not count them as idle. */
  private readonly fresh = new Set<Duplex>();
  private doors: readonly Door[] | undefined;
  private upgradeHandler: UpgradeHandler | undefined;
  private closing: Promise<void> | undefined;

  constructor(options: HttpListenerOptions) {
    this.options = options;
    this.limits = options.limits ?? DEFAULT_HTTP_LIMITS;
    this.secure = options.publicUrl?.startsWith('https:') ?? false;
    this.readPeer = peerReader(options);
    this.limitAddress = addressLimiter(options.requestsPerSecondPerAddress);
    this.server = this.createServer();
  }

  /**
   * Binds the port. Throws `ADDRESS_IN_USE` when it is taken, forbidden or not of this
   * host, so that a second server fails before it touches any data.
   */
  async listen(): Promise<BoundAddress> {
    const { host, port } = this.options.listen;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) => reject(cannotListen(error, host, port)));
      this.server.listen({ host, port }, resolve);
    });
    this.server.removeAllListeners('error');
    this.server.on('error', (error) => this.options.logger.error({ error }, 'The port failed.'));
    const bound = this.server.address() as AddressInfo;
    const url = this.options.publicUrl ?? localUrl(bound);
    return { host: bound.address, port: bound.port, url };
  }

  /** From now on these doors answer, asked in this order. */
  setDoors(doors: readonly Door[]): void {
    this.doors = doors;
  }

  /** From now on WebSocket requests go to `handler`; before they are refused as `NOT_READY`. */
  onUpgrade(handler: UpgradeHandler): void {
    this.upgradeHandler = handler;
  }

  /** WebSockets that are open. */
  get socketCount(): number {
    return this.upgraded.size;
  }

  /**
   * Stops accepting, lets requests that run end for at most `deadlineMs`, then cuts what is left.
   * New requests on open connections answer `NOT_READY`. WebSockets are closed by their owner
   * before, or cut at the deadline. Resolves when no connection is left; may be called again.
   */
  close(deadlineMs: number): Promise<void> {
    this.closing ??= this.shutDown(deadlineMs);
    return this.closing;
  }

  private async shutDown(deadlineMs: number): Promise<void> {
    if (!this.server.listening) return;
    for (const response of this.open) response.shouldKeepAlive = false;
    for (const socket of this.fresh) socket.destroy();
    const over = new AbortController();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    void closed.then(() => over.abort());
    await this.options.clock.sleep(deadlineMs, over.signal).catch(() => undefined);
    this.server.closeAllConnections();
    for (const socket of this.upgraded) socket.destroy();
    await closed;
    this.upgraded.clear();
  }

  private createServer(): Server {
    const { limits } = this;
    const server = createServer({
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(5_000, Math.ceil(limits.headersTimeoutMs / 2)),
      maxHeaderSize: limits.urlBytes + 16 * 1024,
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    });
    server.maxConnections = limits.maxConnections;
    server.timeout = limits.stalledReaderTimeoutMs;
    server.on('connection', (socket) => {
      this.fresh.add(socket);
      socket.once('close', () => this.fresh.delete(socket));
    });
    server.on('request', (request, response) => void this.answer(request, response));
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.options.metrics.refusals.inc({ reason: 'malformed' });
      const fault = new CanopyError('MALFORMED_REQUEST', 'The request could not be read.');
      answerRaw(socket, statusOfClientError(error.code), fault);
    });
    server.on('drop', () => this.options.metrics.refusals.inc({ reason: 'connections' }));
    return server;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const record = new RequestRecord(this.options, request, response);
    const requestId = requestIdOf(request, this.options.random);
    response.setHeader('X-Request-Id', requestId);
    setSecurityHeaders(response, this.secure);
    this.track(request, response);
    let door: Door | undefined;
    let exchange: Exchange | undefined;
    try {
      exchange = this.exchange(request, response, requestId);
      record.exchange = exchange;
      door = this.doorFor(exchange);
      record.door = door.name;
      if (this.limitAddress && exchange.lowerPath.startsWith(AGENT_PATHS)) {
        await this.limitAddress(exchange.clientAddress);
      }
      await door.handle(exchange);
    } catch (error) {
      this.answerFailure({ door, exchange, request, response, requestId }, error);
    }
  }

  private exchange(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
  ): Exchange {
    const url = request.url ?? '/';
    if (url.length > this.limits.urlBytes) {
      throw new CanopyError(
        'REQUEST_TOO_LARGE',
        `The URL is longer than ${this.limits.urlBytes} bytes.`,
        { path: ['url'], hint: 'Send the document as the body of a POST.' },
      );
    }
    const peer = this.readPeer(request);
    const { logger } = this.options;
    return new HttpExchange({
      request,
      response,
      target: readTarget(url),
      peer,
      requestId,
      logger,
    });
  }

  private doorFor({ lowerPath }: Exchange): Door {
    for (const door of this.options.earlyDoors) if (door.matches(lowerPath)) return door;
    if (!this.doors || this.closing) {
      const state = this.closing ? 'stopping' : 'starting';
      throw new CanopyError('NOT_READY', `The server is ${state}.`, { retryAfterMs: 2_000 });
    }
    for (const door of this.doors) if (door.matches(lowerPath)) return door;
    throw new CanopyError('NOT_FOUND', 'There is nothing at this address.');
  }

  private answerFailure(failed: FailedRequest, error: unknown): void {
    const { door, exchange, request, response, requestId } = failed;
    const { code } = publicError(error);
    if (code === 'INTERNAL') {
      this.options.logger.error({ requestId, door: door?.name, error }, 'A request failed.');
    } else if (code === 'RATE_LIMITED') this.options.metrics.refusals.inc({ reason: 'rate' });
    try {
      if (door?.renderError && exchange && !response.headersSent) door.renderError(exchange, error);
      else answerError({ request, response }, error, requestId);
    } catch (second) {
      this.options.logger.error({ requestId, error: second }, 'An error could not be answered.');
      response.destroy();
    }
  }

  /** While closing, each connection ends with the answer that is under way on it. */
  private track(request: IncomingMessage, response: ServerResponse): void {
    if (this.closing) response.shouldKeepAlive = false;
    this.fresh.delete(request.socket);
    this.open.add(response);
    response.once('close', () => {
      this.open.delete(response);
      if (this.closing) request.socket.end();
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { logger, random } = this.options;
    const requestId = requestIdOf(request, random);
    request.socket.setTimeout(0);
    this.fresh.delete(request.socket);
    this.upgraded.add(socket);
    socket.once('close', () => this.upgraded.delete(socket));
    socket.on('error', (error) => logger.debug({ requestId, error }, 'A socket failed.'));
    try {
      if (!this.upgradeHandler || this.closing) {
        throw new CanopyError('NOT_READY', 'The server takes no sockets at this moment.');
      }
      const { lowerPath } = readTarget(request.url ?? '/');
      const child = logger.child({ requestId });
      const peer = this.readPeer(request);
      this.upgradeHandler({ request, socket, head, lowerPath, ...peer, requestId, logger: child });
    } catch (error) {
      const fault = publicError(error);
      if (fault.code === 'INTERNAL') logger.error({ requestId, error }, 'An upgrade failed.');
      refuseUpgrade(socket, fault);
    }
  }
}

interface FailedRequest {
  readonly door: Door | undefined;
  readonly exchange: Exchange | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

function localUrl({ address, port, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return `http://localhost:${port}`;
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
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
    hint: 'Set it with --listen HOST:PORT or CANOPY_LISTEN.',
    cause: error,
  });
}
