import { OVER } from '../../core/over.ts';
import type { Person } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import { isCanopyError } from '../../core/errors.ts';
import type { OperationAnswer } from '../link/link-protocol.ts';
import { signAssertion } from './assertion.ts';
import { branchOperation, branchParts, relayedState, type BranchPart } from './branch-operation.ts';
import type { KnownNode } from './known-tree.ts';
import type { ChildOperations, RunLocally } from './remote-ports.ts';
import type { StartGate } from './start-gate.ts';
import type { BranchSelection } from './take-branches.ts';
import { hopBudgetMs, type Deadline } from './time-budget.ts';

export type RemoteStatus = 'OK' | 'STALE' | 'UNREACHABLE' | 'DENIED' | 'TIMEOUT';

/** How a node answered, or why it did not. */
export interface RemoteAnswer {
  readonly status: RemoteStatus;
  readonly error: string | undefined;
  /** By response key; empty unless the status is `OK`. */
  readonly parts: ReadonlyMap<string, BranchPart>;
  readonly prunedFields: readonly string[];
}

/** One question to a node. */
export interface RemoteQuestion {
  /** `undefined`: nothing but whether it can be reached. */
  readonly selection: BranchSelection | undefined;
  /** The values as the caller sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly deadline: Deadline;
  readonly timeoutMs: number;
}

export interface Asking {
  readonly context: Pick<CatalogContext, 'identity' | 'clock' | 'random' | 'logger'>;
  readonly children: ChildOperations;
  readonly runLocally: RunLocally;
  readonly gate: StartGate;
}

type Outcome = OperationAnswer | 'UNREACHABLE' | 'TIMEOUT';

/** Asks a node for a selection. Never rejects because of the other node. */
export async function askNode(
  asking: Asking,
  { node, principal, question }: { node: KnownNode; principal: Person; question: RemoteQuestion },
): Promise<RemoteAnswer> {
  const { selection, variables, deadline } = question;
  if (!selection) return node.isReachable ? nothing('OK') : away(node);
  const { via } = node;
  const { clock } = asking.context;
  const dueMs = clock.monotonicMs() + hopBudgetMs(deadline.leftMs(), question.timeoutMs);
  const leftMs = (): number => Math.floor(dueMs - clock.monotonicMs());
  if (!via) {
    const operation = branchOperation(selection, variables);
    const answer = await within(asking, leftMs(), (signal) =>
      asking
        .runLocally({ ...operation, principal, timeoutMs: leftMs(), signal })
        .then((local) => ({ id: '', status: 'OK' as const, ...local })),
    );
    return read(node, selection, answer);
  }
  if (via.state !== 'JOINED' || !asking.children.isOpen(via.id)) return away(node);
  const answer = await within(asking, leftMs(), (signal) =>
    asking.gate.run(async () => {
      const timeoutMs = leftMs();
      if (timeoutMs <= 0) return 'TIMEOUT';
      const relay = node.depth > 1 ? { nodeId: node.nodeId, timeoutMs } : undefined;
      const operation = branchOperation(selection, variables, relay);
      return asking.children.delegate(
        via.id,
        signed(asking, { operation, principal, targetNodeId: via.nodeId }),
        timeoutMs,
        signal,
      );
    }),
  );
  return read(node, selection, answer);
}

function signed(
  { context: { identity, clock, random } }: Asking,
  {
    operation,
    principal,
    targetNodeId,
  }: {
    readonly operation: ReturnType<typeof branchOperation>;
    readonly principal: Person;
    readonly targetNodeId: string;
  },
) {
  const assertion = signAssertion(identity, {
    user: principal.name,
    role: principal.role,
    targetNodeId,
    operation,
    nowMs: clock.nowMs(),
  });
  return { id: random.guid(), ...operation, assertion };
}

/** What `work` answers within the time, whether or not it heeds the signal. */
async function within(
  { context: { clock, logger } }: Asking,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome | string[]> {
  if (timeoutMs <= 0) return 'TIMEOUT';
  const over = new AbortController();
  const late = clock.sleep(timeoutMs, over.signal).then(() => 'TIMEOUT' as const);
  const answer = work(over.signal);
  late.catch(() => undefined);
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    if (isCanopyError(error)) return [error.message];
    logger.error({ err: error }, 'another SMP could not be asked');
    return ['It could not be asked; the log of this SMP says why.'];
  } finally {
    over.abort(OVER);
  }
}

function read(
  node: KnownNode,
  selection: BranchSelection,
  answer: Outcome | string[],
): RemoteAnswer {
  if (answer === 'TIMEOUT') return nothing('TIMEOUT', `${node.name} did not answer in time.`);
  if (answer === 'UNREACHABLE') return away(node);
  if (Array.isArray(answer)) return { ...away(node), error: answer[0] };
  const isRelayed = node.depth > 1;
  if (answer.status === 'DENIED') {
    const message = answer.errors[0]?.message ?? 'It does not say why.';
    const where = isRelayed ? `${node.via?.name}, which is on the way: ` : '';
    return nothing('DENIED', `${where}${message}`);
  }
  const prunedFields = [...answer.prunedFields];
  if (isRelayed) {
    const state = relayedState(answer.data);
    if (!state) return { ...away(node), error: answer.errors[0]?.message, prunedFields };
    prunedFields.push(...((state.prunedFields as string[] | undefined) ?? []));
    if (state.status !== 'OK') {
      const error = (state.error as string | null) ?? undefined;
      return { ...nothing(state.status as RemoteStatus, error), prunedFields };
    }
  }
  const parts = branchParts(selection, answer, isRelayed);
  return { status: 'OK', error: undefined, parts, prunedFields };
}

function nothing(status: RemoteStatus, error?: string): RemoteAnswer {
  return { status, error, parts: new Map(), prunedFields: [] };
}

function away({ name, summary, via }: KnownNode): RemoteAnswer {
  const error = via?.state === 'JOINING' ? `${via.name} has not joined yet.` : undefined;
  return nothing(summary ? 'STALE' : 'UNREACHABLE', error ?? `${name} is not connected.`);
}
