import type { ChildLinkEvent } from '../../../hierarchy/link/link-protocol.ts';

/** A page whose first living item was changed by somebody who does not have its owner's key. */
export function alteredPage(event: ChildLinkEvent): ChildLinkEvent {
  if (event.kind !== 'PAGE') return event;
  let isDone = false;
  const items = event.page.items.map((sent) => {
    if (isDone || sent.kind !== 'ITEM' || !sent.item.state) return sent;
    isDone = true;
    const state = { ...sent.item.state, description: 'altered on the way' };
    return { ...sent, item: { ...sent.item, state } };
  });
  return { ...event, page: { ...event.page, items } };
}
