import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';

export type Role = 'VIEWER' | 'OPERATOR' | 'ADMIN';

/** Somebody, or a program of somebody's, with a bearer token. */
export interface Person {
  readonly name: string;
  readonly role: Role;
}

/** An enrolled package server that signs its requests. It may speak of itself and nothing else. */
export interface PackageServerPrincipal {
  readonly name: string;
  readonly role: 'PACKAGE_SERVER';
  readonly packageServerId: Guid;
  /** The key that it signed with. */
  readonly publicKey: string;
}

/** An SMP below this one that signs its requests. It may use its link and nothing else. */
export interface ChildPrincipal {
  readonly name: string;
  readonly role: 'CHILD';
  readonly childId: Guid;
  /** The key that it signed with. */
  readonly publicKey: string;
}

/** A machine that signs instead of bearing a token. */
export type NodePrincipal = PackageServerPrincipal | ChildPrincipal;

/** Who a request acts for. */
export type Principal = Person | NodePrincipal;

const RANK: { readonly [R in Role]: number } = { VIEWER: 1, OPERATOR: 2, ADMIN: 3 };

/**
 * The person behind a request. Throws `UNAUTHENTICATED` without a principal and `FORBIDDEN` below
 * `role` and for nodes.
 */
export function requireRole(principal: Principal | undefined, role: Role): Person {
  requirePrincipal(principal);
  if (principal.role === 'PACKAGE_SERVER' || principal.role === 'CHILD') {
    const what = principal.role === 'CHILD' ? 'SMP' : 'package server';
    throw new CanopyError(
      'FORBIDDEN',
      `The ${what} "${principal.name}" may only open its link and report.`,
      { hint: 'Use a bearer token for everything else.' },
    );
  }
  if (RANK[principal.role] >= RANK[role]) return principal;
  throw new CanopyError(
    'FORBIDDEN',
    `This needs the role ${role}; the token "${principal.name}" has ${principal.role}.`,
    { hint: 'Ask an administrator for a token with that role (createApiToken).' },
  );
}

/** Throws `UNAUTHENTICATED` without a principal and `FORBIDDEN` for a person. */
export function requirePackageServer(principal: Principal | undefined): PackageServerPrincipal {
  requirePrincipal(principal);
  if (principal.role === 'PACKAGE_SERVER') return principal;
  throw new CanopyError('FORBIDDEN', 'Only an enrolled package server may do this, for itself.', {
    hint: 'Package servers sign their requests; see docs/protocol.md.',
  });
}

/** Throws `UNAUTHENTICATED` without a principal and `FORBIDDEN` for anybody but a child SMP. */
export function requireChild(principal: Principal | undefined): ChildPrincipal {
  requirePrincipal(principal);
  if (principal.role === 'CHILD') return principal;
  throw new CanopyError('FORBIDDEN', 'Only a child of this SMP may do this, for itself.', {
    hint: 'Children sign their requests; see docs/protocol.md.',
  });
}

/** The refusal of an SMP that is no child of another. Final: who gets it stops asking, and leaves. */
export function notAChild(childName: string, parentName: string): CanopyError {
  return new CanopyError('NOT_A_CHILD', `The SMP ${childName} is not a child of ${parentName}.`, {
    hint: 'It leaves by itself; join it again with a new token if it is to belong there.',
  });
}

/** Throws `UNAUTHENTICATED` when nobody has signed in. */
export function requirePrincipal(principal: Principal | undefined): asserts principal is Principal {
  if (principal) return;
  throw new CanopyError('UNAUTHENTICATED', 'A bearer token is needed.', {
    hint: 'Send "Authorization: Bearer <token>"; the first token is in admin.token in the data directory.',
  });
}
