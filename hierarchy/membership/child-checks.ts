import type { ReadModel } from '../../catalog/read-model.ts';
import { isCanopyError, type CanopyError } from '../../core/errors.ts';
import { proofUnder, type EnrollmentToken } from '../../core/enrollment-token.ts';
import { parseGuid } from '../../core/guid.ts';
import type { ProvenNode } from '../../core/prove-node.ts';
import { MAX_PACKAGES_COMPARED, type AdmitAnswer, type PackageTwin } from './admission.ts';
import { admitRequest, ownPackages } from './admit-request.ts';
import { provenLineageFault } from './confirm.ts';
import type { JoinInput } from './join.ts';
import { advice, joinCheck, type JoinCheck, type JoinCheckCode } from './join-check.ts';
import { parentUrlCheck } from './parent-url.ts';
import type { MembershipInputs } from './relations.ts';
import { siteChecks } from './site-checks.ts';

export type ParentSaid = Pick<ProvenNode, 'nodeId' | 'publicKey'>;

/** What was heard of the parent, as far as one came. */
export interface Contacted {
  readonly url: string;
  readonly urlCheck: JoinCheck;
  readonly said: ParentSaid | undefined;
  readonly answer: AdmitAnswer | undefined;
  /** What ended it. */
  readonly error: CanopyError | undefined;
}

/** Asks the parent for its side of the checks, once it has proven who it is. */
export async function parentSaid(
  { context, contact }: MembershipInputs,
  input: JoinInput,
  token: EnrollmentToken,
): Promise<Contacted> {
  const { url, check: urlCheck } = parentUrlCheck(input.parentUrl);
  const nothing = { url, urlCheck, said: undefined, answer: undefined, error: undefined };
  if (urlCheck.outcome === 'FAILED' || token.smpNodeId === context.identity.nodeId) return nothing;
  let said: ParentSaid | undefined;
  try {
    said = await contact.prove(url, token.smpNodeId);
    const tokenId = parseGuid(token.tokenId);
    if (tokenId === undefined) return { ...nothing, said };
    const challenge = Buffer.from(context.random.bytes(32)).toString('base64url');
    const { nodeId } = said;
    const asking = {
      nodeId,
      tokenId,
      admission: { challenge, proof: '' },
      metadataOnly: input.metadataOnly,
    };
    const { statement, request } = admitRequest(context, asking, { dryRun: true });
    const proof = proofUnder(token.secret, statement);
    return { ...nothing, said, answer: await contact.admit(url, { ...request, proof }) };
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    return { ...nothing, said, error };
  }
}

/** The checks of both sides, in the order of `JOIN_CHECKS`. */
export function childChecks(
  inputs: MembershipInputs,
  input: JoinInput,
  token: EnrollmentToken,
  contacted: Contacted,
): JoinCheck[] {
  const { model } = inputs.context;
  return [
    contacted.urlCheck,
    ...contactChecks(contacted, token),
    selfCheck(inputs, token),
    parentCheck(model, input, token),
    loopCheck(model, token),
    cloneCheck(model, contacted.answer),
    ...siteChecks(model, 'CHILD', input.metadataOnly),
    conflictCheck(inputs, input, contacted.answer),
    rootCheck(inputs, input, contacted),
    ...parentsOwn(contacted),
  ];
}

const NOT_RUN = 'Needs an answer of the parent.';
/** What only the parent can tell. */
const OF_PARENT = [
  'ENROLLMENT_REFUSED',
  'LOOP',
  'CLONE',
  'SMP_NOT_IN_A_SITE',
  'PACKAGE_SERVER_NOT_IN_SMP_SITE',
] as const satisfies readonly JoinCheckCode[];

/** The parent's own checks; its commands are to be run against it. */
function parentsOwn({ answer, url }: Contacted): JoinCheck[] {
  if (!answer) return OF_PARENT.map((code) => joinCheck(code, 'PARENT', 'NOT_RUN', NOT_RUN));
  const checks = answer.checks.map((check) => ({
    ...check,
    cures: check.cures.map((cure) => ({
      ...cure,
      command: cure.command === '' ? '' : `${cure.command} --server ${url}`,
    })),
  }));
  const missing = OF_PARENT.filter((code) => !checks.some((check) => check.code === code));
  return [
    ...checks,
    ...missing.map((code) =>
      joinCheck(code, 'PARENT', 'NOT_RUN', 'Needs a token that the parent knows.'),
    ),
  ];
}

function contactChecks(
  { said, answer, error, url, urlCheck }: Contacted,
  token: EnrollmentToken,
): JoinCheck[] {
  const code = error && FAULT_OF[error.code];
  const of = (own: JoinCheckCode, passed: string, isPassed: boolean): JoinCheck => {
    if (code === own || (own === 'PARENT_UNREACHABLE' && error && code === undefined)) {
      return joinCheck(own, 'BOTH', 'FAILED', error!.message, CURES[own]?.(url) ?? []);
    }
    return joinCheck(own, 'BOTH', isPassed ? 'PASSED' : 'NOT_RUN', isPassed ? passed : NOT_RUN);
  };
  const isReached = said !== undefined || code !== undefined;
  if (urlCheck.outcome === 'FAILED') {
    return (['PARENT_UNREACHABLE', 'NODE_KEY_MISMATCH'] as const).map((own) =>
      joinCheck(own, 'BOTH', 'NOT_RUN', 'Needs an address that may be used.'),
    );
  }
  const protocol = of('PROTOCOL_UNSUPPORTED', '', false);
  return [
    of('PARENT_UNREACHABLE', `${url} answers.`, isReached),
    of('NODE_KEY_MISMATCH', `${url} proved to be ${token.smpNodeId}.`, said !== undefined),
    // The parent compares the versions itself once it was asked.
    ...(answer && answer.checks.some((check) => check.code === protocol.code) ? [] : [protocol]),
  ];
}

const FAULT_OF: { readonly [code: string]: JoinCheckCode } = {
  NODE_KEY_MISMATCH: 'NODE_KEY_MISMATCH',
  PROTOCOL_UNSUPPORTED: 'PROTOCOL_UNSUPPORTED',
};

const CURES: { readonly [C in JoinCheckCode]?: (url: string) => JoinCheck['cures'] } = {
  PARENT_UNREACHABLE: (url) => [
    {
      text: 'Check that the parent runs and that this host reaches it.',
      mutation: '',
      command: `canopy status --server ${url}`,
    },
  ],
  NODE_KEY_MISMATCH: (url) => [
    {
      text: 'Use the address of the SMP that made the token, or a token of the one at this address.',
      mutation:
        'mutation { createEnrollmentToken(input: {kind: CHILD}) { token userErrors { message } } }',
      command: `canopy hierarchy token create --server ${url}`,
    },
  ],
  PROTOCOL_UNSUPPORTED: () => [advice('Update the older of the two.')],
};

function selfCheck({ context }: MembershipInputs, token: EnrollmentToken): JoinCheck {
  const isSelf = token.smpNodeId === context.identity.nodeId;
  return isSelf
    ? joinCheck('SAME_NODE', 'CHILD', 'FAILED', 'The token is one of this SMP itself.', [
        advice('Create the token on the SMP that is to be the parent.'),
      ])
    : joinCheck('SAME_NODE', 'CHILD', 'PASSED', 'The parent is another SMP.');
}

function parentCheck(model: ReadModel, input: JoinInput, token: EnrollmentToken): JoinCheck {
  const { parent } = model.tree;
  if (!parent) return joinCheck('SECOND_PARENT', 'CHILD', 'PASSED', 'This SMP has no parent.');
  const isSame = parent.nodeId === token.smpNodeId;
  if (input.replaceParent && parent.state === 'JOINED' && !isSame) {
    const text = `The parent ${parent.name} will be replaced.`;
    return joinCheck('SECOND_PARENT', 'CHILD', 'PASSED', text);
  }
  const doing = parent.state === 'JOINING' ? 'is joining' : 'is a child of';
  return joinCheck('SECOND_PARENT', 'CHILD', 'FAILED', `This SMP ${doing} ${parent.name}.`, [
    {
      text: 'Leave it first, or replace it in one step (replaceParent).',
      mutation: 'mutation { leaveHierarchy(input: {items: KEEP}) { userErrors { message } } }',
      command: 'canopy hierarchy leave',
    },
  ]);
}

function loopCheck(model: ReadModel, token: EnrollmentToken): JoinCheck {
  const child = model.tree.childByNodeId(token.smpNodeId);
  if (!child || child.state === 'REMOVED') {
    return joinCheck('LOOP', 'CHILD', 'PASSED', 'The parent is no child of this SMP.');
  }
  return joinCheck('LOOP', 'CHILD', 'FAILED', `${child.name} is a child of this SMP.`, [
    {
      text: `Remove ${child.name} first.`,
      mutation: `mutation { removeChild(input: {childId: "${child.id}", items: KEEP}) { userErrors { message } } }`,
      command: `canopy hierarchy remove ${child.id}`,
    },
  ]);
}

function cloneCheck(model: ReadModel, answer: AdmitAnswer | undefined): JoinCheck {
  if (!answer) return joinCheck('CLONE', 'CHILD', 'NOT_RUN', NOT_RUN);
  const { guid, name } = answer.smp;
  const isClone = guid === model.smp.id;
  return isClone
    ? joinCheck('CLONE', 'CHILD', 'FAILED', `${name} has the GUID of this SMP: one is a copy.`, [
        advice('Set one of the two up anew, with an empty data directory.'),
      ])
    : joinCheck('CLONE', 'CHILD', 'PASSED', `${name} has a GUID of its own.`);
}

const SHOWN = 20;

function conflictCheck(
  { context }: MembershipInputs,
  { onConflict }: JoinInput,
  answer: AdmitAnswer | undefined,
): JoinCheck {
  const code = 'PACKAGE_CONFLICT';
  if (!answer) return joinCheck(code, 'BOTH', 'NOT_RUN', NOT_RUN);
  const { twins } = answer;
  if (twins.length === 0) {
    const own = ownPackages(context).length;
    if (own <= MAX_PACKAGES_COMPARED) {
      return joinCheck(
        code,
        'BOTH',
        'PASSED',
        'No local package has the GUID of one of the parent.',
      );
    }
    const text = `Only ${MAX_PACKAGES_COMPARED} of ${own} local packages were compared; none has the GUID of one of the parent.`;
    return joinCheck(code, 'BOTH', 'WARNING', text);
  }
  const shown = twins.slice(0, SHOWN).map((twin) => preview(context.model, twin));
  const more = twins.length > SHOWN ? `, and ${twins.length - SHOWN} more` : '';
  const list = `${shown.join(', ')}${more}`;
  if (onConflict === 'ADOPT') {
    return joinCheck(code, 'BOTH', 'WAIVED', `The first replication overwrites: ${list}.`);
  }
  if (onConflict === 'KEEP_LOCAL') {
    return joinCheck(code, 'BOTH', 'WAIVED', `These stay as they are here: ${list}.`);
  }
  const text = `The first replication would overwrite ${twins.length} local package(s): ${list}.`;
  return joinCheck(code, 'BOTH', 'FAILED', text, [
    advice('Join with onConflict: ADOPT (--on-conflict adopt) to take over those of the parent.'),
    advice(
      'Join with onConflict: KEEP_LOCAL (--on-conflict keep-local) to keep those of this SMP.',
    ),
  ]);
}

function preview(model: ReadModel, twin: PackageTwin): string {
  const own = model.package(twin.id);
  return `${own?.name ?? twin.id} (version ${own?.internalVersion ?? 0}) by ${twin.name} (version ${twin.internalVersion})`;
}

function rootCheck(
  inputs: MembershipInputs,
  { expectRoot }: JoinInput,
  { answer, said }: Contacted,
): JoinCheck {
  const code = 'ROOT_NOT_EXPECTED';
  if (!answer || !said) return joinCheck(code, 'CHILD', 'NOT_RUN', NOT_RUN);
  const fault = provenLineageFault(said.nodeId, answer.lineage);
  if (fault)
    return joinCheck(code, 'CHILD', 'FAILED', `The lineage of the parent is void: ${fault}`);
  const root = answer.lineage[0]!;
  const text = `The root is ${root.name} (${root.nodeId})`;
  if (expectRoot === '' || expectRoot === root.nodeId) {
    return joinCheck(code, 'CHILD', 'PASSED', `${text}.`);
  }
  return joinCheck(code, 'CHILD', 'FAILED', `${text}; ${expectRoot} was expected.`, [
    advice('Make sure whose tree this is; then give its node id as expectRoot, or none.'),
  ]);
}
