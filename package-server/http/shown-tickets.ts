import type { IncomingMessage, ServerResponse } from 'node:http';
import { TICKET_HEADER, verifyTicket, type DownloadTicket } from '../../content/download-ticket.ts';
import type { Guid } from '../../core/guid.ts';

export interface ShownTicketsOptions {
  /** Of the SMP of this package server: it alone signs tickets for it. */
  readonly publicKey: string;
  nowMs(): number;
}

/** Tickets whose signature was verified; a transfer shows the same one at each request. */
const REMEMBERED = 256;

/**
 * Tickets that requests show. Nobody needs one: agents and package servers of this SMP have none.
 * One that is shown has to be right, and what it is answered counts as bytes of that child.
 */
export class ShownTickets {
  private readonly options: ShownTicketsOptions;
  private readonly verified = new Map<string, DownloadTicket>();
  private readonly bytes = new Map<string, number>();

  constructor(options: ShownTicketsOptions) {
    this.options = options;
  }

  /** Bytes of package files sent to package servers of children, by node id of the child. */
  get sentBytes(): ReadonlyMap<string, number> {
    return this.bytes;
  }

  /** Counts the answer to a request with a ticket. Throws `FORBIDDEN` for one that does not hold. */
  check(
    request: IncomingMessage,
    response: ServerResponse,
    version: { readonly packageId: Guid; readonly internalVersion: number },
  ): void {
    const text = request.headers[TICKET_HEADER.toLowerCase()];
    if (typeof text !== 'string') return;
    const { childNodeId } = this.verify(text, version);
    const { socket } = response;
    const before = socket?.bytesWritten ?? 0;
    response.once('close', () => {
      const written = (socket?.bytesWritten ?? 0) - before;
      // A range bundle is compressed on its way: how long it is, nobody knows before.
      const length = Number(response.getHeader('content-length') ?? written);
      const hasBody = request.method === 'GET' || request.method === 'POST';
      const sent = response.writableFinished ? length : Math.min(length, written);
      const count = hasBody ? sent : 0;
      this.bytes.set(childNodeId, (this.bytes.get(childNodeId) ?? 0) + count);
    });
  }

  private verify(
    text: string,
    version: { readonly packageId: Guid; readonly internalVersion: number },
  ): DownloadTicket {
    const nowMs = this.options.nowMs();
    const known = this.verified.get(text);
    const isKnown =
      known?.packageId === version.packageId &&
      known.internalVersion === version.internalVersion &&
      known.expiresAtMs > nowMs;
    if (isKnown) return known;
    const ticket = verifyTicket(text, { ...version, nowMs, publicKey: this.options.publicKey });
    if (this.verified.size >= REMEMBERED) this.verified.clear();
    this.verified.set(text, ticket);
    return ticket;
  }
}
