import { requireRole, type Principal } from '../../catalog/authority.ts';
import { checkTokenLife, issueToken } from '../../catalog/enrollment-tokens.ts';
import { InputCheck } from '../../catalog/validation.ts';
import type { Child, Parent } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import { joinHierarchy, type JoinInput } from './join.ts';
import { leaveHierarchy, removeChild, type ItemsChoice } from './leave.ts';
import type { MembershipInputs } from './relations.ts';

/** Joining, leaving and removing as one principal may do it. Reading needs a viewer, the rest an administrator. */
export function membershipFor(inputs: MembershipInputs, current: () => Principal | undefined) {
  const { context } = inputs;
  const admin = (): void => void requireRole(current(), 'ADMIN');
  return {
    /** The parent that this SMP has or is joining. */
    get parent(): Parent | undefined {
      requireRole(current(), 'VIEWER');
      return context.model.tree.parent;
    },
    /** Parents that were left and have not been told yet. */
    get leftParents(): readonly Parent[] {
      requireRole(current(), 'VIEWER');
      return context.model.tree.leftParents;
    },
    /** By name. */
    get children(): readonly Child[] {
      requireRole(current(), 'VIEWER');
      return [...context.model.tree.children()].sort((left, right) =>
        left.name < right.name ? -1 : left.name > right.name ? 1 : 0,
      );
    },
    async createChildToken(expiresInMinutes: number) {
      admin();
      const check = new InputCheck();
      checkTokenLife(check, expiresInMinutes);
      check.refuse();
      const subject = { kind: 'CHILD', packageServerId: undefined } as const;
      return issueToken(inputs, subject, expiresInMinutes);
    },
    async join(input: JoinInput) {
      admin();
      const { parentUrl, dryRun } = input;
      context.logger.info({ parentUrl, dryRun }, 'a join was asked for');
      return joinHierarchy(inputs, input);
    },
    async leave(options: { readonly items: ItemsChoice; readonly dryRun: boolean }) {
      admin();
      return leaveHierarchy(inputs, options);
    },
    async remove(
      childId: Guid,
      options: { readonly items: ItemsChoice; readonly dryRun: boolean },
    ) {
      admin();
      return removeChild(inputs, childId, options);
    },
  };
}
