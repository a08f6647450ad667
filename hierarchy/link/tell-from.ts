import type { CatalogContext } from '../../catalog/context.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import { readCursor, type Cursor } from '../change-cursor.ts';

export interface TellFromInputs {
  readonly context: Pick<CatalogContext, 'store' | 'clock' | 'identity'>;
  readonly cursorKey: Uint8Array;
  readonly parent: Pick<Parent, 'nodeId'>;
}

/**
 * Where telling the parent goes on: `upCursor`, when this node gave it in the same membership and since
 * it began last, and its database still has that history. Else at the beginning, by a new telling, so
 * that what was told before, to this parent or another, does not count any more. A process that did not
 * tell yet raises the placement in both cases: its database may be an earlier copy, from before a move
 * that it does not know of. The cursor has the placement too, for when it is. `undefined` while this
 * node has not written its own summary, or has no such parent.
 */
export async function tellFrom(
  { context, cursorKey, parent }: TellFromInputs,
  upCursor: string,
): Promise<Cursor | undefined> {
  const { store, clock, identity } = context;
  const { log } = store;
  const given = parsed(cursorKey, upCursor);
  const isHeld = given !== undefined && (await log.holds(given));
  const { epoch } = await log.position();
  const { value } = await store.transact(async (tx): Promise<Cursor | undefined> => {
    const [above, own] = await Promise.all([
      tx.get('parent', parent.nodeId),
      tx.get('nodeSummary', identity.nodeId),
    ]);
    if (above?.state !== 'JOINED' || !own) return undefined;
    const { tokenId, sinceMs } = above;
    const [ofToken, ofSinceMs, told, placed, page = 0] = given?.bound ?? [];
    const isSame = ofToken === tokenId && ofSinceMs === sinceMs && told === own.telling;
    const goesOn = isHeld && isSame;
    if (goesOn && given.run === log.run) return given;
    const known = Math.max(own.placement, Number(placed ?? 0));
    const placement = Math.max(known + 1, clock.nowMs());
    const telling = goesOn ? own.telling : placement;
    tx.put('nodeSummary', { ...own, placement, telling });
    const bound = [tokenId, sinceMs, telling, placement];
    if (goesOn) return { ...given, bound: [...bound, Number(page)] };
    return { epoch, run: log.run, revision: 0, bound: [...bound, 0] };
  });
  return value;
}

/** Numbers pages, so that each has a cursor of its own, also where two end at one revision. */
export function nextPage({ bound, ...at }: Cursor): Cursor {
  const [tokenId = '', sinceMs = 0, telling = 0, placement = 0, page = 0] = bound;
  return { ...at, bound: [tokenId, sinceMs, telling, placement, Number(page) + 1] };
}

function parsed(cursorKey: Uint8Array, cursor: string): Cursor | undefined {
  try {
    return readCursor(cursorKey, cursor);
  } catch {
    return undefined;
  }
}
