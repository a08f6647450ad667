import type { NodeIdentity } from '../../core/identity.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import { removePackage } from '../../catalog/remove-package.ts';
import { derivePackage, deriveSnapshot } from '../../catalog/replicated-packages.ts';
import { snapshotStatement } from '../../content/statement.ts';
import type { Package, Snapshot } from '../../catalog/model.ts';
import type { DeletePolicy, Parent } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type { SentItem } from '../link/link-protocol.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';
import { acceptItem } from './accept-item.ts';
import type { DeletionBrake } from './deletion-brake.ts';

/** What a node that takes items over goes by. */
export interface ReplicaFacts {
  readonly identity: NodeIdentity;
  readonly parent: Parent;
  readonly deletePolicy: DeletePolicy;
  readonly nowMs: number;
  readonly brake: DeletionBrake;
  /** Items whose bytes of description could not be had or are against the rules: id → why. */
  readonly faults?: ReadonlyMap<Guid, { readonly code: string; readonly reason: string }>;
}

/** How a stretch of items was dealt with. */
export interface ApplyOutcome {
  readonly applied: number;
  readonly rejected: number;
  readonly held: number;
}

/**
 * Takes items over inside a transaction, each exactly once in effect: what is old changes nothing,
 * what fails a check is stored as rejected and passed over, and the package that is there stays.
 */
export async function applyItems(
  tx: CatalogTransaction,
  facts: ReplicaFacts,
  items: readonly SentItem[],
): Promise<ApplyOutcome> {
  const outcome = { applied: 0, rejected: 0, held: 0 };
  for (const sent of items) {
    const result =
      sent.kind === 'ITEM'
        ? await takeItem(tx, facts, sent)
        : await withdraw(tx, facts, `${sent.itemKind}/${sent.id}`);
    if (result !== 'NOTHING') outcome[result] += 1;
  }
  return outcome;
}

type Result = keyof ApplyOutcome | 'NOTHING';

async function takeItem(
  tx: CatalogTransaction,
  facts: ReplicaFacts,
  { item, ageMs }: { readonly item: SignedTreeItem; readonly ageMs: number },
): Promise<Result> {
  const { identity, parent } = facts;
  const key = `${item.kind}/${item.id}`;
  const stored = await tx.get('treeItem', key);
  const verdict = acceptItem(item, {
    nodeId: identity.nodeId,
    lineage: parent.lineage,
    onConflict: parent.onConflict,
    stored,
  });
  if (verdict.kind === 'OLD') return 'NOTHING';
  const fault = verdict.kind === 'REJECTED' ? verdict : facts.faults?.get(item.id);
  if (fault) return reject(tx, facts, item, fault);
  const before = await tx.get('package', item.id);
  if (!item.state && before && !facts.brake.mayDelete(item.id)) {
    return reject(tx, facts, item, HELD, 'held');
  }
  tx.remove('rejection', key);
  tx.put('treeItem', { ...item, withdrawn: false, storedAtMs: facts.nowMs, ageMs });
  await deriveRows(tx, facts, item, before);
  return 'applied';
}

const HELD = {
  code: 'DELETION_HELD',
  reason: 'The parent deletes unusually many packages at once; confirm it if that is meant.',
};

async function reject(
  tx: CatalogTransaction,
  { nowMs }: ReplicaFacts,
  { kind, id, ownerRevision }: SignedTreeItem,
  { code, reason }: { readonly code: string; readonly reason: string },
  as: 'rejected' | 'held' = 'rejected',
): Promise<Result> {
  const before = await tx.get('rejection', `${kind}/${id}`);
  const isSame = before?.code === code && before.ownerRevision === ownerRevision;
  tx.put('rejection', {
    kind,
    id,
    ownerRevision,
    code,
    reason,
    sinceMs: isSame ? before.sinceMs : nowMs,
  });
  return as;
}

/** The item is not for this node any more; nodes below hear it the same way. */
async function withdraw(tx: CatalogTransaction, facts: ReplicaFacts, key: string): Promise<Result> {
  tx.remove('rejection', key);
  const stored = await tx.get('treeItem', key);
  if (!stored || stored.withdrawn || stored.ownerNodeId === facts.identity.nodeId) return 'NOTHING';
  const before = await tx.get('package', stored.id);
  if (before && !facts.brake.mayDelete(stored.id)) {
    return reject(tx, facts, stored, HELD, 'held');
  }
  tx.put('treeItem', { ...stored, withdrawn: true, storedAtMs: facts.nowMs, ageMs: 0 });
  await takeAway(tx, facts, before);
  return 'applied';
}

async function deriveRows(
  tx: CatalogTransaction,
  facts: ReplicaFacts,
  item: SignedTreeItem,
  before: Package | undefined,
): Promise<void> {
  const { state } = item;
  if (!state) return takeAway(tx, facts, before);
  const overlay = await tx.get('overlay', item.id);
  const { nowMs } = facts;
  const after = derivePackage({ item: { ...item, state }, overlay, before, nowMs });
  const snapshot = deriveSnapshot(item);
  // The node is ahead of its owner, which lost history: what it has goes on until the owner is ahead.
  const isBehind = before !== undefined && state.internalVersion < before.internalVersion;
  if (snapshot && !isBehind) await makeCurrent(tx, snapshot, nowMs);
  tx.put('package', after);
}

/** The version becomes the current one; whatever was before it starts its grace time here. */
async function makeCurrent(
  tx: CatalogTransaction,
  snapshot: Snapshot,
  nowMs: number,
): Promise<void> {
  for (const one of await tx.list('snapshot', `${snapshot.packageId}/`)) {
    if (one.internalVersion === snapshot.internalVersion || one.supersededAtMs !== undefined)
      continue;
    tx.put('snapshot', { ...one, supersededAtMs: nowMs });
  }
  tx.put('snapshot', snapshot);
}

/** By the parent's policy: the package goes, or becomes this node's own and stays on it alone. */
async function takeAway(
  tx: CatalogTransaction,
  { deletePolicy, identity, nowMs }: ReplicaFacts,
  before: Package | undefined,
): Promise<void> {
  if (!before || before.origin === 'LOCAL') return;
  if (deletePolicy === 'ALL') await removePackage(tx, before.id);
  else await makeLocal(tx, identity, before, nowMs);
}

/** The package and its snapshots become this node's own. */
export async function makeLocal(
  tx: CatalogTransaction,
  identity: NodeIdentity,
  one: Package,
  nowMs: number,
): Promise<void> {
  const { nodeId: ownerNodeId } = identity;
  for (const snapshot of await tx.list('snapshot', `${one.id}/`)) {
    const statement = snapshotStatement({ ...snapshot, ownerNodeId });
    tx.put('snapshot', { ...snapshot, ownerNodeId, signature: identity.sign(statement) });
  }
  tx.remove('overlay', one.id);
  tx.put('package', { ...one, origin: 'LOCAL', ownerNodeId, updatedAtMs: nowMs });
}
