import { isEd25519, isProven, type EnrollmentToken } from '../../catalog/enrollment-tokens.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { CanopyError } from '../../core/errors.ts';
import { parseGuid } from '../../core/guid.ts';
import { nodeIdOf, verifyStatement } from '../../core/identity.ts';
import { PROTOCOL_VERSION } from '../../core/product.ts';
import { membershipStatement } from '../statements/lineage.ts';
import {
  admitStatement,
  type AdmitAnswer,
  type AdmitRequest,
  type PackageTwin,
} from './admission.ts';
import { isInTheWay, joinCheck, type Cure, type JoinCheck } from './join-check.ts';
import { lineageOf } from '../link/standing.ts';
import type { MembershipInputs } from './relations.ts';
import { siteChecks } from './site-checks.ts';

/**
 * The parent's side of a join: all its checks, and unless it is a dry run or one is in the way, the
 * child is admitted and the token used up. The same child with the same token gets the same answer
 * for as long as it is a child, whatever the checks would say by then. A refusal is an answer
 * without membership. Throws `MALFORMED_REQUEST` for a request that its sender did not sign.
 */
export async function admit(inputs: MembershipInputs, request: AdmitRequest): Promise<AdmitAnswer> {
  requireSigned(inputs, request);
  return inputs.relations.run(async () => {
    const token = await provenToken(inputs, request);
    if (!token) return answerOf(inputs, request, [unknownToken()], 0);
    const { model } = inputs.context;
    const known = model.tree.child(request.childGuid);
    if (known && isSameJoin(known, request)) {
      const leftMs = Math.max(0, known.deadlineAtMs - inputs.context.clock.nowMs());
      return answerOf(inputs, request, [], leftMs, known.membership);
    }
    const checks = [tokenCheck(inputs, token, request), ...parentChecks(inputs, request)];
    const twins = twinsOf(inputs, request);
    const leftMs = Math.max(0, token.expiresAtMs - inputs.context.clock.nowMs());
    if (request.dryRun || checks.some(isInTheWay)) {
      return { ...answerOf(inputs, request, checks, leftMs), twins };
    }
    const child = await takeIn(inputs, token, request);
    if (!child) return answerOf(inputs, request, [usedToken()], 0);
    return { ...answerOf(inputs, request, checks, leftMs, child.membership), twins };
  });
}

function requireSigned({ context }: MembershipInputs, request: AdmitRequest): void {
  const { publicKey, signature, parentNodeId } = request;
  const isOurs = parentNodeId === context.identity.nodeId;
  if (
    isOurs &&
    isEd25519(publicKey) &&
    verifyStatement(publicKey, admitStatement(request), signature)
  ) {
    return;
  }
  throw new CanopyError(
    'MALFORMED_REQUEST',
    'The admission is not signed by the key that it names, or is for another SMP.',
    { path: ['signature'] },
  );
}

async function provenToken(
  { context, tokens }: MembershipInputs,
  request: AdmitRequest,
): Promise<EnrollmentToken | undefined> {
  const id = parseGuid(request.tokenId);
  const token = id && (await tokens.get(id));
  const statement = admitStatement(request);
  return token && isProven(context.identity, token, statement, request.proof) ? token : undefined;
}

const isSameJoin = (child: Child, { publicKey, tokenId }: AdmitRequest): boolean =>
  child.publicKey === publicKey && child.tokenId === tokenId && child.state !== 'REMOVED';

function answerOf(
  { context: { model, identity } }: MembershipInputs,
  _request: AdmitRequest,
  checks: readonly JoinCheck[],
  expiresInMs: number,
  membership = '',
): AdmitAnswer {
  const { id: guid, name } = model.smp;
  const lineage = lineageOf(model, identity);
  return { smp: { guid, name }, lineage, checks, twins: [], expiresInMs, membership };
}

const newToken: Cure = {
  text: 'Create a new token for a child.',
  mutation:
    'mutation { createEnrollmentToken(input: {kind: CHILD}) { token expiresAt userErrors { message } } }',
  command: 'canopy hierarchy token create',
};

const tokenFault = (text: string): JoinCheck =>
  joinCheck('ENROLLMENT_REFUSED', 'PARENT', 'FAILED', text, [newToken]);
const unknownToken = (): JoinCheck =>
  tokenFault('The token is not known here, or the proof does not match it.');
const usedToken = (): JoinCheck => tokenFault('The token was used already.');

function tokenCheck(
  { context }: MembershipInputs,
  token: EnrollmentToken,
  { publicKey }: AdmitRequest,
): JoinCheck {
  if (token.kind !== 'CHILD') return tokenFault('The token is for a package server.');
  if (token.expiresAtMs <= context.clock.nowMs()) return tokenFault('The token has expired.');
  if (token.usedBy !== undefined && token.usedBy !== publicKey) return usedToken();
  return joinCheck('ENROLLMENT_REFUSED', 'PARENT', 'PASSED', 'The token is good.');
}

const RECOMMENDED_CHILDREN = 6;
const RECOMMENDED_TIERS = 2;

function parentChecks(inputs: MembershipInputs, request: AdmitRequest): JoinCheck[] {
  const { model } = inputs.context;
  return [
    protocolCheck(request),
    loopCheck(inputs, request),
    cloneCheck(inputs, request),
    ...siteChecks(model, 'PARENT', request.metadataOnly),
    ...shapeAdvice(inputs, request),
  ];
}

function protocolCheck({ protocolVersion }: AdmitRequest): JoinCheck {
  const isSame = protocolVersion === PROTOCOL_VERSION;
  const text = isSame
    ? `Both speak version ${PROTOCOL_VERSION} of the protocol.`
    : `The child speaks version ${protocolVersion} of the protocol, the parent ${PROTOCOL_VERSION}.`;
  return joinCheck('PROTOCOL_UNSUPPORTED', 'BOTH', isSame ? 'PASSED' : 'FAILED', text, [
    ...(isSame ? [] : [{ text: 'Update the older of the two.', mutation: '', command: '' }]),
  ]);
}

function loopCheck({ context }: MembershipInputs, request: AdmitRequest): JoinCheck {
  const { parent } = context.model.tree;
  const childNodeId = nodeIdOf(request.publicKey);
  const above = [...(parent ? [parent] : []), ...(parent?.lineage ?? [])];
  if (!above.some(({ nodeId }) => nodeId === childNodeId)) {
    return joinCheck('LOOP', 'PARENT', 'PASSED', `${request.name} is not above the parent.`);
  }
  const text = `${request.name} is above ${context.model.smp.name}, or is to be.`;
  return joinCheck('LOOP', 'PARENT', 'FAILED', text, [
    {
      text: 'Let this SMP leave its parent first.',
      mutation: 'mutation { leaveHierarchy(input: {items: KEEP}) { userErrors { message } } }',
      command: 'canopy hierarchy leave',
    },
  ]);
}

function cloneCheck({ context }: MembershipInputs, request: AdmitRequest): JoinCheck {
  const { tree, smp } = context.model;
  const sameGuid = tree.child(request.childGuid);
  const sameKey = tree.childByNodeId(nodeIdOf(request.publicKey));
  const isOther =
    (sameGuid && sameGuid.publicKey !== request.publicKey) ||
    (sameKey && sameKey.id !== request.childGuid) ||
    smp.id === request.childGuid;
  if (!isOther) return joinCheck('CLONE', 'PARENT', 'PASSED', 'Its GUID and key are its own.');
  const id = sameGuid?.id ?? sameKey?.id;
  const name = sameGuid?.name ?? sameKey?.name ?? smp.name;
  const text = `${name} has the same GUID or the same key as ${request.name}: one is a copy.`;
  return joinCheck('CLONE', 'PARENT', 'FAILED', text, [
    ...(id === undefined
      ? []
      : [
          {
            text: `Remove ${name} if it was replaced.`,
            mutation: `mutation { removeChild(input: {childId: "${id}", items: KEEP}) { userErrors { message } } }`,
            command: `canopy hierarchy remove ${id}`,
          },
        ]),
  ]);
}

/** The vendor's limits (KB 185262) are advices: each tier serves the next by the same rule. */
function shapeAdvice({ context }: MembershipInputs, request: AdmitRequest): JoinCheck[] {
  const { model, identity } = context;
  const others = [...model.tree.children()].filter(
    ({ state, id }) => state !== 'REMOVED' && id !== request.childGuid,
  );
  const children = others.length + 1;
  const tiers = lineageOf(model, identity).length + 1 + (request.hasChildren ? 1 : 0);
  return [
    joinCheck(
      'MANY_CHILDREN',
      'PARENT',
      children > RECOMMENDED_CHILDREN ? 'WARNING' : 'PASSED',
      `${model.smp.name} will have ${count(children, 'child', 'children')}; up to ${RECOMMENDED_CHILDREN} are recommended.`,
    ),
    joinCheck(
      'DEEP_TREE',
      'BOTH',
      tiers > RECOMMENDED_TIERS ? 'WARNING' : 'PASSED',
      `The tree will have at least ${tiers} tiers here; up to ${RECOMMENDED_TIERS} are recommended.`,
    ),
  ];
}

const count = (number: number, one: string, many: string): string =>
  `${number} ${number === 1 ? one : many}`;

function twinsOf({ context }: MembershipInputs, request: AdmitRequest): PackageTwin[] {
  return request.packageIds
    .map((id) => context.model.package(id))
    .filter((item) => item !== undefined)
    .map(({ id, name, internalVersion }) => ({ id, name, internalVersion }));
}

/** Uses the token up and stores the child; `undefined` when another key was faster. */
async function takeIn(
  { context, tokens }: MembershipInputs,
  token: EnrollmentToken,
  request: AdmitRequest,
): Promise<Child | undefined> {
  const { identity, clock } = context;
  const { childGuid, publicKey, name, url, metadataOnly } = request;
  const nowMs = clock.nowMs();
  if (!(await tokens.use(token.id, publicKey, nowMs))) return undefined;
  const childNodeId = nodeIdOf(publicKey);
  const statement = membershipStatement({ parentNodeId: identity.nodeId, childNodeId, childGuid });
  return context.write(async (tx) => {
    const before = await tx.get('child', childGuid);
    const child: Child = {
      rule: { kind: 'EVERYTHING' },
      ruleRevision: 1,
      deletePolicy: 'ALL',
      replicationEnabled: true,
      ...before,
      id: childGuid,
      nodeId: childNodeId,
      publicKey,
      name,
      url,
      state: 'JOINING',
      tokenId: token.id,
      deadlineAtMs: token.expiresAtMs,
      sinceMs: nowMs,
      membership: identity.sign(statement),
      metadataOnly,
      keepsItems: true,
    };
    tx.put('child', child);
    return child;
  });
}
