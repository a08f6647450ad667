import type { ErrorCode, Problem } from '../../core/errors.ts';

/** What a join is checked for, by the fault that each check looks for; in the order they are shown. */
export const JOIN_CHECKS = {
  URL_NOT_ALLOWED: 'The address of the parent may not be used.',
  PARENT_UNREACHABLE: 'Nothing answers there as an SMP does.',
  NODE_KEY_MISMATCH: 'Another SMP answers there than the token is of.',
  PROTOCOL_UNSUPPORTED: 'The two speak different versions of the protocol.',
  SAME_NODE: 'An SMP cannot be its own parent.',
  SECOND_PARENT: 'This SMP has a parent already.',
  ENROLLMENT_REFUSED: 'The token is unknown, used, expired or not for a child.',
  LOOP: 'The parent is below the child.',
  CLONE: 'Another SMP has the same GUID or the same key.',
  SMP_NOT_IN_A_SITE: 'No address of the SMP is in a subnet of a site.',
  PACKAGE_SERVER_NOT_IN_SMP_SITE: 'No package server serves a site of the SMP (KB 184143).',
  PACKAGE_CONFLICT: 'Local packages have the GUID of one of the parent.',
  ROOT_NOT_EXPECTED: 'The root of the tree is another one than expected.',
  MANY_CHILDREN: 'The parent has more children than are recommended.',
  DEEP_TREE: 'The tree has more tiers than are recommended.',
} as const;

export type JoinCheckCode = keyof typeof JOIN_CHECKS;

/** Where the cause, and so the cure, is. */
export type JoinSide = 'CHILD' | 'PARENT' | 'BOTH';

/**
 * `WAIVED`: a fault that the operator chose to live with. `WARNING`: an advice. `NOT_RUN`: another
 * fault has to be cured first. Only `FAILED` and `NOT_RUN` keep a join from being done.
 */
export type JoinOutcome = 'PASSED' | 'FAILED' | 'WAIVED' | 'WARNING' | 'NOT_RUN';

/** One step that takes a fault away. */
export interface Cure {
  /** What it does, in one sentence. */
  readonly text: string;
  /** The GraphQL mutation with its values; empty when none does it. */
  readonly mutation: string;
  /** The same on the command line; empty when none does it. */
  readonly command: string;
}

export interface JoinCheck {
  readonly code: JoinCheckCode;
  readonly side: JoinSide;
  readonly outcome: JoinOutcome;
  /** What was found, in one sentence that names the values. */
  readonly text: string;
  /** In the order they are to be done; empty unless there is something to cure. */
  readonly cures: readonly Cure[];
}

export const joinCheck = (
  code: JoinCheckCode,
  side: JoinSide,
  outcome: JoinOutcome,
  text: string,
  cures: readonly Cure[] = [],
): JoinCheck => ({ code, side, outcome, text, cures });

/** A cure that is done outside of Canopy. */
export const advice = (text: string): Cure => ({ text, mutation: '', command: '' });

export function isInTheWay({ outcome }: JoinCheck): boolean {
  return outcome === 'FAILED' || outcome === 'NOT_RUN';
}

/** The checks that keep a join from being done, as problems of the input. Advices never fail. */
export function problemsOf(checks: readonly JoinCheck[]): Problem[] {
  const failed = checks.filter(({ outcome }) => outcome === 'FAILED');
  return failed.map(({ code, side, text, cures }) => {
    const hint = cures.map((cure) => (cure.command ? `${cure.text} ${cure.command}` : cure.text));
    return {
      code: code as ErrorCode,
      message: side === 'PARENT' ? `At the parent: ${text}` : text,
      path: PATHS[code] ?? [],
      ...(hint.length === 0 ? {} : { hint: hint.join('; ') }),
    };
  });
}

const PATHS: { readonly [C in JoinCheckCode]?: readonly string[] } = {
  URL_NOT_ALLOWED: ['parentUrl'],
  PARENT_UNREACHABLE: ['parentUrl'],
  NODE_KEY_MISMATCH: ['parentUrl'],
  ENROLLMENT_REFUSED: ['token'],
  PACKAGE_CONFLICT: ['onConflict'],
  ROOT_NOT_EXPECTED: ['expectRoot'],
  SECOND_PARENT: ['replaceParent'],
};
