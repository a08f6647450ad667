import type { StatusEvent } from '../../catalog/inputs.ts';
import { CanopyError } from '../../core/errors.ts';
import {
  readEvent,
  type EventReading,
  type StatusEventMessage,
} from '../../legacy/status-event.ts';
import type { Door, Exchange } from '../http/door.ts';
import { LIMITS } from '../limits.ts';
import { agentPage } from './agent-page.ts';
import { renderTextError, requireMethod, sendText } from './answers.ts';

/** A message that was not taken, for an administrator to look at. */
export interface QuarantinedMessage {
  readonly door: string;
  readonly reason: string;
  readonly body: Buffer;
  readonly remoteAddress: string;
}

interface Quarantine {
  add(message: QuarantinedMessage): Promise<void> | void;
}

export interface PostEventDoorOptions {
  /**
   * Stores what a legacy package server claims, and answers each refusal in a sentence: an unknown
   * server, an address that is not its own, a package or version that does not exist.
   */
  readonly recordStatusEvent: (
    event: StatusEvent,
    clientAddress: string,
  ) => Promise<{ readonly refusals: readonly string[] }>;
  readonly quarantine: Quarantine;
  /** For metrics. */
  readonly countEvent: (outcome: 'taken' | 'quarantined') => void;
}

/**
 * Uploads of events. Readable ones are answered 200 whether or not they are wanted, as the
 * incumbent queued them first and looked later; unreadable ones 400. Nothing is lost silently: an
 * event that was not taken in every part is quarantined with the reasons.
 */
export function postEventDoor(options: PostEventDoorOptions): Door {
  const quarantine = async (exchange: Exchange, body: Buffer, reason: string): Promise<void> => {
    options.countEvent('quarantined');
    const { clientAddress: remoteAddress } = exchange;
    await options.quarantine.add({ door: 'post-event', reason, body, remoteAddress });
  };

  /** Why the event was not taken, or not all of it; empty when it was. */
  const take = async (reading: EventReading, clientAddress: string): Promise<string> => {
    if (reading.kind === 'REFUSED') return reading.refusal.reason;
    const { refusals } = await options.recordStatusEvent(statusEvent(reading.event), clientAddress);
    return refusals.join(' ');
  };

  return {
    name: 'post-event',
    matches: agentPage('postevent'),
    handle: async (exchange) => {
      requireMethod(exchange, 'POST');
      const body = await exchange.readBody(LIMITS.xml.bodyBytes);
      const reading = readEvent(body, LIMITS.xml);
      const reason = await take(reading, exchange.clientAddress);
      if (reason === '') options.countEvent('taken');
      else await quarantine(exchange, body, reason);
      if (reading.kind === 'REFUSED' && reading.refusal.kind === 'MALFORMED') {
        throw new CanopyError('MALFORMED_REQUEST', reading.refusal.reason);
      }
      sendText(exchange, 'Event received.\n');
    },
    renderError: renderTextError,
  };
}

function statusEvent(message: StatusEventMessage): StatusEvent {
  return {
    packageServerId: message.packageServerId,
    claims: message.packages.map((report) => ({
      packageId: report.packageId,
      internalVersion: report.internalVersion,
      status: report.status,
      reason: report.statusDescription,
      urls: report.urls,
    })),
  };
}
