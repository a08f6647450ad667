import type { ItemKind, ItemTypes } from '../../catalog/items.ts';
import type { CatalogStore, CatalogTransaction } from '../../catalog/ports.ts';
import { packageStateOf } from '../../catalog/replicated-packages.ts';
import type { PackageState } from '../../catalog/tree-model.ts';
import { canonicalJson, type Json } from '../../core/canonical-json.ts';
import type { Clock } from '../../core/clock.ts';
import type { Guid } from '../../core/guid.ts';
import type { NodeIdentity } from '../../core/identity.ts';

import { signTreeItem } from '../statements/tree-statement.ts';
import { freeTwin } from './freed-twins.ts';

export interface Publisher {
  readonly identity: NodeIdentity;
  readonly clock: Clock;
}

/**
 * A store whose every transaction that changes a package of this node also writes the signed
 * statement that goes down the tree, so that no use case can forget it and none is half done.
 */
export function publishing(store: CatalogStore, publisher: Publisher): CatalogStore {
  return {
    transact: (work) =>
      store.transact(async (tx) => {
        const touched = new Set<Guid>();
        const value = await work(noting(tx, touched));
        for (const packageId of touched) await publishPackage(tx, publisher, packageId);
        return value;
      }),
    readAll: () => store.readAll(),
    log: store.log,
    states: store.states,
  };
}

/** Notes packages that are changed and not told by the work itself, as a replica does. */
function noting(tx: CatalogTransaction, touched: Set<Guid>): CatalogTransaction {
  const told = new Set<Guid>();
  const note = (kind: ItemKind, key: string): void => {
    const isTold = kind === 'treeItem';
    if (isTold) told.add(key.split('/')[1] as Guid);
    if (kind === 'package') touched.add(key as Guid);
    if (kind === 'snapshot') touched.add(key.split('/')[0] as Guid);
    for (const packageId of told) touched.delete(packageId);
  };
  return {
    get: (kind, key) => tx.get(kind, key),
    list: (kind, keyPrefix) => tx.list(kind, keyPrefix),
    put: (kind, item) => {
      tx.put(kind, item);
      note(kind, keyOf(kind, item));
    },
    remove: (kind, key) => {
      tx.remove(kind, key);
      note(kind, key);
    },
  };
}

function keyOf<K extends ItemKind>(kind: K, item: ItemTypes[K]): string {
  if (kind === 'package') return (item as ItemTypes['package']).id;
  if (kind === 'snapshot') return `${(item as ItemTypes['snapshot']).packageId}/`;
  if (kind === 'treeItem') return `PACKAGE/${(item as ItemTypes['treeItem']).id}`;
  return '';
}

/** Says of a package what is to be said of it now, if that differs from what was said. */
export async function publishPackage(
  tx: CatalogTransaction,
  { identity, clock }: Publisher,
  packageId: Guid,
): Promise<void> {
  const one = await tx.get('package', packageId);
  if (one && one.origin !== 'LOCAL') return;
  const before = await tx.get('treeItem', `PACKAGE/${packageId}`);
  const isOwn = before?.ownerNodeId === identity.nodeId;
  if (!one && !(isOwn && before.state)) return;
  // Kept here when its owner deleted it: nodes below follow the owner, whose last word this is.
  if (before && !isOwn && !before.state) return;
  const snapshot = one && (await tx.get('snapshot', `${packageId}/${one.internalVersion}`));
  const state = one && stateToTell(packageStateOf(one, snapshot), before?.state);
  if (isOwn && isSame(before.state, state)) return;
  const nowMs = clock.nowMs();
  if (!one) await freeTwin(tx, packageId, nowMs);
  const ownerRevision = Math.max((before?.ownerRevision ?? 0) + 1, nowMs);
  const item = signTreeItem(identity, { kind: 'PACKAGE', id: packageId, ownerRevision, state });
  tx.put('treeItem', { ...item, withdrawn: false, storedAtMs: nowMs, ageMs: 0 });
}

/** A version whose snapshot was forgotten here is still the version that others hold. */
function stateToTell(state: PackageState, before: PackageState | undefined): PackageState {
  const isForgotten =
    !state.current &&
    state.internalVersion > 0 &&
    before?.internalVersion === state.internalVersion;
  return isForgotten ? { ...state, current: before.current } : state;
}

function isSame(left: PackageState | undefined, right: PackageState | undefined): boolean {
  if (!left || !right) return left === right;
  return spelling(left) === spelling(right);
}

function spelling(state: PackageState): string {
  return canonicalJson(state as unknown as Json);
}

const PACKAGES_AT_ONCE = 200;

/** Makes the statements that are missing, for a database from before there was a tree. */
export async function publishMissing(store: CatalogStore, publisher: Publisher): Promise<void> {
  const { value: missing } = await store.transact(async (tx) => {
    const told = new Set((await tx.list('treeItem')).map(({ id }) => id));
    const all = await tx.list('package');
    return all.filter(({ id, origin }) => origin === 'LOCAL' && !told.has(id));
  });
  for (let start = 0; start < missing.length; start += PACKAGES_AT_ONCE) {
    const some = missing.slice(start, start + PACKAGES_AT_ONCE);
    await store.transact(async (tx) => {
      for (const { id } of some) await publishPackage(tx, publisher, id);
    });
  }
}
