import type { CatalogContext } from '../../catalog/context.ts';
import type { Child, Parent } from '../../catalog/tree-model.ts';
import { neighbourOf } from './neighbours.ts';

/** The relations that were asked for, as they are now. */
export interface EnabledRelations {
  readonly parent: Parent | undefined;
  readonly children: readonly Child[];
}

/**
 * Switches replication on or off: for one neighbour, on this SMP's side of the relation, or for all
 * of them. The links stay, so that switching it on again goes on where it stopped. Throws
 * `NOT_FOUND` for a neighbour that is none.
 */
export async function enableReplication(
  context: CatalogContext,
  { enabled, neighbour }: { readonly enabled: boolean; readonly neighbour: string | undefined },
): Promise<EnabledRelations> {
  const { parent, children } = chosen(context, neighbour);
  return context.write(async (tx) => {
    const above = parent && (await tx.get('parent', parent.nodeId));
    const parentNow = above && { ...above, replicationEnabled: enabled };
    if (parentNow) tx.put('parent', parentNow);
    const childrenNow: Child[] = [];
    for (const { id } of children) {
      const stored = await tx.get('child', id);
      if (!stored) continue;
      const now = { ...stored, replicationEnabled: enabled };
      tx.put('child', now);
      childrenNow.push(now);
    }
    return { parent: parentNow, children: childrenNow };
  });
}

function chosen({ model }: CatalogContext, neighbour: string | undefined): EnabledRelations {
  if (neighbour === undefined) {
    const children = [...model.tree.children()].filter(({ state }) => state !== 'REMOVED');
    return { parent: model.tree.parent, children };
  }
  const found = neighbourOf(model, neighbour);
  return found.kind === 'PARENT'
    ? { parent: found.parent, children: [] }
    : { parent: undefined, children: [found.child] };
}
