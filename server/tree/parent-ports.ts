import { isCanopyError } from '../../core/errors.ts';
import { takeRaises } from '../../hierarchy/convergence/take-raises.ts';
import type { ParentCrossing } from '../../hierarchy/crossing/parent-crossing.ts';
import type { ChildSessions } from '../../hierarchy/link/child-sessions.ts';
import type { ParentPorts } from '../../hierarchy/link/parent-ports.ts';
import { confirmParent } from '../../hierarchy/membership/confirm.ts';
import { leaveAfterRemoval } from '../../hierarchy/membership/leave.ts';
import type { MembershipInputs } from '../../hierarchy/membership/relations.ts';
import type { TreeReplica } from '../../hierarchy/replication/replica.ts';

export interface ParentPortsParts {
  readonly membership: MembershipInputs;
  readonly sessions: Pick<ChildSessions, 'restart'>;
  readonly replica: TreeReplica;
  readonly execute: ParentPorts['execute'];
  readonly crossing: ParentCrossing;
}

/** What this server does with what its parent says, part by part. */
export function parentPortsOf({
  membership,
  sessions,
  replica,
  execute,
  crossing,
}: ParentPortsParts): ParentPorts {
  return {
    replica,
    async confirmParent(parent, standing) {
      replica.deletePolicy = standing.deletePolicy;
      return confirmParent(membership, parent.nodeId, standing);
    },
    async raise(raises) {
      const { context } = membership;
      for (const nodeId of await takeRaises(context, raises)) {
        const child = context.model.tree.childByNodeId(nodeId);
        if (child) sessions.restart(child, 'an SMP there is known in another place.');
      }
    },
    crossing: (door) => crossing.connected(door),
    execute,
    async notAChild(parent, keepsItems = true) {
      try {
        await leaveAfterRemoval(membership, parent.nodeId, { keepsItems });
      } catch (error) {
        if (!isCanopyError(error) || error.code !== 'NOT_FOUND') throw error;
      }
    },
  };
}
