import type { CatalogContext } from '../../catalog/context.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Ancestor, Child } from '../../catalog/tree-model.ts';
import type { NodeIdentity } from '../../core/identity.ts';
import { raisesFor } from './raises.ts';
import type { Raise, Standing } from './link-protocol.ts';

/** This node as its children see it: from the root to itself. */
export function lineageOf(model: ReadModel, { nodeId, publicKey }: NodeIdentity): Ancestor[] {
  const { parent } = model.tree;
  const isMember = parent?.state === 'JOINED';
  const membership = isMember ? parent.membership : '';
  const self = { nodeId, publicKey, guid: model.smp.id, name: model.smp.name, membership };
  return [...(isMember ? parent.lineage : []), self];
}

/** What this node says of a child, at each opening of the link and whenever it changed. */
export function standingOf(model: ReadModel, identity: NodeIdentity, child: Child): Standing {
  const { membership, replicationEnabled, metadataOnly, deletePolicy } = child;
  const lineage = lineageOf(model, identity);
  return { lineage, membership, replicationEnabled, metadataOnly, deletePolicy };
}

/** Where this node stands in the feed of a child; empty for its beginning. */
export async function upCursorOf({ store }: CatalogContext, { nodeId }: Child): Promise<string> {
  const { value } = await store.transact((tx) => tx.get('feedPosition', `UP/${nodeId}`));
  return value?.cursor ?? '';
}

/** Which placements a child is to raise: its own, and those of nodes below it. */
export async function raisesOf(
  { store }: CatalogContext,
  { nodeId }: Child,
): Promise<readonly Raise[]> {
  const { value } = await store.transact((tx) => tx.list('nodeSummary'));
  return raisesFor(nodeId, value);
}
