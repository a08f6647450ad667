import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../core/logger.ts';

/** A request to go on as a WebSocket. The handler owns the socket from here on. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes that came behind the request. */
  readonly head: Buffer;
  readonly lowerPath: string;
  readonly origin: string;
  readonly clientAddress: string;
  readonly requestId: string;
  readonly logger: Logger;
}

/** Throws a `CanopyError` to refuse; the listener then answers it and closes the socket. */
export type UpgradeHandler = (upgrade: Upgrade) => void;
