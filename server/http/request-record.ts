import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Exchange } from './door.ts';

/** As reverse proxies record a client that left before its answer began. */
const CLIENT_LEFT = 499;

/** Counts, times and logs one request when its answer is over. */
export class RequestRecord {
  /** The door that took it; `none` when it never came so far. */
  door = 'none';
  /** `undefined` when the request could not be read. */
  exchange: Exchange | undefined;

  constructor(
    { clock, logger, metrics }: { clock: Clock; logger: Logger; metrics: Metrics },
    request: IncomingMessage,
    response: ServerResponse,
  ) {
    const startedAtMs = clock.monotonicMs();
    const { socket } = request;
    const sentBefore = socket.bytesWritten;
    response.once('close', () => {
      const durationMs = clock.monotonicMs() - startedAtMs;
      const status = response.headersSent ? response.statusCode : CLIENT_LEFT;
      metrics.requests.inc({ door: this.door, status });
      metrics.requestSeconds.observe({ door: this.door }, durationMs / 1_000);
      metrics.sentBytes.inc({ door: this.door }, socket.bytesWritten - sentBefore);
      const facts = {
        requestId: response.getHeader('X-Request-Id'),
        method: request.method,
        path: this.exchange?.path,
        status,
        door: this.door,
        durationMs: Math.round(durationMs * 10) / 10,
        clientAddress: this.exchange?.clientAddress,
        cut: response.writableFinished ? undefined : true,
      };
      // What the health addresses say, `Health` logs once.
      if (this.door === 'health') logger.debug(facts, 'Health was read.');
      else if (status >= 500) logger.warn(facts, 'A request was not served.');
      else if (status >= 400) logger.info(facts, 'A request was refused.');
      else logger.debug(facts, 'A request was answered.');
    });
  }
}
