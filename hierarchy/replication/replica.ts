import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { DeletePolicy, FeedPosition, Parent, TreeItem } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import type { Arrivals, CompareCause, CompareSource, Replica } from '../link/parent-ports.ts';
import { applyItems, readAhead, type ApplyOutcome } from './apply-items.ts';
import { compareNext, wasAskedBetween } from './compare-next.ts';
import { findDifferences } from './compare.ts';
import { DeletionBrake } from './deletion-brake.ts';
import { DigestTree, entryOf } from './digest-tree.ts';

/** Items in one question and one transaction of a comparison. */
const BATCH = 100;

/**
 * This node's copy of what its parent tells. Each page is stored with its cursor in one transaction,
 * so that a crash at any moment leaves the node at the end of one page; what comes twice changes
 * nothing.
 */
export class TreeReplica implements Replica {
  private readonly context: CatalogContext;
  private readonly brake: DeletionBrake;
  /** As the parent said it last. */
  deletePolicy: DeletePolicy = 'ALL';

  constructor(context: CatalogContext) {
    this.context = context;
    this.brake = new DeletionBrake(context.clock, () => countReplicated(context));
  }

  async cursor({ nodeId }: Pick<Parent, 'nodeId'>): Promise<string> {
    return (await this.position(nodeId))?.cursor ?? '';
  }

  /**
   * An item that is older than what is stored here shows that the parent, or one above it, lost what
   * it told: a comparison gives it back. Throws `CONFLICT` when the node has no such parent (any more).
   */
  async apply(
    { nodeId }: Pick<Parent, 'nodeId'>,
    page: Arrivals & { readonly cursor: string },
  ): Promise<'STORED' | 'COMPARE'> {
    return this.context.write(async (tx) => {
      const [before, { older }] = await Promise.all([
        tx.get('feedPosition', `DOWN/${nodeId}`),
        this.take(tx, nodeId, page),
      ]);
      if (older > 0) {
        await compareNext(tx, nodeId, this.context.clock.nowMs());
        return 'COMPARE';
      }
      const hasToCompare = before?.cursor === '';
      if (!hasToCompare) this.putCursor(tx, nodeId, page.cursor);
      return 'STORED';
    });
  }

  async compare(
    { nodeId }: Pick<Parent, 'nodeId'>,
    _cause: CompareCause,
    source: CompareSource,
  ): Promise<string> {
    const before = await this.position(nodeId);
    const mine = await this.received();
    const local = new DigestTree([...mine.values()].filter(isForHere).map(entryOf));
    const { toFetch, toOffer: found, cursor } = await findDifferences(source, local);
    const toOffer = [...found];
    for (const keys of batches(toFetch)) {
      source.signal.throwIfAborted();
      const arrivals = await source.items(keys);
      toOffer.push(...newerHere(mine, arrivals));
      await this.context.write((tx) => this.take(tx, nodeId, arrivals));
    }
    for (const keys of batches(toOffer)) {
      source.signal.throwIfAborted();
      const offered = keys.flatMap((key) => mine.get(key) ?? []);
      const { withdrawn } = await source.offerNewer(offered.map(statementOf));
      const items = offered
        .filter((item) => withdrawn.includes(keyOf(item)))
        .map(({ kind, id }) => ({ kind: 'WITHDRAWN', itemKind: kind, id }) as const);
      await this.context.write((tx) => this.take(tx, nodeId, { items, refusals: [] }));
    }
    await this.context.write(async (tx) => {
      await forgetSettled(tx, new Set([...toFetch, ...toOffer]));
      const now = await tx.get('feedPosition', `DOWN/${nodeId}`);
      if (!wasAskedBetween(before, now)) this.putCursor(tx, nodeId, cursor);
    });
    return cursor;
  }

  private async position(nodeId: string): Promise<FeedPosition | undefined> {
    const { store } = this.context;
    return (await store.transact((tx) => tx.get('feedPosition', `DOWN/${nodeId}`))).value;
  }

  private async take(
    tx: CatalogTransaction,
    parentNodeId: string,
    { items, refusals }: Arrivals,
  ): Promise<ApplyOutcome> {
    const { identity, clock } = this.context;
    const faults = new Map(
      refusals.flatMap(({ item: sent, code, reason }) =>
        sent.kind === 'ITEM' ? [[sent.item.id, { code, reason }] as const] : [],
      ),
    );
    const sent = [...items, ...refusals.map(({ item }) => item)];
    const [parent] = await Promise.all([requireParent(tx, parentNodeId), readAhead(tx, sent)]);
    return applyItems(
      tx,
      {
        identity,
        parent,
        deletePolicy: this.deletePolicy,
        nowMs: clock.nowMs(),
        brake: this.brake,
        faults,
      },
      sent,
    );
  }

  private putCursor(tx: CatalogTransaction, nodeId: string, cursor: string): void {
    tx.put('feedPosition', { direction: 'DOWN', nodeId, cursor, atMs: this.context.clock.nowMs() });
  }

  /** Everything that came from above, by key; what was withdrawn too. */
  private async received(): Promise<Map<string, TreeItem>> {
    const { store, identity } = this.context;
    const { value } = await store.transact((tx) => tx.list('treeItem'));
    const received = value.filter(({ ownerNodeId }) => ownerNodeId !== identity.nodeId);
    return new Map(received.map((item) => [keyOf(item), item]));
  }
}

const isForHere = ({ withdrawn }: TreeItem): boolean => !withdrawn;

/** Keys of what was withdrawn here and comes again in an older state: its owner lost the newer one. */
function newerHere(mine: ReadonlyMap<string, TreeItem>, { items }: Arrivals): string[] {
  return items.flatMap((sent) => {
    if (sent.kind !== 'ITEM') return [];
    const key = keyOf(sent.item);
    const known = mine.get(key);
    const isOlder =
      known?.withdrawn &&
      known.ownerNodeId === sent.item.ownerNodeId &&
      known.ownerRevision > sent.item.ownerRevision;
    return isOlder ? [key] : [];
  });
}

/** What a comparison did not come upon again is not in question any more. */
async function forgetSettled(tx: CatalogTransaction, open: ReadonlySet<string>): Promise<void> {
  for (const rejection of await tx.list('rejection')) {
    const key = keyOf(rejection);
    if (!open.has(key)) tx.remove('rejection', key);
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
