// A lost link is tried again in proportion to its absence, and never sooner than the other side says.
import { CanopyError } from '../../../core/errors.ts';
import { reconnectDelayMs } from '../../../core/reconnect.ts';

const unreachable = new CanopyError('NOT_READY', 'It cannot be reached.');
const refusals = { CONFLICT: 300_000 };

test.each([
  [0, 250, 500],
  [900, 250, 500],
  [10_000, 2_500, 5_000],
  [24 * 60 * 60_000, 30_000, 60_000],
])('after %i ms away it is between %i and %i ms', (awayForMs, leastMs, mostMs) => {
  const lost = { failure: unreachable, awayForMs, refusals };
  expect(reconnectDelayMs(lost, { fraction: () => 0 })).toBe(leastMs);
  expect(reconnectDelayMs(lost, { fraction: () => 1 })).toBe(mostMs);
});

test.each([
  [new CanopyError('CONFLICT', 'A copy speaks.'), 300_000, 450_000],
  [new CanopyError('BUSY', 'Later.', { retryAfterMs: 4_000 }), 4_000, 5_000],
])('%s decides itself', (failure, leastMs, mostMs) => {
  const lost = { failure, awayForMs: 0, refusals };
  expect(reconnectDelayMs(lost, { fraction: () => 0 })).toBe(leastMs);
  expect(reconnectDelayMs(lost, { fraction: () => 1 })).toBe(mostMs);
});
