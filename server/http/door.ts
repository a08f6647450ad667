import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../core/logger.ts';

/** One request on its way through the server. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** `path` in lower case: the doors compare this one. */
  readonly lowerPath: string;
  /** Query as sent, without `?`; empty when there is none. */
  readonly query: string;
  /** Where the client reached us: the configured public URL, or scheme and Host of the request. */
  readonly origin: string;
  /** The peer's address, canonical text (mapped IPv4 as IPv4). */
  readonly clientAddress: string;
  readonly requestId: string;
  readonly logger: Logger;
  /** Reads the whole body; throws `REQUEST_TOO_LARGE` above the limit, whatever the headers say. */
  readBody(limitBytes: number): Promise<Buffer>;
}

/**
 * One way into the server. The listener asks its doors in order and hands the exchange to the
 * first that matches; what a door throws becomes an error answer in the door's own format.
 */
export interface Door {
  /** For metrics and logs: `graphql`, `package-info`, `files`. */
  readonly name: string;
  matches(lowerPath: string): boolean;
  handle(exchange: Exchange): void | Promise<void>;
  /** Without it errors are answered as JSON `{ "error": { code, message, requestId } }`. */
  renderError?(exchange: Exchange, error: unknown): void;
}
