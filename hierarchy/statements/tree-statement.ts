import { createHash } from 'node:crypto';
import type { PackageState, TreeItem } from '../../catalog/tree-model.ts';
import { canonicalJson, type Json } from '../../core/canonical-json.ts';
import { nodeIdOf, verifyStatement, type NodeIdentity } from '../../core/identity.ts';

/** A tree item as it travels: what the owner signed, and nothing that a node adds. */
export type SignedTreeItem = Omit<TreeItem, 'withdrawn' | 'storedAtMs' | 'ageMs'>;

type Unsigned = Omit<SignedTreeItem, 'ownerNodeId' | 'ownerPublicKey' | 'signature'>;

/** The item as its owner says it. */
export function signTreeItem(identity: NodeIdentity, item: Unsigned): SignedTreeItem {
  const { nodeId: ownerNodeId, publicKey: ownerPublicKey } = identity;
  const unsigned = { ...item, ownerNodeId };
  return { ...unsigned, ownerPublicKey, signature: identity.sign(treeStatement(unsigned)) };
}

/** True when the owner that the item names signed exactly this. Whether to believe it is another question. */
export function isSignedByOwner(item: SignedTreeItem): boolean {
  return (
    nodeIdOf(item.ownerPublicKey) === item.ownerNodeId &&
    verifyStatement(item.ownerPublicKey, treeStatement(item), item.signature)
  );
}

/**
 * What is signed. It holds a hash of the whole state, and beside it what others compare without
 * having the state.
 */
function treeStatement(item: Unsigned & Pick<TreeItem, 'ownerNodeId'>): Json {
  return {
    kind: 'tree',
    itemKind: item.kind,
    id: item.id,
    ownerNodeId: item.ownerNodeId,
    ownerRevision: item.ownerRevision,
    internalVersion: item.state?.internalVersion,
    rootHash: item.state?.current?.rootHash,
    stateHash: item.state === undefined ? undefined : stateHash(item.state),
  };
}

/** SHA-256 of the canonical JSON, hex. */
function stateHash(state: PackageState): string {
  return createHash('sha256')
    .update(canonicalJson(state as unknown as Json))
    .digest('hex');
}
