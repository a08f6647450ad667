import type { NodeIdentity } from '../../core/identity.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import { removePackage } from '../../catalog/remove-package.ts';
import { derivePackage, deriveSnapshot } from '../../catalog/replicated-packages.ts';
import { snapshotStatement } from '../../content/statement.ts';
import type { Package, Snapshot } from '../../catalog/model.ts';
import type {
  DeletePolicy,
  HeldDeletion,
  PackageState,
  Parent,
  Rejection,
} from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type { SentItem } from '../link/link-protocol.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';
import { acceptItem, type RejectionCode } from './accept-item.ts';
import type { Brake } from './deletion-brake.ts';

/** What a node that takes items over goes by. */
export interface ReplicaFacts {
  readonly identity: NodeIdentity;
  readonly parent: Parent;
  readonly deletePolicy: DeletePolicy;
  readonly nowMs: number;
  readonly brake: Brake;
  /** Items whose bytes of description could not be had or are against the rules: id → why. */
  readonly faults?: ReadonlyMap<Guid, Fault>;
}

/** How a stretch of items was dealt with. */
export interface ApplyOutcome {
  readonly applied: number;
  readonly rejected: number;
  readonly held: number;
  /** Items whose owner has said something newer, which whoever told them has lost. */
  readonly older: number;
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
  await readAhead(tx, items);
  const outcome = { applied: 0, rejected: 0, held: 0, older: 0 };
  for (const sent of items) {
    const result =
      sent.kind === 'ITEM'
        ? await takeItem(tx, facts, sent)
        : await withdraw(tx, facts, `${sent.itemKind}/${sent.id}`);
    if (result !== 'NOTHING') outcome[result] += 1;
  }
  return outcome;
}

/** What the items will be compared with, asked for at once: a store reads it in one statement. */
export async function readAhead(tx: CatalogTransaction, items: readonly SentItem[]): Promise<void> {
  const reads = items.flatMap((sent): Promise<unknown>[] => {
    if (sent.kind !== 'ITEM') {
      const key = `${sent.itemKind}/${sent.id}`;
      return [tx.get('treeItem', key), tx.get('rejection', key)];
    }
    const { kind, id, state } = sent.item;
    return [
      tx.get('treeItem', `${kind}/${id}`),
      tx.get('rejection', `${kind}/${id}`),
      tx.get('package', id),
      tx.get('overlay', id),
      ...(state?.current ? [tx.get('snapshot', `${id}/${state.internalVersion}`)] : []),
    ];
  });
  await Promise.all(reads);
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
  if (verdict.kind === 'OLDER') return 'older';
  const before = await tx.get('package', item.id);
  const fault =
    verdict.kind === 'REJECTED'
      ? verdict
      : (facts.faults?.get(item.id) ?? (await versionFault(tx, item, before)));
  if (fault) return reject(tx, facts, item, fault);
  if (!item.state && (await isToHold(tx, facts, before))) {
    const { state: _, ...statement } = item;
    return hold(tx, facts, item, { ...statement, ageMs });
  }
  tx.remove('rejection', key);
  tx.put('treeItem', { ...item, withdrawn: false, storedAtMs: facts.nowMs, ageMs });
  await deriveRows(tx, facts, item, before);
  return 'applied';
}

interface Fault {
  readonly code: string;
  readonly reason: string;
}

/**
 * Package servers and agents tell contents apart by their version alone, so a version that is on a
 * tree here is not put on another one. It goes on when the owner makes the next version.
 */
async function versionFault(
  tx: CatalogTransaction,
  { id, state }: SignedTreeItem,
  before: Package | undefined,
): Promise<Fault | undefined> {
  if (!state?.current || isBehind(state, before)) return undefined;
  const known = await tx.get('snapshot', `${id}/${state.internalVersion}`);
  if (!known || known.rootHash === state.current.rootHash) return undefined;
  const code: RejectionCode = 'VERSION_TAKEN';
  return { code, reason: `Version ${state.internalVersion} is on another tree here already.` };
}

/** The code of a deletion that waits for a person. */
export const DELETION_HELD = 'DELETION_HELD';

async function isToHold(
  tx: CatalogTransaction,
  { brake }: ReplicaFacts,
  before: Package | undefined,
): Promise<boolean> {
  if (before?.origin !== 'REPLICATED') return false;
  const known = await tx.get('rejection', `PACKAGE/${before.id}`);
  return !brake.mayDelete(before.id, known?.code === DELETION_HELD);
}

async function hold(
  tx: CatalogTransaction,
  facts: ReplicaFacts,
  item: Pick<SignedTreeItem, 'kind' | 'id' | 'ownerRevision'>,
  statement: HeldDeletion['statement'],
): Promise<Result> {
  const reason = 'The parent deletes unusually many packages at once; confirm it if that is meant.';
  const held = { statement, deletePolicy: facts.deletePolicy };
  await reject(tx, facts, item, { code: DELETION_HELD, reason, held });
  return 'held';
}

async function reject(
  tx: CatalogTransaction,
  { nowMs }: ReplicaFacts,
  { kind, id, ownerRevision }: Pick<SignedTreeItem, 'kind' | 'id' | 'ownerRevision'>,
  { code, reason, held }: Fault & Partial<Pick<Rejection, 'held'>>,
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
    held,
  });
  return 'rejected';
}

/** The item is not for this node any more; nodes below hear it the same way. */
async function withdraw(tx: CatalogTransaction, facts: ReplicaFacts, key: string): Promise<Result> {
  const stored = await tx.get('treeItem', key);
  const isReceived = stored && stored.ownerNodeId !== facts.identity.nodeId;
  const before = isReceived ? await tx.get('package', stored.id) : undefined;
  if (isReceived && !stored.withdrawn && (await isToHold(tx, facts, before))) {
    return hold(tx, facts, stored, undefined);
  }
  tx.remove('rejection', key);
  if (!isReceived || stored.withdrawn) return 'NOTHING';
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
  if (snapshot && !isBehind(state, before)) await makeCurrent(tx, snapshot, nowMs);
  tx.put('package', after);
}

/** The node is ahead of an owner that lost history: what it has goes on until the owner is ahead. */
function isBehind(state: PackageState, before: Package | undefined): boolean {
  return before !== undefined && state.internalVersion < before.internalVersion;
}

/** The version becomes the current one; whatever was before it starts its grace time here. */
async function makeCurrent(
  tx: CatalogTransaction,
  snapshot: Snapshot,
  nowMs: number,
): Promise<void> {
  const known = await tx.list('snapshot', `${snapshot.packageId}/`);
  const same = known.find((one) => one.internalVersion === snapshot.internalVersion);
  for (const one of known) {
    if (one === same || one.supersededAtMs !== undefined) continue;
    tx.put('snapshot', { ...one, supersededAtMs: nowMs });
  }
  // Whose version it is may change; that its bytes are here does not.
  tx.put('snapshot', { ...snapshot, origin: same?.origin ?? snapshot.origin });
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
