import type { Clock } from '../../core/clock.ts';

/** What a node keeps for itself to put answers together and send them. */
const HOP_MARGIN_MS = 100;
/** Of a short time the margin is a part, so that something is left for the next hop. */
const HOP_MARGIN_PART = 0.2;

/** Until when an operation is to be answered. */
export interface Deadline {
  /** Negative when it is over. */
  leftMs(): number;
}

export function deadlineAfter(clock: Clock, timeoutMs: number): Deadline {
  const dueMs = clock.monotonicMs() + timeoutMs;
  return { leftMs: () => dueMs - clock.monotonicMs() };
}

/** What another node may take to answer: what was asked for, within what is left here. */
export function hopBudgetMs(leftMs: number, timeoutMs: number): number {
  const margin = Math.min(HOP_MARGIN_MS, leftMs * HOP_MARGIN_PART);
  return Math.max(0, Math.floor(Math.min(timeoutMs, leftMs - margin)));
}
