import { atMost } from '../../core/at-most.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import { LIMITS } from '../limits.ts';

/**
 * The result of `work`, or `TIMEOUT` after `timeoutMs`, by default the execution limit. The work itself goes on: what it
 * wrote may be committed, hence the code is one that may not be repeated blindly.
 */
export function withinDeadline<T>(
  clock: Clock,
  work: Promise<T>,
  timeoutMs: number = LIMITS.graphql.executionTimeoutMs,
): Promise<T> {
  const late = (): never => {
    const seconds = timeoutMs / 1_000;
    throw new CanopyError('TIMEOUT', `The operation took longer than ${seconds} s.`, {
      hint: 'Ask for less at a time. A mutation may have been done: read before repeating it.',
    });
  };
  return atMost(clock, { timeoutMs, work, late });
}
