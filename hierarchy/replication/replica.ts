import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { DeletePolicy, Parent, TreeItem } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import type { SentItem, TreePage } from '../link/link-protocol.ts';
import type { ParentDoor } from '../link/parent-door.ts';
import { applyItems, type ApplyOutcome, type ReplicaFacts } from './apply-items.ts';
import { findDifferences } from './compare.ts';
import { DeletionBrake } from './deletion-brake.ts';
import { DigestTree, entryOf } from './digest-tree.ts';

/** Items in one question and one transaction of a comparison. */
const BATCH = 100;

/** What could not be had of an item beside its statement: id of the package → why. */
export type Faults = ReplicaFacts['faults'];

/**
 * This node's copy of what its parent tells. Each page is stored with its cursor in one transaction,
 * so that a crash at any moment leaves the node at the end of one page; what comes twice changes
 * nothing.
 */
export class Replica {
  private readonly context: CatalogContext;
  private readonly brake: DeletionBrake;
  /** As the parent said it last. */
  deletePolicy: DeletePolicy = 'ALL';

  constructor(context: CatalogContext) {
    this.context = context;
    this.brake = new DeletionBrake(context.clock, () => countReplicated(context));
  }

  /** Of the last page that was stored; empty when everything has to be compared. */
  async cursor(parentNodeId: string): Promise<string> {
    const { value } = await this.context.store.transact((tx) =>
      tx.get('feedPosition', `DOWN/${parentNodeId}`),
    );
    return value?.cursor ?? '';
  }

  /** The next comparison is of everything. */
  async forgetCursor(parentNodeId: string): Promise<void> {
    await this.context.write(async (tx) => tx.remove('feedPosition', `DOWN/${parentNodeId}`));
  }

  /** Throws `CONFLICT` when the node has no such parent (any more). */
  takePage(parentNodeId: string, page: TreePage, faults?: Faults): Promise<ApplyOutcome> {
    return this.context.write(async (tx) => {
      const outcome = await this.apply(tx, parentNodeId, { items: page.items, faults });
      this.putCursor(tx, parentNodeId, page.cursor);
      return outcome;
    });
  }

  /**
   * Compares everything with the parent and takes over the differences. `fetchFaults` fetches what
   * belongs to items, as before a page. Answers the cursor from which to read on.
   */
  async compare(
    parentNodeId: string,
    door: Pick<ParentDoor, 'digests' | 'items' | 'offerNewer'>,
    fetchFaults: (items: readonly SentItem[]) => Promise<Faults>,
  ): Promise<{ readonly cursor: string; readonly differences: number }> {
    const mine = await this.received();
    const { toFetch, toOffer, cursor } = await findDifferences(
      door,
      new DigestTree([...mine.values()].map(entryOf)),
    );
    for (const keys of batches(toFetch)) {
      const items = await door.items(keys);
      const faults = await fetchFaults(items);
      await this.context.write((tx) => this.apply(tx, parentNodeId, { items, faults }));
    }
    for (const keys of batches(toOffer)) {
      const offered = keys.flatMap((key) => mine.get(key) ?? []);
      const { withdrawn } = await door.offerNewer(offered.map(statementOf));
      const items = offered
        .filter((item) => withdrawn.includes(keyOf(item)))
        .map(({ kind, id }) => ({ kind: 'WITHDRAWN', itemKind: kind, id }) as const);
      await this.context.write((tx) => this.apply(tx, parentNodeId, { items }));
    }
    await this.context.write(async (tx) => this.putCursor(tx, parentNodeId, cursor));
    this.brake.engage();
    return { cursor, differences: toFetch.length + toOffer.length };
  }

  /** Deletions that were held back may be done by the next comparison. */
  releaseHeldDeletions(): void {
    this.brake.release();
  }

  private async apply(
    tx: CatalogTransaction,
    parentNodeId: string,
    { items, faults }: { readonly items: readonly SentItem[]; readonly faults?: Faults },
  ): Promise<ApplyOutcome> {
    const { identity, clock } = this.context;
    const parent = await requireParent(tx, parentNodeId);
    return applyItems(
      tx,
      {
        identity,
        parent,
        deletePolicy: this.deletePolicy,
        nowMs: clock.nowMs(),
        brake: this.brake,
        ...(faults ? { faults } : {}),
      },
      items,
    );
  }

  private putCursor(tx: CatalogTransaction, nodeId: string, cursor: string): void {
    tx.put('feedPosition', { direction: 'DOWN', nodeId, cursor, atMs: this.context.clock.nowMs() });
  }

  /** Everything that came from above and is for this node, by key. */
  private async received(): Promise<Map<string, TreeItem>> {
    const { store, identity } = this.context;
    const { value } = await store.transact((tx) => tx.list('treeItem'));
    const received = value.filter(
      ({ ownerNodeId, withdrawn }) => ownerNodeId !== identity.nodeId && !withdrawn,
    );
    return new Map(received.map((item) => [keyOf(item), item]));
  }
}

async function requireParent(tx: CatalogTransaction, nodeId: string): Promise<Parent> {
  const parent = await tx.get('parent', nodeId);
  if (parent?.state === 'JOINED') return parent;
  throw new CanopyError('CONFLICT', `${nodeId} is not the parent of this SMP (any more).`);
}

function countReplicated({ model }: CatalogContext): number {
  let count = 0;
  for (const { origin } of model.packages()) if (origin === 'REPLICATED') count += 1;
  return count;
}

function keyOf({ kind, id }: { readonly kind: string; readonly id: Guid }): string {
  return `${kind}/${id}`;
}

function statementOf({ withdrawn: _, storedAtMs: __, ageMs: ___, ...item }: TreeItem) {
  return item;
}

function batches<T>(list: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < list.length; start += BATCH) {
    parts.push(list.slice(start, start + BATCH));
  }
  return parts;
}
