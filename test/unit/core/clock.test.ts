// A clock calls once and can be told not to; a deadline gives what came first and leaves no timer behind.
import { atMost } from '../../../core/at-most.ts';
import { sleepBy, systemClock, type Clock } from '../../../core/clock.ts';
import { HandClock } from '../../support/hand-clock.ts';

/** A clock that tells how many timers run, and the hand that moves it. */
function counted() {
  const hand = new HandClock();
  const running = new Set<object>();
  const after: Clock['after'] = (delayMs, run) => {
    const timer = {};
    running.add(timer);
    const cancel = hand.after(delayMs, () => {
      running.delete(timer);
      run();
    });
    return () => {
      running.delete(timer);
      cancel();
    };
  };
  const clock: Clock = {
    nowMs: () => hand.nowMs(),
    monotonicMs: () => hand.monotonicMs(),
    after,
    sleep: sleepBy(after),
  };
  return { clock, running, hand };
}

test('the machine calls what is due, and not what was taken back', async () => {
  const called: string[] = [];
  const takeBack = systemClock.after(0, () => called.push('taken back'));
  const done = new Promise<void>((resolve) => void systemClock.after(-5, resolve));
  takeBack();
  await done;
  await systemClock.sleep(1);
  expect(called).toEqual([]);
});

test('a sleep ends with its time or with its signal, and leaves no timer behind', async () => {
  const { clock, running, hand } = counted();
  const ending = new AbortController();
  const slept = clock.sleep(100, ending.signal);
  const ended = expect(clock.sleep(200, ending.signal)).rejects.toThrow('enough');
  await hand.advance(100);
  await slept;
  expect(running.size).toBe(1);
  ending.abort(new Error('enough'));
  await ended;
  expect(running.size).toBe(0);
  await expect(clock.sleep(1, ending.signal)).rejects.toThrow('enough');
});

test('work that is done in time gives its own end', async () => {
  const { clock, running, hand } = counted();
  const limit = { timeoutMs: 100, late: () => 'late' };
  await expect(atMost(clock, { ...limit, work: Promise.resolve('done') })).resolves.toBe('done');
  const work = Promise.reject(new Error('broken'));
  await expect(atMost(clock, { ...limit, work })).rejects.toThrow('broken');
  await hand.settle();
  expect(running.size).toBe(0);
});

test('work that takes longer is answered for, and its own end is dropped', async () => {
  const { clock, hand } = counted();
  const slow = Promise.withResolvers<string>();
  const limit = { timeoutMs: 100, work: slow.promise };
  const told = atMost(clock, { ...limit, late: () => 'late' });
  const tooLate = (): never => {
    throw new Error('too late');
  };
  const thrown = expect(atMost(clock, { ...limit, late: tooLate })).rejects.toThrow('too late');
  await hand.advance(100);
  await expect(told).resolves.toBe('late');
  await thrown;
  slow.reject(new Error('nobody hears this'));
  await hand.settle();
});
