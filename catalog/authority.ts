import { CanopyError } from '../core/errors.ts';

export type Role = 'VIEWER' | 'OPERATOR' | 'ADMIN';

/** Who a request acts for. */
export interface Principal {
  readonly name: string;
  readonly role: Role;
}

const RANK: { readonly [R in Role]: number } = { VIEWER: 1, OPERATOR: 2, ADMIN: 3 };

/** Throws `UNAUTHENTICATED` without a principal and `FORBIDDEN` below `role`. */
export function requireRole(principal: Principal | undefined, role: Role): void {
  if (!principal) {
    throw new CanopyError('UNAUTHENTICATED', 'A bearer token is needed.', {
      hint: 'Send "Authorization: Bearer <token>"; the first token is in admin.token in the data directory.',
    });
  }
  if (RANK[principal.role] < RANK[role]) {
    throw new CanopyError(
      'FORBIDDEN',
      `This needs the role ${role}; the token "${principal.name}" has ${principal.role}.`,
      { hint: 'Ask an administrator for a token with that role (createApiToken).' },
    );
  }
}
