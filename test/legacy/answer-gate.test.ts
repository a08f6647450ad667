// The gate counts answers until they have left, and asks the others to come back at different times.
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { CanopyError } from '../../core/errors.ts';
import { AnswerGate } from '../../server/doors/answer-gate.ts';

const response = (): ServerResponse => new EventEmitter() as unknown as ServerResponse;
const gateWith = (...fractions: number[]): AnswerGate =>
  new AnswerGate({ fraction: () => fractions.shift()! } as never);

test('a place is free again when its answer closes, and only once', () => {
  const gate = gateWith(0, 0);
  const first = response();
  gate.enter(first, 2);
  gate.enter(response(), 2);
  expect(() => gate.enter(response(), 2)).toThrow(/Server is busy/);
  first.emit('close');
  first.emit('close');
  gate.enter(response(), 2);
  expect(() => gate.enter(response(), 2)).toThrow(/Server is busy/);
});

test('waits are spread over 5 to 30 seconds', () => {
  const gate = gateWith(0, 0.5, 0.999_999);
  const waits = [1, 2, 3].map(() => {
    try {
      gate.enter(response(), 0);
    } catch (error) {
      return (error as CanopyError).retryAfterMs!;
    }
    return undefined;
  });
  expect(waits).toEqual([5_000, 17_500, 29_999]);
});
