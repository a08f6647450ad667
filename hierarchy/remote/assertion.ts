import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '../../core/canonical-json.ts';
import { verifyStatement, type NodeIdentity } from '../../core/identity.ts';
import type { Assertion, DelegatedOperation } from '../link/link-protocol.ts';

/** An assertion may be valid for so long at most, whatever it says. */
const ASSERTION_LIFE_MAX_MS = 60_000;
/** Longer than any answer is waited for; the rest is for clocks that disagree. */
const ASSERTION_LIFE_MS = 30_000;

type Operation = Pick<DelegatedOperation, 'query' | 'variables'>;

/** Says who asks this of the target; valid for half a minute. */
export function signAssertion(
  identity: NodeIdentity,
  asked: {
    readonly user: string;
    readonly role: Assertion['role'];
    readonly targetNodeId: string;
    readonly operation: Operation;
    readonly nowMs: number;
  },
): Assertion {
  const { user, role, targetNodeId, operation, nowMs } = asked;
  const unsigned = {
    askerNodeId: identity.nodeId,
    user,
    role,
    operationHash: hashOf(operation),
    targetNodeId,
    expiresAtMs: nowMs + ASSERTION_LIFE_MS,
  };
  return { ...unsigned, signature: identity.sign(assertionStatement(unsigned)) };
}

/**
 * Why an assertion does not entitle anybody to this operation; `undefined` when it does.
 * `ancestorKey` answers the key of a node in the proven line above this one, and `askerTimeMs` is
 * the time by the clock that the assertion was made with.
 */
export function assertionFault(
  { query, variables, assertion }: Pick<DelegatedOperation, 'query' | 'variables' | 'assertion'>,
  at: {
    readonly nodeId: string;
    readonly askerTimeMs: number;
    readonly ancestorKey: (nodeId: string) => string | undefined;
  },
): string | undefined {
  const { signature, ...unsigned } = assertion;
  const key = at.ancestorKey(assertion.askerNodeId);
  if (key === undefined) return `${assertion.askerNodeId} is not above this SMP.`;
  if (!verifyStatement(key, assertionStatement(unsigned), signature)) {
    return `${assertion.askerNodeId} did not sign who asks.`;
  }
  if (assertion.targetNodeId !== at.nodeId) return 'The question was meant for another SMP.';
  if (assertion.operationHash !== hashOf({ query, variables })) {
    return 'The question is not the one that was signed.';
  }
  const leftMs = assertion.expiresAtMs - at.askerTimeMs;
  if (leftMs <= 0) return 'The question is too old.';
  if (leftMs > ASSERTION_LIFE_MAX_MS) return 'The question claims to be valid for too long.';
  return undefined;
}

function assertionStatement(unsigned: Omit<Assertion, 'signature'>): Json {
  const { askerNodeId, user, role, operationHash, targetNodeId, expiresAtMs } = unsigned;
  return {
    kind: 'assertion',
    askerNodeId,
    user,
    role,
    operationHash,
    targetNodeId,
    expiresAtMs,
  };
}

function hashOf({ query, variables }: Operation): string {
  return createHash('sha256')
    .update(canonicalJson({ query, variables: variables as { readonly [key: string]: Json } }))
    .digest('hex');
}
