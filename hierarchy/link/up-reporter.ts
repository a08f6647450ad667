import type { Wakeups } from '../../catalog/ports.ts';
import { issueCursor, type Cursor } from '../change-cursor.ts';
import { Idle } from '../../catalog/idle.ts';
import type { ParentDoor } from './parent-door.ts';
import { nextPage, tellFrom, type TellFromInputs } from './tell-from.ts';
import { pagesAfter } from './up-pages.ts';

export interface UpReporterOptions extends TellFromInputs {
  readonly wakeups: Wakeups;
  readonly door: Pick<ParentDoor, 'report'>;
}

/** Changes within so long of each other are told together; states only once. */
const SETTLE_MS = 200;

/**
 * Reports what goes up, from where the parent stands, for as long as the link lasts. `upCursor` is
 * what this node gave it with the last page; {@link tellFrom} judges it. Until the signal aborts;
 * throws what stops the link.
 */
export async function reportUp(
  options: UpReporterOptions,
  upCursor: string,
  signal: AbortSignal,
): Promise<void> {
  const { context, wakeups, cursorKey, door } = options;
  const { store, clock } = context;
  const source = { feeds: store.states, clock, ownNodeId: context.identity.nodeId };
  let at: Cursor | undefined;
  let after = upCursor;
  while (!signal.aborted) {
    const idle = new Idle({ wakeups, clock }, signal);
    try {
      at ??= await tellFrom(options, upCursor);
      if (at) {
        for await (const { states, upTo } of pagesAfter(source, at.revision)) {
          at = { ...at, run: store.log.run, revision: upTo };
          if (states.length === 0) continue;
          at = nextPage(at);
          const cursor = issueCursor(cursorKey, at);
          await door.report({ states, after, cursor });
          if (signal.aborted) return;
          after = cursor;
        }
      }
      await idle.wait();
    } finally {
      idle.stop();
    }
    await clock.sleep(SETTLE_MS, signal).catch(() => undefined);
  }
}
