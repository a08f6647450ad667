import type { CatalogContext } from '../../catalog/context.ts';
import type { Ancestor, Child } from '../../catalog/tree-model.ts';
import type { Standing } from './link-protocol.ts';

/** What this node says of a child, from the read model alone. */
export function standingOf({ model, identity }: CatalogContext, child: Child): Standing {
  const { membership, replicationEnabled, metadataOnly, deletePolicy } = child;
  const lineage = ownLineage({ model, identity });
  return { lineage, membership, replicationEnabled, metadataOnly, deletePolicy };
}

/** From the root to this node. */
function ownLineage({ model, identity }: Pick<CatalogContext, 'model' | 'identity'>): Ancestor[] {
  const { parent } = model.tree;
  const joined = parent?.state === 'JOINED' ? parent : undefined;
  const { nodeId, publicKey } = identity;
  const { id: guid, name } = model.smp;
  const self = { nodeId, publicKey, guid, name, membership: joined?.membership ?? '' };
  return [...(joined?.lineage ?? []), self];
}

/** Where this node stands in the feed of a child; empty for its beginning. */
export async function upCursorOf({ store }: CatalogContext, { nodeId }: Child): Promise<string> {
  const { value } = await store.transact((tx) => tx.get('feedPosition', `UP/${nodeId}`));
  return value?.cursor ?? '';
}
