import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { NodeSummary } from '../../catalog/tree-model.ts';
import { subtreeOf } from './subtree.ts';

/** A child and the nodes below it, as the summaries that are stored here draw them. */
export class Branch {
  private readonly summaries: Map<string, NodeSummary>;
  private readonly nodeIds: Set<string>;

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

  /** Stores what is said of a node, unless somebody said something of a later placement. */
  async take(tx: CatalogTransaction, summary: NodeSummary): Promise<void> {
    const { nodeId, placement, gone } = summary;
    const before = this.summaries.get(nodeId);
    if (before && placement < before.placement) return;
    if (gone || !before || placement > before.placement) await this.forgetBelow(tx, nodeId);
    if (!gone) this.nodeIds.add(nodeId);
    this.summaries.set(nodeId, summary);
    tx.put('nodeSummary', summary);
  }

  /** Progress and summaries of what is below, and the progress of the top; its summary stays. */
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
