import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { NodeSummary, ToldSummary } from '../../catalog/tree-model.ts';
import { isToBeTold, stillToRaise } from '../link/raises.ts';
import { subtreeOf } from './subtree.ts';

/** A child and the nodes below it, as the summaries that are stored here draw them. */
export class Branch {
  private readonly topNodeId: string;
  private readonly summaries: Map<string, NodeSummary>;
  private readonly nodeIds: Set<string>;
  private lacksStates = false;
  private isBehind = false;

  private constructor(topNodeId: string, all: readonly NodeSummary[]) {
    this.topNodeId = topNodeId;
    this.summaries = new Map(all.map((one) => [one.nodeId, one]));
    this.nodeIds = subtreeOf(topNodeId, all);
  }

  /** The branch of `topNodeId`. This node is in none: in a loop it would forget itself. */
  static async read(tx: CatalogTransaction, topNodeId: string, ownNodeId: string): Promise<Branch> {
    const all = (await tx.list('nodeSummary')).filter(({ nodeId }) => nodeId !== ownNodeId);
    return new Branch(topNodeId, all);
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
   * A node that is linked in it is known by a later placement: it was put back, and its clock too. Only
   * it can say where it is, so that is noted for the branch, and the child is to hear it.
   */
  get hasToHear(): boolean {
    return this.isBehind;
  }

  /**
   * Stores what is said of a node, unless it is known to be somewhere since a later placement. One that
   * is gone may come back with any: it and its parent can have been put back together.
   */
  async take(tx: CatalogTransaction, told: ToldSummary): Promise<void> {
    const { nodeId, placement, telling, gone, storedAtMs } = told;
    const before = this.summaries.get(nodeId);
    if (before && placement < before.placement && (gone || !before.gone)) {
      if (told.connected) this.note(tx, before);
      return;
    }
    const summary = { ...told, ...stillToRaise(before, placement) };
    const isOther = telling !== before?.telling;
    if (gone || isOther) await this.forgetBelow(tx, nodeId, storedAtMs);
    if (!gone && before && isOther && telling < placement) this.lacksStates = true;
    if (!gone) this.nodeIds.add(nodeId);
    this.summaries.set(nodeId, summary);
    tx.put('nodeSummary', summary);
  }

  private note(tx: CatalogTransaction, known: NodeSummary): void {
    const raise = { above: known.placement, via: this.topNodeId };
    if (!isToBeTold(known, raise)) return;
    const noted = { ...known, raiseAbove: raise.above, raiseVia: raise.via };
    this.summaries.set(known.nodeId, noted);
    tx.put('nodeSummary', noted);
    this.isBehind = true;
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
