import type { CatalogContext } from '../../catalog/context.ts';
import type { Package, Snapshot } from '../../catalog/model.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import { removePackage } from '../../catalog/remove-package.ts';
import { derivePackage } from '../../catalog/replicated-packages.ts';
import type { PackageState } from '../../catalog/tree-model.ts';
import { nextInternalVersion } from '../../catalog/version.ts';
import type { Guid } from '../../core/guid.ts';
import { snapshotStatement } from '../../content/statement.ts';
import { signTreeItem, type SignedTreeItem } from '../statements/tree-statement.ts';

type Owner = Pick<CatalogContext, 'identity' | 'clock'>;

/**
 * The owner lost history: a node below has a newer statement of its own. The package it has now is
 * said again above both that statement and its version, so that no version ever goes back; the tree
 * stays, so no bytes move. A package that it has no more is taken back from the statement, without a
 * source, for an administrator to give it one.
 */
export async function republishAbove(
  tx: CatalogTransaction,
  owner: Owner,
  lost: SignedTreeItem,
): Promise<void> {
  const { identity, clock } = owner;
  const nowMs = clock.nowMs();
  const stored = await tx.get('treeItem', `${lost.kind}/${lost.id}`);
  const one = await tx.get('package', lost.id);
  const known = stored?.state;
  const state = one && known ? raised(owner, lost, known) : lost.state!;
  tx.put(
    'package',
    one ? raisedPackage(one, known, { state, nowMs }) : takenBack(lost, state, nowMs),
  );
  if (one && known) await raiseSnapshot(tx, owner, { one, known, state });
  const ownerRevision = Math.max(lost.ownerRevision, stored?.ownerRevision ?? 0, nowMs - 1) + 1;
  const item = signTreeItem(identity, { kind: lost.kind, id: lost.id, ownerRevision, state });
  tx.put('treeItem', { ...item, withdrawn: false, storedAtMs: nowMs, ageMs: 0 });
}

/** Versions further ahead of now are a wrong clock or a lie; following them would use numbers up. */
const AHEAD_MAX_SECONDS = 7 * 24 * 60 * 60;

/**
 * A node below has a higher version of a package of this node's than this node knows: at a join, for
 * instance, of an SMP that had the package itself. The same tree is said again above it.
 */
export async function raiseVersionAbove(
  tx: CatalogTransaction,
  owner: Owner,
  { packageId, internalVersion }: { readonly packageId: Guid; readonly internalVersion: number },
): Promise<void> {
  const stored = await tx.get('treeItem', `PACKAGE/${packageId}`);
  if (!stored?.state || stored.ownerNodeId !== owner.identity.nodeId) return;
  if (internalVersion <= stored.state.internalVersion) return;
  if (internalVersion > owner.clock.nowMs() / 1000 + AHEAD_MAX_SECONDS) return;
  const state = { ...stored.state, internalVersion };
  await republishAbove(tx, owner, { ...stored, state });
}

/** The owner had deleted it, and lost that: its word holds. */
export async function takeBackDeletion(
  tx: CatalogTransaction,
  { clock }: Owner,
  lost: SignedTreeItem,
): Promise<void> {
  await removePackage(tx, lost.id);
  tx.put('treeItem', { ...lost, withdrawn: false, storedAtMs: clock.nowMs(), ageMs: 0 });
}

/** What the owner knows, above the version that was lost. */
function raised(
  { identity, clock }: Owner,
  lost: SignedTreeItem,
  known: PackageState,
): PackageState {
  const lostVersion = lost.state!.internalVersion;
  if (known.internalVersion > lostVersion) return known;
  // It has no tree to say again; those below have one.
  if (!known.current)
    return { ...known, internalVersion: lostVersion, current: lost.state!.current };
  const internalVersion = nextInternalVersion(lostVersion, clock.nowMs());
  const statement = snapshotStatement({
    packageId: lost.id,
    internalVersion,
    rootHash: known.current.rootHash,
    ownerNodeId: identity.nodeId,
  });
  return {
    ...known,
    internalVersion,
    current: { ...known.current, signature: identity.sign(statement) },
  };
}

const NOT_READ = 'Servers below have this version; this server lost it. Read its files again.';

function raisedPackage(
  one: Package,
  known: PackageState | undefined,
  { state, nowMs }: { readonly state: PackageState; readonly nowMs: number },
): Package {
  const isNotRead = !known?.current && state.current !== undefined;
  return {
    ...one,
    internalVersion: state.internalVersion,
    updatedAtMs: nowMs,
    ...(isNotRead ? { sourceReason: NOT_READ } : {}),
  };
}

function takenBack(lost: SignedTreeItem, state: PackageState, nowMs: number): Package {
  const derived = derivePackage({
    item: { ...lost, state },
    overlay: undefined,
    before: undefined,
    nowMs,
  });
  return {
    ...derived,
    origin: 'LOCAL',
    assignmentMode: state.assignmentMode,
    sourceState: 'FAILED',
    sourceReason:
      'This server lost it and took its description back from a server below. Give it its source again.',
  };
}

async function raiseSnapshot(
  tx: CatalogTransaction,
  { clock }: Owner,
  {
    one,
    known,
    state,
  }: { readonly one: Package; readonly known: PackageState; readonly state: PackageState },
): Promise<void> {
  if (state.internalVersion === known.internalVersion || !state.current) return;
  const before = await tx.get('snapshot', `${one.id}/${known.internalVersion}`);
  if (!before) return;
  const nowMs = clock.nowMs();
  tx.put('snapshot', { ...before, supersededAtMs: before.supersededAtMs ?? nowMs });
  const after: Snapshot = {
    ...before,
    internalVersion: state.internalVersion,
    supersededAtMs: undefined,
    signature: state.current.signature,
  };
  tx.put('snapshot', after);
}
