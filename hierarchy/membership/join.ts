import {
  parseEnrollmentToken,
  proofUnder,
  type EnrollmentToken,
} from '../../core/enrollment-token.ts';
import type { ConflictChoice, Parent } from '../../catalog/tree-model.ts';
import { CanopyError, isCanopyError, refuseProblems, type Problem } from '../../core/errors.ts';
import { toGuid } from '../../core/guid.ts';
import type { AdmitAnswer } from './admission.ts';
import { admitRequest } from './admit-request.ts';
import { childChecks, parentSaid, type ParentSaid } from './child-checks.ts';
import { provenLineage } from './confirm.ts';
import { isInTheWay, problemsOf, type JoinCheck } from './join-check.ts';
import { deliverLeave } from './leave.ts';
import { endParent, NOTICE_LIFE_MS, parentIn, type MembershipInputs } from './relations.ts';

export interface JoinInput {
  readonly parentUrl: string;
  /** `canopyjoin1.…`; its secret is never sent. */
  readonly token: string;
  /** What happens with local packages that have the GUID of one of the parent's. */
  readonly onConflict: ConflictChoice;
  /** Join without a package server in the site of either; packages then never move. */
  readonly metadataOnly: boolean;
  /** Node id that the root must have; empty: any. */
  readonly expectRoot: string;
  /** Leave the present parent for this one, in one step. */
  readonly replaceParent: boolean;
  readonly dryRun: boolean;
}

export interface JoinOutcomeReport {
  /** Every check, of both sides. */
  readonly checks: readonly JoinCheck[];
  /** `undefined` for a dry run. */
  readonly parent: Parent | undefined;
}

/**
 * Joins this SMP to a parent, or tells what would keep it from joining. All checks run on both
 * sides before anything is stored. The join is stored as `JOINING` before the parent is asked, so
 * that whatever is lost from there on heals by itself (see `MembershipKeeper`).
 * Throws `INVALID_INPUT` for text that is no token, and one error with a problem for each check that
 * failed; then nothing is left of the join.
 */
export async function joinHierarchy(
  inputs: MembershipInputs,
  input: JoinInput,
): Promise<JoinOutcomeReport> {
  const token = parseEnrollmentToken(input.token);
  await inputs.limitJoins();
  const { said, answer, url, checks } = await checkBoth(inputs, input, token);
  if (input.dryRun) return { checks, parent: undefined };
  refuse(checks);
  await deliverPendingLeave(inputs, said!.nodeId);
  const joining = joiningParent(inputs, input, { token, said: said!, answer: answer!, url });
  await store(inputs, joining, answer!);
  const { parent, refusal } = await askUnlessUnheard(inputs, joining);
  refuseProblems(refusal);
  return { checks, parent };
}

/** Whether the parent heard an admission is not known after an error: the keeper asks until it is. */
async function askUnlessUnheard(
  inputs: MembershipInputs,
  joining: Parent,
): Promise<AdmissionOutcome> {
  try {
    return await askForAdmission(inputs, joining);
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    inputs.context.logger.warn({ err: error, parent: joining.name }, 'the admission is repeated');
    return { parent: joining, refusal: [] };
  }
}

interface Findings {
  readonly url: string;
  readonly said: ParentSaid | undefined;
  readonly answer: AdmitAnswer | undefined;
  readonly checks: readonly JoinCheck[];
}

async function checkBoth(
  inputs: MembershipInputs,
  input: JoinInput,
  token: EnrollmentToken,
): Promise<Findings> {
  const contacted = await parentSaid(inputs, input, token);
  return { ...contacted, checks: childChecks(inputs, input, token, contacted) };
}

/** Throws one error that lists every failed check. */
function refuse(checks: readonly JoinCheck[]): void {
  refuseProblems(problemsOf(checks));
  if (!checks.some(isInTheWay)) return;
  throw new CanopyError('INTERNAL', 'A check of the join could not run, without a reason.');
}

function joiningParent(
  { context }: MembershipInputs,
  input: JoinInput,
  found: {
    readonly token: EnrollmentToken;
    readonly said: ParentSaid;
    readonly answer: AdmitAnswer;
    readonly url: string;
  },
): Parent {
  const { token, said, answer, url } = found;
  const { clock, random } = context;
  const nowMs = clock.nowMs();
  const challenge = Buffer.from(random.bytes(32)).toString('base64url');
  const tokenId = toGuid(token.tokenId);
  const joining: Parent = {
    nodeId: said.nodeId,
    guid: answer.smp.guid,
    name: answer.smp.name,
    url,
    publicKey: said.publicKey,
    state: 'JOINING',
    tokenId,
    admission: { challenge, proof: '' },
    replaces: context.model.tree.parent?.nodeId ?? '',
    reason: '',
    deadlineAtMs: nowMs + answer.expiresInMs,
    sinceMs: nowMs,
    metadataOnly: input.metadataOnly,
    onConflict: input.onConflict,
    expectedRootNodeId: input.expectRoot,
    lineage: answer.lineage,
    membership: '',
    replicationEnabled: true,
  };
  const { statement } = admitRequest(context, joining, { dryRun: false });
  return { ...joining, admission: { challenge, proof: proofUnder(token.secret, statement) } };
}

/** A leave that the same parent was not told of would be lost behind the new join. */
async function deliverPendingLeave(inputs: MembershipInputs, nodeId: string): Promise<void> {
  const left = inputs.context.model.tree.leftParents.find((parent) => parent.nodeId === nodeId);
  if (left) await deliverLeave(inputs, left);
}

/** Puts the parent before in the background, and this one in its place. */
function store(
  { context, relations, localizeItems }: MembershipInputs,
  joining: Parent,
  { lineage }: AdmitAnswer,
): Promise<void> {
  return relations.run(() =>
    context.write(async (tx) => {
      const child = await tx.get('child', joining.guid);
      if (child && child.state !== 'REMOVED') {
        throw new CanopyError('LOOP', `${joining.name} is a child of this SMP.`);
      }
      const before = await parentIn(tx);
      if ((before?.nodeId ?? '') !== joining.replaces) {
        throw new CanopyError(
          'SECOND_PARENT',
          `This SMP has the parent ${before?.name ?? '–'} now.`,
        );
      }
      if (before) {
        const nowMs = context.clock.nowMs();
        const deadlineAtMs = nowMs + NOTICE_LIFE_MS;
        tx.put('parent', { ...before, state: 'LEFT', sinceMs: nowMs, deadlineAtMs });
        const isSameTree = before.lineage[0]?.nodeId === lineage[0]!.nodeId;
        if (!isSameTree) await localizeItems(tx, { keep: true });
      }
      tx.put('parent', joining);
      // A cursor of an earlier membership says nothing of what came from elsewhere since.
      tx.remove('feedPosition', `DOWN/${joining.nodeId}`);
    }),
  );
}

/** The parent as it is stored, and why it refused; empty unless it did. */
export interface AdmissionOutcome {
  readonly parent: Parent;
  readonly refusal: readonly Problem[];
}

/**
 * Asks the parent of a stored join to admit this node, once. A refusal ends the join; an error
 * leaves it as it was.
 */
export async function askForAdmission(
  inputs: MembershipInputs,
  joining: Parent,
): Promise<AdmissionOutcome> {
  const { context, contact } = inputs;
  await contact.prove(joining.url, joining.nodeId);
  const { request } = admitRequest(context, joining, { dryRun: false });
  const answer = await contact.admit(joining.url, request);
  if (answer.membership === '') {
    const refusal = refusalOf(joining, answer);
    await endJoin(inputs, joining, refusal[0]!.message, 'REFUSED');
    return { parent: joining, refusal };
  }
  provenLineage(inputs, joining, answer);
  const { lineage, membership } = answer;
  const parent = await inputs.relations.run(() =>
    context.write(async (tx) => {
      const stored = await tx.get('parent', joining.nodeId);
      // Left or joined meanwhile: what was decided then holds.
      if (stored?.state !== 'JOINING' || stored.tokenId !== joining.tokenId)
        return stored ?? joining;
      const admitted = { ...stored, lineage, membership };
      tx.put('parent', admitted);
      return admitted;
    }),
  );
  return { parent, refusal: [] };
}

function refusalOf({ name }: Parent, { checks }: AdmitAnswer): readonly Problem[] {
  const problems = problemsOf(checks);
  if (problems.length > 0) return problems;
  const message = `${name} refused the join and did not say why.`;
  return [{ code: 'ENROLLMENT_REFUSED', message, path: ['token'] }];
}

/** Gives a join up. Unless the parent refused it is told, for it may have admitted this node. */
export function endJoin(
  inputs: MembershipInputs,
  joining: Parent,
  reason: string,
  because: 'REFUSED' | 'OVERDUE',
): Promise<void> {
  const { context, relations } = inputs;
  return relations.run(() =>
    context.write(async (tx) => {
      const stored = await tx.get('parent', joining.nodeId);
      if (stored?.state !== 'JOINING' || stored.tokenId !== joining.tokenId) return;
      await endParent(inputs, tx, stored, { reason, keep: true });
      if (because === 'REFUSED') tx.remove('parent', stored.nodeId);
    }),
  );
}
