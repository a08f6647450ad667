import type { CatalogContext } from '../../catalog/context.ts';
import { itemKey } from '../../catalog/items.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { Child, ToldSummary } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import type { UpPage } from '../link/link-protocol.ts';
import { raiseVersionAbove } from '../replication/republish.ts';
import { Branch } from './branch.ts';

/** What became of a page. */
export interface TakenUp {
  /** States that were passed over. */
  readonly refused: number;
  /**
   * The child's link is to begin anew, for it is to tell everything again ({@link Branch.isToBeToldAnew})
   * or to hear something ({@link Branch.hasToHear}).
   */
  readonly beginsAnew: boolean;
}

const NOTHING: TakenUp = { refused: 0, beginsAnew: false };

/**
 * Stores what a child says of itself and of everything below it, and how far it has told, in one
 * transaction; what it says of nodes that are not below it, or of this one, is passed over. A package
 * of this node's that is ahead below is raised above that. Repeating a page changes nothing. A page
 * that comes after the child was removed, has left or joined anew is dropped. One that does not begin
 * where the child was heard to is late: it throws `CURSOR_INVALID`.
 */
export async function takeUpPage(
  { write, ...owner }: CatalogContext,
  child: Child,
  page: UpPage,
): Promise<TakenUp> {
  const { clock, identity } = owner;
  return write(async (tx) => {
    const [stored, position] = await Promise.all([
      tx.get('child', child.id),
      tx.get('feedPosition', `UP/${child.nodeId}`),
      ...page.states.map((state) => tx.get(state.kind, keyOf(state))),
    ]);
    if (stored?.state === 'REMOVED' || stored?.tokenId !== child.tokenId) return NOTHING;
    const { cursor: here = '' } = position ?? {};
    if (page.cursor === here) return NOTHING;
    if (page.after !== here) throw notHere(child);
    const nowMs = clock.nowMs();
    const branch = await Branch.read(tx, child.nodeId, identity.nodeId);
    let refused = 0;
    for (const { item, kind } of page.states) {
      if (item.nodeId === identity.nodeId) refused += 1;
      else if (kind === 'progress') {
        if (!branch.has(item.nodeId)) refused += 1;
        else {
          tx.put('progress', item);
          if (item.state === 'AHEAD_OF_OWNER') await raiseVersionAbove(tx, owner, item);
        }
      } else if (item.nodeId === child.nodeId) {
        await branch.take(tx, { ...ofChild(child, identity.nodeId, item), storedAtMs: nowMs });
      } else if (branch.has(item.gone ? item.nodeId : item.parentNodeId)) {
        await branch.take(tx, { ...item, storedAtMs: nowMs });
        // Who is gone from a place where it is not known is no news here.
      } else if (!item.gone) refused += 1;
    }
    const { isToBeToldAnew, hasToHear } = branch;
    const { nodeId } = child;
    if (isToBeToldAnew) tx.remove('feedPosition', `UP/${nodeId}`);
    else tx.put('feedPosition', { direction: 'UP', nodeId, cursor: page.cursor, atMs: nowMs });
    return { refused, beginsAnew: isToBeToldAnew || hasToHear };
  });
}

function keyOf(state: UpPage['states'][number]): string {
  return state.kind === 'progress' ? itemKey('progress', state.item) : state.item.nodeId;
}

function notHere({ name }: Child): CanopyError {
  return new CanopyError('CURSOR_INVALID', `after: ${name} was heard up to another page.`, {
    path: ['page', 'after'],
    hint: 'Open the link anew and go on from its upCursor.',
  });
}

/** What the parent knows better than the child. */
function ofChild(child: Child, parentNodeId: string, summary: ToldSummary): ToldSummary {
  return {
    ...summary,
    guid: child.id,
    parentNodeId,
    connected: true,
    getsEverything: child.rule.kind === 'EVERYTHING',
    gone: false,
  };
}

/** Notes for every node above whether a child is connected, and whether its rule leaves anything out. */
export async function restateChild(
  tx: CatalogTransaction,
  { identity, clock }: Pick<CatalogContext, 'identity' | 'clock'>,
  { child, connected }: { readonly child: Child; readonly connected: boolean },
): Promise<void> {
  const { nodeId, rule } = child;
  const before = await tx.get('nodeSummary', nodeId);
  const getsEverything = rule.kind === 'EVERYTHING';
  if (
    !before ||
    before.gone ||
    isElsewhere(before, identity.nodeId) ||
    (before.connected === connected && before.getsEverything === getsEverything)
  ) {
    return;
  }
  const isNews = before.connected !== connected;
  // What a child that is away told is as old as its link; another rule does not make it younger.
  const told = isNews ? { storedAtMs: clock.nowMs(), ageMs: 0 } : {};
  tx.put('nodeSummary', { ...before, connected, getsEverything, ...told });
}

/** Tells every node above that a child, and all that was below it, is not here any more. */
export async function sayGone(
  tx: CatalogTransaction,
  { identity, clock }: Pick<CatalogContext, 'identity' | 'clock'>,
  childNodeId: string,
): Promise<void> {
  // Should it come back, it tells everything again, for nothing of its branch is kept here.
  tx.remove('feedPosition', `UP/${childNodeId}`);
  const summary = await tx.get('nodeSummary', childNodeId);
  if (!summary || summary.gone || isElsewhere(summary, identity.nodeId)) return;
  const branch = await Branch.read(tx, childNodeId, identity.nodeId);
  const storedAtMs = clock.nowMs();
  await branch.take(tx, { ...summary, gone: true, connected: false, storedAtMs, ageMs: 0 });
}

/** It went on to another node below this one, which has told of it already. */
function isElsewhere({ parentNodeId }: ToldSummary, ownNodeId: string): boolean {
  return parentNodeId !== ownNodeId;
}
