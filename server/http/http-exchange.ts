import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../content/index.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import type { Exchange } from './door.ts';
import type { Peer } from './peer.ts';

/** Where a request is aimed, as it was sent. */
export interface Target {
  readonly path: string;
  readonly lowerPath: string;
  readonly query: string;
}

/** Without a `URL` object: this runs for every request of every agent. */
export function readTarget(url: string): Target {
  const relative = url.startsWith('/') ? url : afterAuthority(url);
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  return {
    path,
    lowerPath: path.toLowerCase(),
    query: mark < 0 ? '' : relative.slice(mark + 1),
  };
}

/** `http://host/path`, the form that proxies receive (RFC 9112 §3.2.2). */
function afterAuthority(url: string): string {
  const authority = url.indexOf('//');
  const slash = authority < 0 ? -1 : url.indexOf('/', authority + 2);
  return slash < 0 ? '/' : url.slice(slash);
}

const REQUEST_ID = /^[\w.-]{1,64}$/;

/** The sender's `X-Request-Id` when it is fit for a log line, else a new one. */
export function requestIdOf(request: IncomingMessage, random: Random): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : random.guid();
}

export interface HttpExchangeParts {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly peer: Peer;
  readonly requestId: string;
  readonly logger: Logger;
}

/** The {@link Exchange} of a request; its own logger is made only when a door writes a line. */
export class HttpExchange implements Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly lowerPath: string;
  readonly query: string;
  readonly origin: string;
  readonly clientAddress: string;
  readonly requestId: string;
  private readonly rootLogger: Logger;
  private ownLogger: Logger | undefined;

  constructor({ request, response, target, peer, requestId, logger }: HttpExchangeParts) {
    this.request = request;
    this.response = response;
    this.path = target.path;
    this.lowerPath = target.lowerPath;
    this.query = target.query;
    this.origin = peer.origin;
    this.clientAddress = peer.clientAddress;
    this.requestId = requestId;
    this.rootLogger = logger;
  }

  get logger(): Logger {
    this.ownLogger ??= this.rootLogger.child({ requestId: this.requestId });
    return this.ownLogger;
  }

  readBody(limitBytes: number): Promise<Buffer> {
    return readBody(this.request, limitBytes);
  }
}
