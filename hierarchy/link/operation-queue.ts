import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import type { ChildLinkEvent, DelegatedOperation, OperationAnswer } from './link-protocol.ts';

/** Operations that one child may have to answer at a time. */
export const OPERATIONS_IN_FLIGHT = 32;
const BUSY_RETRY_MS = 1_000;

/** An answer, or why there is none. */
export type OperationOutcome = OperationAnswer | 'UNREACHABLE' | 'TIMEOUT';

export type OperationRequest = Omit<DelegatedOperation, 'timeoutMs'>;

interface Pending {
  readonly request: OperationRequest;
  readonly dueMs: number;
  wasSent: boolean;
  readonly settle: (outcome: OperationOutcome) => void;
}

/** Operations on their way to one child and back, over one link. */
export class OperationQueue {
  private readonly clock: Clock;
  private readonly ring: () => void;
  private readonly pending = new Map<string, Pending>();
  private readonly cancelled: string[] = [];
  private isClosed = false;

  constructor(clock: Clock, ring: () => void) {
    this.clock = clock;
    this.ring = ring;
  }

  /**
   * Resolves with the answer, `TIMEOUT` after `timeoutMs`, or `UNREACHABLE` when the link ends
   * first. Rejects with the signal's reason, and with `BUSY` when the child has too many already.
   */
  async ask(
    request: OperationRequest,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OperationOutcome> {
    signal.throwIfAborted();
    if (this.isClosed) return 'UNREACHABLE';
    if (this.pending.size >= OPERATIONS_IN_FLIGHT) {
      throw new CanopyError('BUSY', 'The child SMP has too many questions to answer already.', {
        retryAfterMs: BUSY_RETRY_MS,
      });
    }
    const answered = Promise.withResolvers<OperationOutcome>();
    const dueMs = this.clock.monotonicMs() + timeoutMs;
    this.pending.set(request.id, { request, dueMs, wasSent: false, settle: answered.resolve });
    this.ring();
    const cancel = this.clock.after(timeoutMs, () => answered.resolve('TIMEOUT'));
    const giveUp = (): void => answered.reject(signal.reason);
    signal.addEventListener('abort', giveUp);
    try {
      return await answered.promise;
    } finally {
      cancel();
      signal.removeEventListener('abort', giveUp);
      this.drop(request.id);
    }
  }

  /** Events that are to be sent now. */
  take(): ChildLinkEvent[] {
    const nowMs = this.clock.monotonicMs();
    const cancels = this.cancelled
      .splice(0)
      .map((operationId) => ({ kind: 'CANCEL' as const, operationId }));
    const fresh = [...this.pending.values()].filter(({ wasSent }) => !wasSent);
    const operations = fresh.map((entry) => {
      entry.wasSent = true;
      const timeoutMs = Math.max(0, Math.floor(entry.dueMs - nowMs));
      return { kind: 'OPERATION' as const, operation: { ...entry.request, timeoutMs } };
    });
    return [...cancels, ...operations];
  }

  /** An answer that nobody waits for any more is dropped. */
  answer(answer: OperationAnswer): void {
    const pending = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    pending?.settle(answer);
  }

  close(): void {
    this.isClosed = true;
    for (const { settle } of this.pending.values()) settle('UNREACHABLE');
    this.pending.clear();
  }

  private drop(id: string): void {
    const left = this.pending.get(id);
    if (!left) return;
    this.pending.delete(id);
    if (!left.wasSent) return;
    this.cancelled.push(id);
    this.ring();
  }
}
