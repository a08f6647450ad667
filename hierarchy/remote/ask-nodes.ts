import type { Person } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { atMost } from '../../core/at-most.ts';
import { isCanopyError } from '../../core/errors.ts';
import { OVER } from '../../core/over.ts';
import type { DelegatedOperation, OperationAnswer } from '../link/link-protocol.ts';
import { signAssertion } from './assertion.ts';
import {
  branchParts,
  branchQuery,
  relayedStates,
  type AnswerPath,
  type BranchPart,
  type BranchQuery,
} from './branch-operation.ts';
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

/** One question to any number of nodes. */
export interface RemoteQuestion {
  /** `undefined`: nothing but whether they can be reached. */
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

/** How a branch answered; as a list, why it could not be asked. */
type Outcome = OperationAnswer | 'UNREACHABLE' | 'TIMEOUT' | string[];
type Query = Pick<DelegatedOperation, 'query' | 'variables'>;

/**
 * Asks nodes for a selection: this node itself, and each child once for all that are in its branch,
 * which does the same with those below it. Answers in the order of `nodes`; never rejects because of
 * another node.
 */
export function askNodes(
  asking: Asking,
  { nodes, ...by }: { nodes: readonly KnownNode[]; principal: Person; question: RemoteQuestion },
): Promise<RemoteAnswer>[] {
  const { selection } = by.question;
  if (!selection) {
    return nodes.map(async (node) => (node.isReachable ? nothing('OK') : away(node)));
  }
  const asker = new Asker(asking, { ...by, selection });
  const branches = Map.groupBy(nodes, ({ via }) => via?.id);
  const answers = new Map([...branches].map(([id, branch]) => [id, asker.ask(branch)]));
  return nodes.map(async (node) => (await answers.get(node.via?.id)!)(node));
}

/** One question by one person, on its way to several branches. */
class Asker {
  private readonly asking: Asking;
  private readonly selection: BranchSelection;
  private readonly principal: Person;
  private readonly question: RemoteQuestion;
  private readonly queries = new Map<boolean, BranchQuery>();
  private readonly dueMs: number;

  constructor(
    asking: Asking,
    {
      selection,
      principal,
      question,
    }: { selection: BranchSelection; principal: Person; question: RemoteQuestion },
  ) {
    const { deadline, timeoutMs } = question;
    this.asking = asking;
    this.selection = selection;
    this.principal = principal;
    this.question = question;
    this.dueMs = asking.context.clock.monotonicMs() + hopBudgetMs(deadline.leftMs(), timeoutMs);
  }

  /** Asks nodes that are behind the same child, or this one itself; answers what each of them said. */
  async ask(branch: readonly KnownNode[]): Promise<(node: KnownNode) => RemoteAnswer> {
    const { via } = branch[0]!;
    const isRelayed = branch.some(({ depth }) => depth > 1);
    const outcome = await (via ? this.askBranch(via, branch, isRelayed) : this.askHere());
    if (typeof outcome === 'string' || Array.isArray(outcome) || outcome.status === 'DENIED') {
      return (node) => refused(node, outcome);
    }
    if (!isRelayed) return () => this.answered(outcome, []);
    const states = relayedStates(outcome.data);
    return (node) => this.relayed(node, outcome, states);
  }

  private async askBranch(
    via: Child,
    branch: readonly KnownNode[],
    isRelayed: boolean,
  ): Promise<Outcome> {
    const { children, gate } = this.asking;
    if (via.state !== 'JOINED' || !children.isOpen(via.id)) return 'UNREACHABLE';
    const nodeIds = branch.map(({ nodeId }) => nodeId);
    return this.within((signal) =>
      gate.run(async () => {
        const timeoutMs = this.leftMs();
        if (timeoutMs <= 0) return 'TIMEOUT';
        const relay = isRelayed ? { nodeIds, timeoutMs } : undefined;
        const { query, variables } = this.queryFor(isRelayed);
        const operation = { query, variables: variables(this.question.variables, relay) };
        return children.delegate(via.id, this.signed(operation, via.nodeId), timeoutMs, signal);
      }),
    );
  }

  private async askHere(): Promise<Outcome> {
    const { principal, question } = this;
    const { query, variables } = this.queryFor(false);
    const operation = { query, variables: variables(question.variables), principal };
    return this.within(async (signal) => {
      const timeoutMs = this.leftMs();
      const local = await this.asking.runLocally({ ...operation, timeoutMs, signal });
      return { id: '', status: 'OK', ...local };
    });
  }

  private relayed(
    node: KnownNode,
    outcome: OperationAnswer,
    states: ReturnType<typeof relayedStates>,
  ): RemoteAnswer {
    const { state, path } = states.get(node.nodeId) ?? {};
    const prunedFields = [...outcome.prunedFields, ...(state?.prunedFields ?? [])];
    if (!state || !path) return { ...away(node, outcome.errors[0]?.message), prunedFields };
    if (state.status === 'OK') return { ...this.answered(outcome, path), prunedFields };
    return { ...nothing(state.status as RemoteStatus, state.error ?? undefined), prunedFields };
  }

  private answered(outcome: OperationAnswer, path: AnswerPath): RemoteAnswer {
    const { prunedFields } = outcome;
    const parts = branchParts(this.selection, outcome, path);
    return { status: 'OK', error: undefined, parts, prunedFields };
  }

  private queryFor(isRelayed: boolean): BranchQuery {
    const known = this.queries.get(isRelayed) ?? branchQuery(this.selection, isRelayed);
    this.queries.set(isRelayed, known);
    return known;
  }

  private signed(operation: Query, targetNodeId: string): Omit<DelegatedOperation, 'timeoutMs'> {
    const { identity, clock, random } = this.asking.context;
    const { name: user, role } = this.principal;
    const nowMs = clock.nowMs();
    const assertion = signAssertion(identity, { user, role, targetNodeId, operation, nowMs });
    return { id: random.guid(), ...operation, assertion };
  }

  private leftMs(): number {
    return Math.floor(this.dueMs - this.asking.context.clock.monotonicMs());
  }

  /** What `work` answers within the time, whether or not it heeds the signal. */
  private async within(work: (signal: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    const { clock, logger } = this.asking.context;
    const timeoutMs = this.leftMs();
    if (timeoutMs <= 0) return 'TIMEOUT';
    const over = new AbortController();
    const late = () => {
      over.abort(OVER);
      return 'TIMEOUT' as const;
    };
    try {
      return await atMost(clock, { timeoutMs, work: work(over.signal), late });
    } catch (error) {
      if (isCanopyError(error)) return [error.message];
      logger.error({ err: error }, 'another SMP could not be asked');
      return ['It could not be asked; the log of this SMP says why.'];
    }
  }
}

/** For each node of a branch that did not answer. */
function refused(node: KnownNode, outcome: Outcome): RemoteAnswer {
  if (outcome === 'TIMEOUT') return nothing('TIMEOUT', `${node.name} did not answer in time.`);
  if (outcome === 'UNREACHABLE') return away(node);
  if (Array.isArray(outcome)) return away(node, outcome[0]);
  const message = outcome.errors[0]?.message ?? 'It does not say why.';
  const where = node.depth > 1 ? `${node.via?.name}, which is on the way: ` : '';
  return nothing('DENIED', `${where}${message}`);
}

function nothing(status: RemoteStatus, error?: string): RemoteAnswer {
  return { status, error, parts: new Map(), prunedFields: [] };
}

function away({ name, summary, via }: KnownNode, reason?: string): RemoteAnswer {
  const joining = via?.state === 'JOINING' ? `${via.name} has not joined yet.` : undefined;
  const error = reason ?? joining ?? `${name} is not connected.`;
  return nothing(summary ? 'STALE' : 'UNREACHABLE', error);
}
