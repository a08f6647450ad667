import type { Person } from '../../catalog/authority.ts';
import type { Guid } from '../../core/guid.ts';
import type { DelegatedOperation, OperationAnswer } from '../link/link-protocol.ts';

/** The links of the children, as tree queries use them. */
export interface ChildOperations {
  isOpen(childId: Guid): boolean;
  /**
   * Has a child answer an operation. Resolves with `TIMEOUT` after `timeoutMs` and with
   * `UNREACHABLE` when its link ends first or is not open. Rejects with the signal's reason, and
   * with `BUSY` when the child has too much to answer already.
   */
  delegate(
    childId: Guid,
    operation: Omit<DelegatedOperation, 'timeoutMs'>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OperationAnswer | 'UNREACHABLE' | 'TIMEOUT'>;
}

export type AnswerError = OperationAnswer['errors'][number];

/** A query that this node answers itself. */
export interface LocalOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly principal: Person;
  readonly timeoutMs: number;
  /** Ends when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface LocalAnswer {
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly errors: readonly AnswerError[];
  /** `Type.field` and `Type.field(argument:)` that this node does not have. */
  readonly prunedFields: readonly string[];
}

/**
 * Executes a query on this node's own schema under its own limits. What is wrong with the query is
 * in the answer; anything but a query is refused there.
 */
export type RunLocally = (operation: LocalOperation) => Promise<LocalAnswer>;
