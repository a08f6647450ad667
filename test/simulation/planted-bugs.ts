import type { Replica } from '../../hierarchy/link/parent-ports.ts';
import type { Plant } from './world/smp-process.ts';

/** Ways in which a server could be wrong, put around its ports. */

/** The parent reads on after any cursor of its own key: it does not ask whether its history has it. */
export const CURSOR_NOT_CHECKED: Plant = {
  store: (store) => ({
    ...store,
    log: { ...store.log, holds: async () => true },
    states: {
      read: (feed, after, options) =>
        store.states.read(feed, typeof after === 'number' ? after : after.revision, options),
    },
  }),
};

/** The cursor of a page is stored before the page, in a transaction of its own. */
export const CURSOR_BEFORE_PAGE: Plant = {
  replica: (replica, { write, clock }) => ({
    ...portsOf(replica),
    apply: async (parent, page) => {
      const { nodeId } = parent;
      const atMs = clock.nowMs();
      await write(async (tx) =>
        tx.put('feedPosition', { direction: 'DOWN', nodeId, cursor: page.cursor, atMs }),
      );
      return replica.apply(parent, page);
    },
  }),
};

/** A deletion is not a state: it is left out of what comes in a page. */
export const TOMBSTONE_LOST: Plant = {
  replica: (replica) => ({
    ...portsOf(replica),
    apply: (parent, page) => {
      const items = page.items.filter((sent) => sent.kind !== 'ITEM' || sent.item.state);
      return replica.apply(parent, { ...page, items });
    },
  }),
};

function portsOf(replica: Replica): Replica {
  return {
    cursor: (parent) => replica.cursor(parent),
    apply: (parent, page) => replica.apply(parent, page),
    compare: (parent, cause, source) => replica.compare(parent, cause, source),
  };
}
