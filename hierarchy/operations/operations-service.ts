import { requireRole, type Principal } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Job, Jobs } from '../../catalog/jobs.ts';
import type { Rejection } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import {
  confirmHeldDeletions,
  heldDeletions,
  type HeldDeletionsChoice,
} from '../replication/held-deletions.ts';
import { enableReplication } from './enable-replication.ts';
import { neighbourOf } from './neighbours.ts';
import type { ReplicationMode } from './replicate-now.ts';
import { updateChild, type ChildChange } from './update-child.ts';

export interface OperationsInputs {
  readonly context: CatalogContext;
  readonly jobs: Pick<Jobs, 'enqueue'>;
}

/**
 * What people do with replication. Reading needs a viewer, the daily work an operator, and what a
 * child gets an administrator.
 */
export function operationsFor(
  { context, jobs }: OperationsInputs,
  current: () => Principal | undefined,
) {
  const { model } = context;
  return {
    /** Items of the parent's that this node could not take over, by package. */
    get rejections(): readonly Rejection[] {
      requireRole(current(), 'VIEWER');
      return [...model.tree.rejections()];
    },
    get heldDeletions(): readonly Rejection[] {
      requireRole(current(), 'VIEWER');
      return heldDeletions(context);
    },
    async confirmHeldDeletions(choice: HeldDeletionsChoice) {
      requireRole(current(), 'OPERATOR');
      return confirmHeldDeletions(context, choice);
    },
    async updateChild(childId: Guid, change: ChildChange) {
      requireRole(current(), 'ADMIN');
      return updateChild(context, childId, change);
    },
    async enableReplication(choice: Parameters<typeof enableReplication>[1]) {
      requireRole(current(), 'OPERATOR');
      return enableReplication(context, choice);
    },
    /** With one neighbour, or with every child. Throws `NOT_FOUND`. */
    async replicateNow(mode: ReplicationMode, neighbour: string | undefined): Promise<Job> {
      requireRole(current(), 'OPERATOR');
      const found = neighbour === undefined ? undefined : neighbourOf(model, neighbour);
      const subjectId = found?.kind === 'PARENT' ? found.parent.guid : found?.child.id;
      return jobs.enqueue(`${mode}_REPLICATION`, subjectId);
    },
  };
}
