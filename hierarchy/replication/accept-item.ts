import type { Ancestor, ConflictChoice, PackageState, TreeItem } from '../../catalog/tree-model.ts';
import { isSignedByOwner, type SignedTreeItem } from '../statements/tree-statement.ts';

/** What a node knows when it judges an item that came to it. */
export interface AcceptanceFacts {
  readonly nodeId: string;
  /** From the root to the parent. */
  readonly lineage: readonly Ancestor[];
  /** What the node has of it. */
  readonly stored: TreeItem | undefined;
  readonly onConflict: ConflictChoice;
}

export type RejectionCode =
  | 'SIGNATURE_INVALID'
  | 'OWNER_UNKNOWN'
  | 'OWNER_DIFFERS'
  | 'STATE_INVALID'
  | 'LOCAL_CONFLICT'
  | 'KEPT_LOCAL'
  | 'VERSION_TAKEN';

export type Acceptance =
  | { readonly kind: 'NEW' }
  /** The same statement, or the end of another package: nothing to do. */
  | { readonly kind: 'OLD' }
  /** Not the last word of its owner's that this node has: whoever told it has lost that one. */
  | { readonly kind: 'OLDER' }
  | { readonly kind: 'REJECTED'; readonly code: RejectionCode; readonly reason: string };

/**
 * Whether to take over an item. Its owner must be a node above, proven by the lineage, and must
 * have signed it. An item belongs to the owner it has for as long as that one is above, or goes to
 * one nearer to the root; a deleted one is free for any of them. So a node in between can withhold
 * an item, but not change it or take it as its own.
 */
export function acceptItem(item: SignedTreeItem, facts: AcceptanceFacts): Acceptance {
  const { nodeId, lineage, stored } = facts;
  const placeOf = (owner: string): number => lineage.findIndex(({ nodeId }) => nodeId === owner);
  const isAbove = (owner: string): boolean => placeOf(owner) >= 0;
  if (!isSignedByOwner(item)) {
    return rejected('SIGNATURE_INVALID', `It is not signed by its owner ${item.ownerNodeId}.`);
  }
  if (!isAbove(item.ownerNodeId)) {
    return rejected('OWNER_UNKNOWN', `Its owner ${item.ownerNodeId} is not above this node.`);
  }
  const fault = item.state && stateFault(item.state);
  if (fault) return rejected('STATE_INVALID', fault);
  if (!stored) return { kind: 'NEW' };
  if (stored.ownerNodeId === item.ownerNodeId) return ofSameOwner(item, stored);
  if (stored.ownerNodeId === nodeId) return overOwn(item, facts, stored);
  // The one in between had it as its own, and took over that of the node above it.
  const isFromHigher = placeOf(item.ownerNodeId) < placeOf(stored.ownerNodeId);
  if (stored.state && isAbove(stored.ownerNodeId) && !isFromHigher) {
    return rejected(
      'OWNER_DIFFERS',
      `It belongs to ${stored.ownerNodeId}, which is above as well.`,
    );
  }
  return { kind: 'NEW' };
}

function ofSameOwner(item: SignedTreeItem, stored: TreeItem): Acceptance {
  if (item.ownerRevision < stored.ownerRevision) return { kind: 'OLDER' };
  const isSame = item.ownerRevision === stored.ownerRevision && !stored.withdrawn;
  return { kind: isSame ? 'OLD' : 'NEW' };
}

/** The node has a package of its own with this GUID, or had one. */
function overOwn(
  item: SignedTreeItem,
  { onConflict }: AcceptanceFacts,
  stored: TreeItem,
): Acceptance {
  if (!stored.state) return { kind: 'NEW' };
  // What is deleted above was never this one, which nodes below have from here.
  if (!item.state) return { kind: 'OLD' };
  if (onConflict === 'ADOPT' || isSameTree(item.state, stored.state)) return { kind: 'NEW' };
  const { name } = stored.state;
  return onConflict === 'KEEP_LOCAL'
    ? rejected('KEPT_LOCAL', `This node keeps its own package "${name}" of the same GUID.`)
    : rejected('LOCAL_CONFLICT', `This node has a package "${name}" of its own with this GUID.`);
}

/** Two packages with one content are one: adopting it moves and changes nothing that counts. */
export function isSameTree(left: PackageState, right: PackageState): boolean {
  return left.current !== undefined && left.current.rootHash === right.current?.rootHash;
}

function rejected(code: RejectionCode, reason: string): Acceptance {
  return { kind: 'REJECTED', code, reason };
}

const HASH = /^[0-9a-f]{64}$/;
const MODES = ['ALL', 'INDIVIDUALLY', 'SITE', 'AUTOMATIC'];
const PRIORITIES = ['LOW', 'NORMAL', 'HIGH'];
const MAX_NAME = 250;

/** What no owner of this version of the protocol would say; `undefined` when it is well formed. */
function stateFault(state: PackageState): string | undefined {
  const { current } = state;
  const isText = [state.name, state.description, state.version].every(
    (text) => typeof text === 'string' && text.isWellFormed() && !text.includes('\0'),
  );
  if (!isText || state.name === '' || state.name.length > MAX_NAME)
    return 'Its name is not usable.';
  if (!MODES.includes(state.assignmentMode) || !PRIORITIES.includes(state.priority)) {
    return 'Its assignment mode or priority is not known here.';
  }
  const numbers = [state.internalVersion, state.cleanupAfterMinutes];
  if (!numbers.every(isCount)) return 'A number in it is out of bounds.';
  if (!current) return undefined;
  const hashes = [current.rootHash, current.manifestHash, current.chunkIndexHash];
  if (!hashes.every((hash) => HASH.test(hash))) return 'A hash in it is not a SHA-256.';
  const counts = [current.fileCount, current.folderCount, current.sizeBytes, current.createdAtMs];
  return counts.every(isCount) ? undefined : 'A number in it is out of bounds.';
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
