import { revisionOfCursor } from '../../hierarchy/change-cursor.ts';
import { ChildSessions } from '../../hierarchy/link/child-sessions.ts';
import type { ChildOperations } from '../../hierarchy/remote/remote-ports.ts';
import type { Host, Smp } from '../open-smp.ts';

/** The secret under which cursors of this server are issued. */
export function cursorKeyOf({ identity }: Pick<Smp, 'identity'>): Uint8Array {
  return identity.secretFor('change cursor');
}

/** The links of this server's children. */
export function openChildSessions(
  { database, identity }: Pick<Smp, 'database' | 'identity'>,
  { clock, logger }: Pick<Host, 'clock' | 'logger'>,
): ChildSessions {
  const { store, wakeups } = database;
  const cursorKey = cursorKeyOf({ identity });
  const revisionOf = (cursor: string) => revisionOfCursor(cursorKey, cursor);
  return new ChildSessions({ store, wakeups, clock, logger, revisionOf });
}

/** The same links, for tree queries. */
export function childOperations(sessions: ChildSessions): ChildOperations {
  return {
    isOpen: (id) => sessions.stateOf(id).connectedSinceMs !== undefined,
    delegate: (id, operation, timeoutMs, signal) =>
      sessions.delegate(id, operation, timeoutMs, signal),
  };
}
