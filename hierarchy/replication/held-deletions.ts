import type { CatalogContext } from '../../catalog/context.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { Parent, Rejection } from '../../catalog/tree-model.ts';
import { CanopyError, refuseProblems, type Problem } from '../../core/errors.ts';
import { bracedGuid, type Guid } from '../../core/guid.ts';
import type { SentItem } from '../link/link-protocol.ts';
import { applyItems, DELETION_HELD } from './apply-items.ts';
import { CONFIRMED } from './deletion-brake.ts';

export interface HeldDeletionsChoice {
  /** `undefined`: all that are held now. */
  readonly packageIds: readonly Guid[] | undefined;
  readonly dryRun: boolean;
}

/** Deletions that wait for a person, the oldest first. */
export function heldDeletions({ model }: Pick<CatalogContext, 'model'>): readonly Rejection[] {
  return [...model.tree.rejections()]
    .filter(({ code }) => code === DELETION_HELD)
    .sort((left, right) => left.sinceMs - right.sinceMs || (left.id < right.id ? -1 : 1));
}

/**
 * Does deletions that were held, also while the parent is away. Those that come later are held
 * again when they are too many. Answers what was (for a dry run: would be) confirmed. Throws
 * `NOT_FOUND` for packages whose deletion is not held, and `CONFLICT` without a parent.
 */
export async function confirmHeldDeletions(
  context: CatalogContext,
  { packageIds, dryRun }: HeldDeletionsChoice,
): Promise<readonly Rejection[]> {
  const held = heldDeletions(context);
  refuseProblems(notHeld(held, packageIds ?? []));
  const chosen = held.filter(({ id }) => packageIds?.includes(id) ?? true);
  if (dryRun || chosen.length === 0) return chosen;
  return context.write(async (tx) => {
    const parent = await joinedParent(tx);
    const confirmed: Rejection[] = [];
    for (const { kind, id } of chosen) {
      const stored = await tx.get('rejection', `${kind}/${id}`);
      // Taken back by the parent meanwhile: then there is nothing left to confirm.
      if (stored?.code !== DELETION_HELD || !stored.held) continue;
      await carryOut(tx, context, parent, stored);
      confirmed.push(stored);
    }
    return confirmed;
  });
}

async function carryOut(
  tx: CatalogTransaction,
  { identity, clock }: CatalogContext,
  parent: Parent,
  { kind, id, held, sinceMs }: Rejection,
): Promise<void> {
  tx.remove('rejection', `${kind}/${id}`);
  const nowMs = clock.nowMs();
  const { statement, deletePolicy } = held!;
  const sent = sentItem({ kind, id }, statement, Math.max(0, nowMs - sinceMs));
  await applyItems(tx, { identity, parent, deletePolicy, nowMs, brake: CONFIRMED }, [sent]);
}

function sentItem(
  { kind, id }: Pick<Rejection, 'kind' | 'id'>,
  statement: NonNullable<Rejection['held']>['statement'],
  heldForMs: number,
): SentItem {
  if (!statement) return { kind: 'WITHDRAWN', itemKind: kind, id };
  const { ageMs, ...item } = statement;
  return { kind: 'ITEM', item: { ...item, state: undefined }, ageMs: ageMs + heldForMs };
}

async function joinedParent(tx: CatalogTransaction): Promise<Parent> {
  const parent = (await tx.list('parent')).find(({ state }) => state === 'JOINED');
  if (parent) return parent;
  throw new CanopyError('CONFLICT', 'This SMP has no parent.');
}

function notHeld(held: readonly Rejection[], packageIds: readonly Guid[]): Problem[] {
  const known = new Set(held.map(({ id }) => id));
  return packageIds.flatMap((id, index) =>
    known.has(id)
      ? []
      : [
          {
            code: 'NOT_FOUND' as const,
            message: `No deletion of the package ${bracedGuid(id)} is held.`,
            path: ['packageIds', String(index)],
            hint: 'See them: Smp.parent.heldDeletions.',
          },
        ],
  );
}
