import { notAChild, requireChild, type Principal } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Child } from '../../catalog/tree-model.ts';

/**
 * The child that a principal speaks for, as it is stored: maybe removed. Throws `NOT_A_CHILD` when
 * it is unknown or has another key.
 */
export function knownChild(
  { model }: Pick<CatalogContext, 'model'>,
  principal: Principal | undefined,
): Child {
  const { childId, publicKey, name } = requireChild(principal);
  const child = model.tree.child(childId);
  if (child?.publicKey !== publicKey) throw notAChild(name, model.smp.name);
  return child;
}

/** As {@link knownChild}, and throws `NOT_A_CHILD` for a removed one too. */
export function linkedChild(
  context: Pick<CatalogContext, 'model'>,
  principal: Principal | undefined,
): Child {
  const child = knownChild(context, principal);
  if (child.state === 'REMOVED') throw notAChild(child.name, context.model.smp.name);
  return child;
}
