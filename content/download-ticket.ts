import { CanopyError } from '../core/errors.ts';
import { parseGuid, type Guid } from '../core/guid.ts';
import { verifyStatement, type NodeIdentity } from '../core/identity.ts';
import { ticketStatement } from './statement.ts';

/** Lets package servers of one child fetch one version from the parent's package servers. */
export interface DownloadTicket {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly childNodeId: string;
  readonly expiresAtMs: number;
  /** The parent's signature over `ticketStatement`. */
  readonly signature: string;
}

/** Where a request for a package file carries it. */
export const TICKET_HEADER = 'Canopy-Ticket';
export const TICKET_LIFE_MS = 60 * 60_000;
const MAX_TEXT = 1_024;

/** A ticket that holds for an hour from `nowMs`. */
export function issueTicket(
  identity: NodeIdentity,
  {
    nowMs,
    ...given
  }: Pick<DownloadTicket, 'packageId' | 'internalVersion' | 'childNodeId'> & {
    readonly nowMs: number;
  },
): DownloadTicket {
  const unsigned = { ...given, expiresAtMs: nowMs + TICKET_LIFE_MS };
  return { ...unsigned, signature: identity.sign(ticketStatement(unsigned)) };
}

/** As the header carries it: base64url of a JSON list of its parts. */
export function ticketText(ticket: DownloadTicket): string {
  const { packageId, internalVersion, childNodeId, expiresAtMs, signature } = ticket;
  const parts = [packageId, internalVersion, childNodeId, expiresAtMs, signature];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/**
 * The ticket behind a header, when `publicKey` signed it, it holds at `nowMs`, and it is for this
 * version. Throws `FORBIDDEN` with the reason otherwise.
 */
export function verifyTicket(
  text: string,
  given: {
    readonly publicKey: string;
    readonly nowMs: number;
    readonly packageId: Guid;
    readonly internalVersion: number;
  },
): DownloadTicket {
  const ticket = readTicket(text);
  if (!ticket) throw refused('cannot be read');
  if (!verifyStatement(given.publicKey, ticketStatement(ticket), ticket.signature)) {
    throw refused('is not signed by the SMP of this package server');
  }
  if (ticket.expiresAtMs <= given.nowMs) throw refused('has expired');
  const isForThis =
    ticket.packageId === given.packageId && ticket.internalVersion === given.internalVersion;
  if (!isForThis) throw refused('is for another package or version');
  return ticket;
}

function readTicket(text: string): DownloadTicket | undefined {
  if (text.length > MAX_TEXT) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== 5) return undefined;
    const [idText, internalVersion, childNodeId, expiresAtMs, signature] = parts as unknown[];
    const packageId = typeof idText === 'string' ? parseGuid(idText) : undefined;
    if (!packageId || typeof childNodeId !== 'string' || typeof signature !== 'string') {
      return undefined;
    }
    if (!Number.isSafeInteger(internalVersion) || !Number.isSafeInteger(expiresAtMs)) {
      return undefined;
    }
    return {
      packageId,
      internalVersion: internalVersion as number,
      childNodeId,
      expiresAtMs: expiresAtMs as number,
      signature,
    };
  } catch {
    return undefined;
  }
}

function refused(why: string): CanopyError {
  return new CanopyError('FORBIDDEN', `${TICKET_HEADER}: the ticket ${why}.`, {
    hint: 'Ask the SMP for a new one, or send none.',
  });
}
