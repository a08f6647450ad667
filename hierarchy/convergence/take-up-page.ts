import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { Child, NodeSummary } from '../../catalog/tree-model.ts';
import type { UpPage } from '../link/link-protocol.ts';
import { raiseVersionAbove } from '../replication/republish.ts';
import { subtreeOf } from './subtree.ts';

/**
 * Stores what a child says of itself and of everything below it, and how far it has told, in one
 * transaction; what it says of nodes that are not below it is passed over. A package of this node's
 * that is ahead below is raised above that. Repeating a page changes
 * nothing. Answers how many states were passed over.
 */
export async function takeUpPage(
  { write, ...owner }: CatalogContext,
  child: Child,
  page: UpPage,
): Promise<{ readonly refused: number }> {
  const { clock, identity } = owner;
  return write(async (tx) => {
    const nowMs = clock.nowMs();
    const branch = await Branch.read(tx, child.nodeId);
    let refused = 0;
    for (const { item, kind } of page.states) {
      if (kind === 'progress') {
        if (!branch.has(item.nodeId)) refused += 1;
        else {
          tx.put('progress', item);
          if (item.state === 'AHEAD_OF_OWNER') await raiseVersionAbove(tx, owner, item);
        }
      } else if (item.nodeId === child.nodeId) {
        await branch.take(tx, { ...ofChild(child, identity.nodeId, item), storedAtMs: nowMs });
      } else if (branch.has(item.parentNodeId)) {
        await branch.take(tx, { ...item, storedAtMs: nowMs });
      } else refused += 1;
    }
    tx.put('feedPosition', {
      direction: 'UP',
      nodeId: child.nodeId,
      cursor: page.cursor,
      atMs: nowMs,
    });
    return { refused };
  });
}

/** What the parent knows better than the child. */
function ofChild(child: Child, parentNodeId: string, summary: NodeSummary): NodeSummary {
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
  { nodeId, rule }: Child,
  { connected, nowMs }: { readonly connected: boolean; readonly nowMs: number },
): Promise<void> {
  const before = await tx.get('nodeSummary', nodeId);
  const getsEverything = rule.kind === 'EVERYTHING';
  if (
    !before ||
    before.gone ||
    (before.connected === connected && before.getsEverything === getsEverything)
  ) {
    return;
  }
  const isNews = before.connected !== connected;
  // What a child that is away told is as old as its link; another rule does not make it younger.
  const told = isNews ? { storedAtMs: nowMs, ageMs: 0 } : {};
  tx.put('nodeSummary', { ...before, connected, getsEverything, ...told });
}

/** Tells every node above that a child, and all that was below it, is not here any more. */
export async function sayGone(
  tx: CatalogTransaction,
  childNodeId: string,
  nowMs: number,
): Promise<void> {
  // Should it come back, it tells everything again, for nothing of its branch is kept here.
  tx.remove('feedPosition', `UP/${childNodeId}`);
  const summary = await tx.get('nodeSummary', childNodeId);
  if (!summary) return;
  const branch = await Branch.read(tx, childNodeId);
  const gone = { ...summary, gone: true, connected: false, storedAtMs: nowMs, ageMs: 0 };
  await branch.take(tx, gone);
}

/** A child and the nodes below it, as the summaries draw them. */
class Branch {
  private readonly summaries: Map<string, NodeSummary>;
  private readonly nodeIds: Set<string>;

  private constructor(summaries: Map<string, NodeSummary>, nodeIds: Set<string>) {
    this.summaries = summaries;
    this.nodeIds = nodeIds;
  }

  static async read(tx: CatalogTransaction, topNodeId: string): Promise<Branch> {
    const all = await tx.list('nodeSummary');
    return new Branch(new Map(all.map((one) => [one.nodeId, one])), subtreeOf(topNodeId, all));
  }

  has(nodeId: string): boolean {
    return this.nodeIds.has(nodeId);
  }

  async take(tx: CatalogTransaction, summary: NodeSummary): Promise<void> {
    const { nodeId, parentNodeId, gone } = summary;
    const before = this.summaries.get(nodeId);
    // It went on to another parent, which has told already: the old parent's farewell comes late.
    if (gone && before && before.parentNodeId !== parentNodeId) return;
    if (gone) await this.forgetBelow(tx, nodeId);
    else this.nodeIds.add(nodeId);
    this.summaries.set(nodeId, summary);
    tx.put('nodeSummary', summary);
  }

  /** Progress and summaries of what left; the summary of its top stays, to say so. */
  private async forgetBelow(tx: CatalogTransaction, topNodeId: string): Promise<void> {
    for (const nodeId of subtreeOf(topNodeId, this.summaries.values())) {
      for (const { packageId } of await tx.list('progress', `${nodeId}/`)) {
        tx.remove('progress', `${nodeId}/${packageId}`);
      }
      this.nodeIds.delete(nodeId);
      if (nodeId === topNodeId) continue;
      this.summaries.delete(nodeId);
      tx.remove('nodeSummary', nodeId);
    }
  }
}
