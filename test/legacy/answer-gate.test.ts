// The gate counts answers until they have left, keeps the last places for package servers, and asks
// the others to come back at different times.
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { CanopyError } from '../../core/errors.ts';
import { AnswerGate, type AskerTier } from '../../server/doors/answer-gate.ts';

const response = (): ServerResponse => new EventEmitter() as unknown as ServerResponse;
const gateWith = (fraction = 0): AnswerGate =>
  new AnswerGate({ fraction: () => fraction } as never);
const asks = (tier: AskerTier, limit: number) => ({ tier, limit, reason: 'Server is busy.' });

/** How many of a tier get in before one is sent away. */
function placesOf(gate: AnswerGate, tier: AskerTier, limit: number): number {
  for (let count = 0; ; count += 1) {
    try {
      gate.enter(response(), asks(tier, limit));
    } catch {
      return count;
    }
  }
}

test('a place is free again when its answer closes, and only once', () => {
  const gate = gateWith();
  const first = response();
  gate.enter(first, asks('UNCONSTRAINED', 2));
  gate.enter(response(), asks('UNCONSTRAINED', 2));
  expect(() => gate.enter(response(), asks('UNCONSTRAINED', 2))).toThrow(/Server is busy/);
  first.emit('close');
  first.emit('close');
  expect(placesOf(gate, 'UNCONSTRAINED', 2)).toBe(1);
});

test('agents make room first, then constrained package servers', () => {
  const gate = gateWith();
  expect(placesOf(gate, 'AGENT', 50)).toBe(37);
  expect(placesOf(gate, 'CONSTRAINED', 50)).toBe(8);
  expect(placesOf(gate, 'AGENT', 50)).toBe(0);
  expect(placesOf(gate, 'UNCONSTRAINED', 50)).toBe(5);
});

test('with a single place everybody may have it, with none nobody', () => {
  expect(placesOf(gateWith(), 'AGENT', 1)).toBe(1);
  expect(placesOf(gateWith(), 'UNCONSTRAINED', 0)).toBe(0);
});

test.each([
  ['AGENT', 5_000, 29_999],
  ['CONSTRAINED', 2_000, 9_999],
  ['UNCONSTRAINED', 1_000, 2_999],
] as const)('waits of %s are spread from %i to %i ms', (tier, first, last) => {
  const waits = [0, 0.999_999].map((fraction) => {
    try {
      gateWith(fraction).enter(response(), asks(tier, 0));
    } catch (error) {
      return (error as CanopyError).retryAfterMs!;
    }
    return undefined;
  });
  expect(waits).toEqual([first, last]);
});
