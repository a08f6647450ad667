import type { ReadModel } from '../../catalog/read-model.ts';
import type { Child, Parent } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid } from '../../core/guid.ts';

/** An SMP that this one replicates with. */
export type Neighbour =
  | { readonly kind: 'PARENT'; readonly parent: Parent }
  | { readonly kind: 'CHILD'; readonly child: Child };

/**
 * The parent or child that `reference` names, by GUID or node id. Throws `NOT_FOUND` when it is
 * neither, and for one whose relation is over.
 */
export function neighbourOf({ tree }: Pick<ReadModel, 'tree'>, reference: string): Neighbour {
  const guid = parseGuid(reference);
  const { parent } = tree;
  if (parent && (parent.guid === guid || parent.nodeId === reference)) {
    return { kind: 'PARENT', parent };
  }
  const child = (guid && tree.child(guid)) ?? tree.childByNodeId(reference);
  if (child && child.state !== 'REMOVED') return { kind: 'CHILD', child };
  throw new CanopyError(
    'NOT_FOUND',
    `${reference} is neither the parent nor a child of this SMP.`,
    {
      path: ['neighbourId'],
      hint: 'See who is: canopy hierarchy list',
    },
  );
}
