import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { NodeSummary } from '../../catalog/tree-model.ts';
import { subtreeOf } from './subtree.ts';

/** A child and the nodes below it, as the summaries that are stored here draw them. */
export class Branch {
  private readonly summaries: Map<string, NodeSummary>;
  private readonly nodeIds: Set<string>;
  private lacksStates = false;

  private constructor(summaries: Map<string, NodeSummary>, nodeIds: Set<string>) {
    this.summaries = summaries;
    this.nodeIds = nodeIds;
  }

  /** The branch of `topNodeId`. This node is in none: in a loop it would forget itself. */
  static async read(tx: CatalogTransaction, topNodeId: string, ownNodeId: string): Promise<Branch> {
    const all = (await tx.list('nodeSummary')).filter(({ nodeId }) => nodeId !== ownNodeId);
    return new Branch(new Map(all.map((one) => [one.nodeId, one])), subtreeOf(topNodeId, all));
  }

  has(nodeId: string): boolean {
    return this.nodeIds.has(nodeId);
  }

  /**
   * A node in it had been known by a later telling, from before it was put back. What it and those below
   * it told under the one that counts now was void here, and nobody will say it again unasked.
   */
  get isToBeToldAnew(): boolean {
    return this.lacksStates;
  }

  /**
   * Stores what is said of a node, unless it is known to be somewhere since a later placement. One that
   * is gone may come back with any: it and its parent can have been put back together.
   */
  async take(tx: CatalogTransaction, summary: NodeSummary): Promise<void> {
    const { nodeId, placement, telling, gone, storedAtMs } = summary;
    const before = this.summaries.get(nodeId);
    const isOlder = before !== undefined && placement < before.placement;
    if (isOlder && (gone || !before.gone)) return;
    const isOther = telling !== before?.telling;
    if (gone || isOther) await this.forgetBelow(tx, nodeId, storedAtMs);
    if (!gone && before && isOther && telling < placement) this.lacksStates = true;
    if (!gone) this.nodeIds.add(nodeId);
    this.summaries.set(nodeId, summary);
    tx.put('nodeSummary', summary);
  }

  /**
   * The progress of a node and of all below it; and those below are gone, each by itself: the nodes
   * above may know one of them in another place, where it was before.
   */
  private async forgetBelow(
    tx: CatalogTransaction,
    topNodeId: string,
    storedAtMs: number,
  ): Promise<void> {
    for (const nodeId of subtreeOf(topNodeId, this.summaries.values())) {
      for (const { packageId } of await tx.list('progress', `${nodeId}/`)) {
        tx.remove('progress', `${nodeId}/${packageId}`);
      }
      this.nodeIds.delete(nodeId);
      const summary = this.summaries.get(nodeId);
      if (nodeId === topNodeId || !summary) continue;
      const gone = { ...summary, gone: true, connected: false, storedAtMs, ageMs: 0 };
      this.summaries.set(nodeId, gone);
      tx.put('nodeSummary', gone);
    }
  }
}
