import type { CatalogContext } from '../../catalog/context.ts';
import type { Child, TreeItem } from '../../catalog/tree-model.ts';
import type { ContentStore } from '../../content/index.ts';
import { CanopyError, isCanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import type { FeedStep } from '../link/child-services.ts';
import type { DownNews } from '../link/down-watch.ts';
import type { DigestAnswer, DigestQuestion, SentItem } from '../link/link-protocol.ts';
import { isSignedByOwner, type SignedTreeItem } from '../statements/tree-statement.ts';
import { DeletionBrake } from './deletion-brake.ts';
import { DigestTree, entryOf } from './digest-tree.ts';
import { applyItems } from './apply-items.ts';
import { compareNext } from './compare-next.ts';
import { republishAbove, takeBackDeletion } from './republish.ts';
import {
  acknowledgedRevision,
  packageIdsOf,
  presentCursor,
  readTreePage,
  sentItem,
  type TreeFeedInputs,
} from './tree-feed.ts';

/** So long a child waits before it compares again. */
const ASKED_RETRY_MS = 2_000;

export interface TreeSourceInputs extends TreeFeedInputs {
  readonly context: CatalogContext;
  /** Told when something of a node above was taken back from below: the parent may lack it too. */
  readonly onTakenBack?: () => void;
  /** Where manifests and chunk indexes are; without it they are taken to be there. */
  readonly content?: Pick<ContentStore, 'readBlob'>;
}

/** What a parent answers its children when they read and compare. */
export class TreeSource {
  private readonly inputs: TreeSourceInputs;
  /** Revisions, since this process started. */
  private readonly acknowledged = new Map<Guid, number>();
  /** Signatures of items that are asked of the parent, since this process started. */
  private readonly asked = new Set<string>();
  private readonly trees = new Map<
    string,
    { readonly revision: number; readonly tree: DigestTree }
  >();

  constructor(inputs: TreeSourceInputs) {
    this.inputs = inputs;
  }

  /** A child that asks again for what it had acknowledged was put back: it compares everything. */
  async readPage(child: Child, cursor: string, news?: DownNews): Promise<FeedStep> {
    const { context, cursorKey } = this.inputs;
    const step = await readTreePage(this.inputs, child, { cursor, news });
    if (step.kind === 'COMPARE') return step;
    const acknowledged = this.acknowledged.get(child.id) ?? 0;
    if (acknowledgedRevision({ cursorKey }, child, cursor) >= acknowledged) return step;
    this.acknowledged.delete(child.id);
    context.logger.warn({ childId: child.id }, `${child.name} was put back to an earlier state.`);
    return { kind: 'COMPARE', reason: 'CHILD_REWOUND' };
  }

  /** Throws `CURSOR_INVALID` for a cursor that was not issued to this child. */
  async acknowledge(child: Child, cursor: string): Promise<void> {
    this.acknowledged.set(child.id, acknowledgedRevision(this.inputs, child, cursor));
  }

  async digests(
    child: Child,
    { prefixes }: DigestQuestion,
  ): Promise<{ readonly answers: readonly DigestAnswer[]; readonly cursor: string }> {
    const cursor = await presentCursor(this.inputs, child);
    const tree = await this.treeFor(child);
    return { answers: prefixes.map((prefix) => tree.answer(prefix)), cursor };
  }

  async items(child: Child, keys: readonly string[]): Promise<readonly SentItem[]> {
    const { value } = await this.inputs.context.store.transact(async (tx) =>
      Promise.all(keys.map((key) => tx.get('treeItem', key))),
    );
    const found = value.filter((item) => item !== undefined);
    return found.map((item) => sentItem(this.inputs, isFor(child, item) ? item : hidden(item)));
  }

  /**
   * Takes over statements of its own, or of nodes above, that this node has lost or has an older one
   * of, and answers the keys that are not for the child. Nothing is believed but its owner's
   * signature: a child can give back what was said, not say it.
   */
  async offerNewer(
    child: Child,
    items: readonly SignedTreeItem[],
  ): Promise<{ readonly withdrawn: readonly string[] }> {
    const withdrawn: string[] = [];
    const outcomes = new Set<TakenBack>();
    for (const item of items) {
      const outcome = await this.takeBack(child, item);
      if (outcome === 'NOT_FOR_CHILD') withdrawn.push(`${item.kind}/${item.id}`);
      outcomes.add(outcome);
    }
    if (outcomes.has('FROM_ABOVE') || outcomes.has('ASKED')) this.inputs.onTakenBack?.();
    if (outcomes.has('ASKED')) throw askedFirst();
    return { withdrawn };
  }

  private async takeBack(child: Child, item: SignedTreeItem): Promise<TakenBack> {
    const { context } = this.inputs;
    const isChosen = packageIdsOf(child.rule)?.includes(item.id) ?? true;
    if (!isChosen || !isSignedByOwner(item)) return 'NOT_FOR_CHILD';
    const canBeTold = await this.hasBlobs(item);
    return context.write(async (tx) => {
      const stored = await tx.get('treeItem', `${item.kind}/${item.id}`);
      if (stored?.withdrawn) return 'NOT_FOR_CHILD';
      if (stored && stored.ownerRevision >= item.ownerRevision) return 'OWN';
      if (item.ownerNodeId === context.identity.nodeId) {
        if (item.state) await republishAbove(tx, context, item);
        else await takeBackDeletion(tx, context, item);
        return 'OWN';
      }
      const parent = context.model.tree.parent;
      const isFromAbove = parent?.lineage.some(({ nodeId }) => nodeId === item.ownerNodeId);
      if (!parent || !isFromAbove) return 'NOT_FOR_CHILD';
      const { nodeId } = parent;
      const before = await tx.get('feedPosition', `DOWN/${nodeId}`);
      const isAsked = !canBeTold && !stored;
      // It was asked for, everything was compared since, and the parent has none for this node.
      if (isAsked && before?.cursor && this.asked.delete(item.signature)) return 'NOT_FOR_CHILD';
      if (canBeTold) await applyItems(tx, this.factsAs(parent), [{ kind: 'ITEM', item, ageMs: 0 }]);
      // One that asks again waits for the comparison that it has caused.
      if (isAsked && this.asked.has(item.signature)) return 'ASKED';
      await compareNext(tx, nodeId, context.clock.nowMs());
      if (!isAsked) return 'FROM_ABOVE';
      this.asked.add(item.signature);
      return 'ASKED';
    });
  }

  /** A child does not give its manifests, and an item without them could not be told on. */
  private async hasBlobs({ state }: SignedTreeItem): Promise<boolean> {
    const { content } = this.inputs;
    if (!content || !state?.current) return true;
    const { manifestHash, chunkIndexHash } = state.current;
    try {
      for (const sha256 of [manifestHash, chunkIndexHash]) await content.readBlob(sha256);
      return true;
    } catch (error) {
      if (isCanopyError(error)) return false;
      throw error;
    }
  }

  private factsAs(parent: NonNullable<CatalogContext['model']['tree']['parent']>) {
    const { identity, clock } = this.inputs.context;
    const brake = new DeletionBrake(clock, () => 0);
    return { identity, parent, deletePolicy: 'ALL', nowMs: clock.nowMs(), brake } as const;
  }

  /** Of what the child is to have, as of the present revision. */
  private async treeFor(child: Child): Promise<DigestTree> {
    const { store } = this.inputs.context;
    const { revision } = await store.log.position();
    const rule = packageIdsOf(child.rule);
    const name = rule ? `${child.id}/${child.ruleRevision}` : 'everything';
    const known = this.trees.get(name);
    if (known?.revision === revision) return known.tree;
    const { value } = await store.transact((tx) => tx.list('treeItem'));
    const tree = new DigestTree(value.filter((item) => isFor(child, item)).map(entryOf));
    this.trees.set(name, { revision, tree });
    return tree;
  }
}

/**
 * `OWN`: what this node has, or has again, is newest. `FROM_ABOVE`: the parent may lack it. `ASKED`:
 * this node has nothing of it, and hears first whether its parent has.
 */
type TakenBack = 'NOT_FOR_CHILD' | 'OWN' | 'FROM_ABOVE' | 'ASKED';

function askedFirst(): CanopyError {
  return new CanopyError('NOT_READY', 'This SMP asks its own parent for the items first.', {
    retryAfterMs: ASKED_RETRY_MS,
  });
}

function isFor({ rule }: Child, { id, withdrawn }: TreeItem): boolean {
  return !withdrawn && (rule.kind === 'EVERYTHING' || rule.packageIds.includes(id));
}

function hidden(item: TreeItem): TreeItem {
  return { ...item, withdrawn: true };
}
