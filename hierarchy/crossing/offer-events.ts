import { Bell } from '../../catalog/bell.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Clock } from '../../core/clock.ts';
import type { Guid } from '../../core/guid.ts';
import { abortable } from '../abortable.ts';
import type { ChildLinkEvent } from '../link/link-protocol.ts';
import { OfferBook } from './offer-book.ts';

/** Changes that come within so long of each other are told together. */
const SETTLE_MS = 100;

export type OfferEvent = Extract<ChildLinkEvent, { readonly kind: 'OFFERS' | 'SERVERS' }>;

/**
 * What this SMP tells one child about where packages can be had here: everything first, then what
 * changes, as soon as it does. Ends when `signal` aborts or the iterator is returned.
 */
export function offerEvents(
  { model, clock }: { readonly model: ReadModel; readonly clock: Clock },
  childId: Guid,
  outer?: AbortSignal,
): AsyncIterableIterator<OfferEvent> {
  return abortable(outer, (signal) => follow(model, clock, { childId, signal }));
}

async function* follow(
  model: ReadModel,
  clock: Clock,
  { childId, signal }: { readonly childId: Guid; readonly signal: AbortSignal },
): AsyncGenerator<OfferEvent> {
  const book = new OfferBook(model, childId);
  const bell = new Bell();
  const unwatch = model.watch((change) => {
    if (book.note(change)) bell.ring();
  });
  try {
    while (!signal.aborted) {
      // Before the offers, so that whoever gets these can probe at once.
      const servers = book.takeServers();
      if (servers) yield { kind: 'SERVERS', servers };
      for (let page = book.take(); page; page = book.take()) yield { kind: 'OFFERS', ...page };
      await bell.wait(signal);
      await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
    }
  } finally {
    unwatch();
  }
}
