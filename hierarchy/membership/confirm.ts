import { notAChild } from '../../catalog/authority.ts';
import type { Ancestor, Child, Parent } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import { nodeIdOf } from '../../core/identity.ts';
import type { Standing } from '../link/link-protocol.ts';
import { compareNext } from '../replication/compare-next.ts';
import { chainFault, lineageFault } from '../statements/lineage.ts';
import { endParent, type MembershipInputs } from './relations.ts';

/** What the link of a child says of the child itself. */
export interface ChildFacts {
  readonly name: string;
  readonly url: string;
}

/**
 * The child said hello over its link: it has joined. Answers it as it is now. Throws `NOT_A_CHILD`
 * for one that is not here, is removed, or whose join was given up; that is final.
 */
export async function confirmChild(
  { context, relations }: MembershipInputs,
  childId: Guid,
  facts?: ChildFacts,
): Promise<Child> {
  return relations.run(() =>
    context.write(async (tx) => {
      const child = await tx.get('child', childId);
      const nowMs = context.clock.nowMs();
      const isOver = child?.state === 'JOINING' && child.deadlineAtMs <= nowMs;
      if (!child || child.state === 'REMOVED' || isOver) {
        throw notAChild(child?.name ?? childId, context.model.smp.name);
      }
      const joined: Child = {
        ...child,
        ...facts,
        state: 'JOINED',
        sinceMs: child.state === 'JOINED' ? child.sinceMs : nowMs,
      };
      tx.put('child', joined);
      return joined;
    }),
  );
}

/**
 * `MOVED`: joined, below other nodes than before. Who owns what may have changed with that, so
 * everything has to be compared; until it is, the node's cursor is empty.
 */
export type ParentOutcome = 'JOINED' | 'MOVED' | 'LEFT';

/**
 * The parent spoke over the link: this node has joined it, with this lineage. Called again whenever
 * the standing changed. Answers `LEFT` when this node left instead: because the root is another one
 * than was expected, or because it stands above itself and has the greatest node id of the loop, so
 * that exactly one node leaves. Throws `LINEAGE_INVALID` for one that proves nothing, and
 * `NOT_A_CHILD` when this node has no such parent any more.
 */
export async function confirmParent(
  inputs: MembershipInputs,
  parentNodeId: string,
  standing: Standing,
): Promise<ParentOutcome> {
  const { context, relations } = inputs;
  return relations.run(() =>
    context.write(async (tx) => {
      const parent = await tx.get('parent', parentNodeId);
      if (!parent || parent.state === 'LEFT') {
        throw notAChild(context.model.smp.name, parent?.name ?? parentNodeId);
      }
      const lineage = provenLineage(inputs, parent, standing);
      const reason = reasonToLeave(inputs, parent, lineage);
      if (reason !== undefined) {
        context.logger.warn({ parent: parent.name, reason }, 'this SMP left the hierarchy');
        await endParent(inputs, tx, parent, { reason, keep: true });
        return 'LEFT';
      }
      tx.put('parent', {
        ...parent,
        name: standing.lineage.at(-1)!.name,
        state: 'JOINED',
        admission: undefined,
        replaces: '',
        sinceMs: parent.state === 'JOINED' ? parent.sinceMs : context.clock.nowMs(),
        lineage: lineage.ancestors,
        membership: standing.membership,
      });
      if (isSameLine(parent.lineage, lineage.ancestors)) return 'JOINED';
      await compareNext(tx, parentNodeId, context.clock.nowMs());
      return 'MOVED';
    }),
  );
}

function isSameLine(left: readonly Ancestor[], right: readonly Ancestor[]): boolean {
  const spelled = (line: readonly Ancestor[]): string => line.map(({ nodeId }) => nodeId).join();
  return spelled(left) === spelled(right);
}

interface Proven {
  /** Above this node; in a loop only those between this node and itself. */
  readonly ancestors: readonly Ancestor[];
  readonly isLoop: boolean;
}

/** Throws `LINEAGE_INVALID`. */
export function provenLineage(
  { context: { identity, model } }: Pick<MembershipInputs, 'context'>,
  parent: Pick<Parent, 'nodeId' | 'name'>,
  { lineage, membership }: Pick<Standing, 'lineage' | 'membership'>,
): Proven {
  const end = { nodeId: identity.nodeId, guid: model.smp.id, membership };
  const own = lineage.findLastIndex(({ nodeId }) => nodeId === identity.nodeId);
  const ancestors = lineage.slice(own + 1);
  // In a loop this node itself is where the chain begins: it has to have signed for the next one.
  const fault =
    lineage.at(-1)?.nodeId === parent.nodeId
      ? own < 0
        ? lineageFault(ancestors, end)
        : chainFault(lineage.slice(own), end)
      : `It does not end with ${parent.name}.`;
  if (fault === undefined) return { ancestors, isLoop: own >= 0 };
  throw new CanopyError(
    'LINEAGE_INVALID',
    `The lineage that ${parent.name} told is void: ${fault}`,
  );
}

function reasonToLeave(
  { context: { identity } }: MembershipInputs,
  parent: Parent,
  { ancestors, isLoop }: Proven,
): string | undefined {
  if (isLoop) {
    // The others keep what they have, so that the loop opens at one place.
    const isGreatest = ancestors.every(({ nodeId }) => nodeId < identity.nodeId);
    return isGreatest
      ? 'It stood above itself: the joins of several SMPs closed a loop.'
      : undefined;
  }
  const root = ancestors[0]!;
  const expected = parent.expectedRootNodeId;
  if (expected === '' || root.nodeId === expected) return undefined;
  return `The root is ${root.name} (${root.nodeId}); ${expected} was expected.`;
}

/** Why what a parent says of its own place cannot be true; `undefined` when it proves it. */
export function provenLineageFault(
  parentNodeId: string,
  lineage: readonly Ancestor[],
): string | undefined {
  const parent = lineage.at(-1);
  if (parent?.nodeId !== parentNodeId) return 'it does not end with the parent.';
  if (nodeIdOf(parent.publicKey) !== parentNodeId) return 'the key of the parent is another one.';
  return chainFault(lineage.slice(0, -1), parent);
}
