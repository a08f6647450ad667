import type { Child, Parent } from '../../catalog/tree-model.ts';
import { requireItem } from '../../catalog/require-item.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import { nodeIdOf, verifyStatement } from '../../core/identity.ts';
import { sayGone } from '../convergence/take-up-page.ts';
import { leaveStatement, type LeaveNotice } from './admission.ts';
import { endParent, NOTICE_LIFE_MS, parentIn, type MembershipInputs } from './relations.ts';

/** What happens with what the child got from its parent: it becomes its own, or goes. */
export type ItemsChoice = 'KEEP' | 'DELETE';

interface LeaveOptions {
  readonly items: ItemsChoice;
  readonly dryRun: boolean;
}

/**
 * Leaves the parent, or gives a join up, also while the parent is down: it is told later. Answers
 * the parent as it is (for a dry run: would be) stored. Throws `NOT_FOUND` without a parent.
 */
export function leaveHierarchy(
  inputs: MembershipInputs,
  { items, dryRun }: LeaveOptions,
): Promise<Parent> {
  const { context, relations } = inputs;
  return relations.run(async () => {
    const { parent } = context.model.tree;
    if (!parent) throw noParent();
    if (dryRun) return { ...parent, state: 'LEFT' };
    return context.write(async (tx) => {
      const stored = await parentIn(tx);
      if (!stored) throw noParent();
      // A leave is meant: the parent before does not come back.
      const left = { ...stored, replaces: '' };
      return endParent(inputs, tx, left, { reason: '', keep: items === 'KEEP' });
    });
  });
}

/** The parent does not have this node as a child any more; what the link does on `NOT_A_CHILD`. */
export function leaveAfterRemoval(
  inputs: MembershipInputs,
  parentNodeId: string,
  { keepsItems }: { readonly keepsItems: boolean },
): Promise<void> {
  const { context, relations } = inputs;
  return relations.run(() =>
    context.write(async (tx) => {
      const parent = await tx.get('parent', parentNodeId);
      if (!parent || parent.state === 'LEFT') return;
      const reason = `${parent.name} does not have this SMP as a child.`;
      await endParent(inputs, tx, parent, { reason, keep: keepsItems });
      // It knows already.
      tx.remove('parent', parentNodeId);
      context.logger.warn({ parent: parent.name }, reason);
    }),
  );
}

/** Tells a parent that this node has left it, and forgets it. Throws what kept it from being told. */
export async function deliverLeave(inputs: MembershipInputs, left: Parent): Promise<void> {
  const { identity, model } = inputs.context;
  await inputs.contact.prove(left.url, left.nodeId);
  const { publicKey } = identity;
  const { nodeId: parentNodeId, tokenId } = left;
  const facts = { parentNodeId, childGuid: model.smp.id, publicKey, tokenId };
  const signature = identity.sign(leaveStatement(facts));
  await inputs.contact.leave(left.url, { ...facts, signature });
  await forgetLeft(inputs, left);
}

export function forgetLeft(
  { context, relations }: MembershipInputs,
  { nodeId, tokenId }: Parent,
): Promise<void> {
  return relations.run(() =>
    context.write(async (tx) => {
      const stored = await tx.get('parent', nodeId);
      if (stored?.state === 'LEFT' && stored.tokenId === tokenId) tx.remove('parent', nodeId);
    }),
  );
}

const noParent = (): CanopyError =>
  new CanopyError('NOT_FOUND', 'This SMP has no parent.', {
    hint: 'See its place in the tree: canopy hierarchy list',
  });

/**
 * Removes a child, also while it is down: it hears of it when it asks the next time. Throws
 * `NOT_FOUND`.
 */
export async function removeChild(
  { context, tokens, relations }: MembershipInputs,
  childId: Guid,
  { items, dryRun }: LeaveOptions,
): Promise<Child> {
  return relations.run(async () => {
    const { value: child } = await context.store.transact((tx) =>
      requireItem(tx, 'child', childId, ['childId']),
    );
    const nowMs = context.clock.nowMs();
    const keepsItems = items === 'KEEP';
    const removed = { ...child, state: 'REMOVED', keepsItems, sinceMs: nowMs } as const;
    if (dryRun) return removed;
    // The token first: with it the child would be admitted again.
    await tokens.remove(child.tokenId);
    return context.write(async (tx) => {
      const stored = await requireItem(tx, 'child', childId, ['childId']);
      const item: Child = {
        ...stored,
        state: 'REMOVED',
        keepsItems,
        sinceMs: nowMs,
        deadlineAtMs: nowMs + NOTICE_LIFE_MS,
      };
      tx.put('child', item);
      await sayGone(tx, context, item.nodeId);
      return item;
    });
  });
}

/** The child is none any more, and knows it. */
export function forgetChild(
  { context, tokens, relations }: MembershipInputs,
  { id, tokenId }: Child,
): Promise<void> {
  return relations.run(async () => {
    await tokens.remove(tokenId);
    await context.write(async (tx) => {
      const stored = await tx.get('child', id);
      if (stored?.tokenId !== tokenId) return;
      await sayGone(tx, context, stored.nodeId);
      tx.remove('child', id);
    });
  });
}

/**
 * A child says that it has left. May be repeated. One of an earlier join than the present one ends
 * nothing. Throws `MALFORMED_REQUEST` for one that its sender did not sign.
 */
export async function takeLeave(inputs: MembershipInputs, notice: LeaveNotice): Promise<void> {
  const { context } = inputs;
  const { publicKey, parentNodeId, childGuid, tokenId, signature } = notice;
  const isOurs = parentNodeId === context.identity.nodeId;
  if (!isOurs || !verifyStatement(publicKey, leaveStatement(notice), signature)) {
    throw new CanopyError(
      'MALFORMED_REQUEST',
      'The notice is not signed by the key that it names, or is for another SMP.',
      { path: ['signature'] },
    );
  }
  const known = context.model.tree.child(childGuid);
  if (known?.nodeId !== nodeIdOf(publicKey) || known.tokenId !== tokenId) return;
  await forgetChild(inputs, known);
  context.logger.info({ child: known.name }, 'a child left');
}
