import type { CatalogContext } from '../../catalog/context.ts';
import type { EnrollmentTokenStore } from '../../catalog/enrollment-tokens.ts';
import type { CatalogTransaction } from '../../catalog/ports.ts';
import type { Parent } from '../../catalog/tree-model.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { ParentContact } from './parent-contact.ts';

/**
 * Makes what this node got from a parent its own, or deletes it. Part of the transaction that ends
 * the relation; without anything to do it does nothing.
 */
export type LocalizeItems = (
  tx: CatalogTransaction,
  options: { readonly keep: boolean },
) => Promise<void>;

/** What joining, leaving and removing are given. */
export interface MembershipInputs {
  readonly context: CatalogContext;
  readonly tokens: EnrollmentTokenStore;
  readonly contact: ParentContact;
  readonly localizeItems: LocalizeItems;
  /** Every change of a relation of this node runs through it. */
  readonly relations: OneAtATime;
  /** Throws `RATE_LIMITED` when too many joins were asked for. */
  readonly limitJoins: () => Promise<void>;
}

/** So long a leave or a removal is kept for the other side to hear of it. */
export const NOTICE_LIFE_MS = 30 * 24 * 60 * 60_000;

/** The parent that a transaction sees: joining or joined. */
export async function parentIn(tx: CatalogTransaction): Promise<Parent | undefined> {
  return (await tx.list('parent')).find(({ state }) => state !== 'LEFT');
}

/**
 * Ends the relation to a parent. It is told later, by `MembershipKeeper`. A parent whose place was
 * to be taken comes back; without one, what came from parents becomes local.
 */
export async function endParent(
  { context, localizeItems }: Pick<MembershipInputs, 'context' | 'localizeItems'>,
  tx: CatalogTransaction,
  parent: Parent,
  { reason, keep }: { readonly reason: string; readonly keep: boolean },
): Promise<Parent> {
  const nowMs = context.clock.nowMs();
  const left: Parent = {
    ...parent,
    state: 'LEFT',
    admission: undefined,
    replaces: '',
    reason,
    sinceMs: nowMs,
    deadlineAtMs: nowMs + NOTICE_LIFE_MS,
  };
  tx.put('parent', left);
  const before = parent.replaces === '' ? undefined : await tx.get('parent', parent.replaces);
  if (before) tx.put('parent', { ...before, state: 'JOINED', reason: '', sinceMs: nowMs });
  else await localizeItems(tx, { keep });
  return left;
}
