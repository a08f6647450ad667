// A wake-up reaches everybody who waits for it, once, and nobody who has given up.
import { createWakeups } from '../../../server/persistence/wakeups.ts';

test('each waiter is called at the next wake-up and not again', () => {
  const wakeups = createWakeups();
  const woken: string[] = [];
  wakeups.once(() => woken.push('first'));
  wakeups.once(() => woken.push('second'));
  wakeups.notify();
  wakeups.notify();
  expect(woken).toEqual(['first', 'second']);
  expect(wakeups.count).toBe(2);
});

test('the same function may wait twice, and give up one wait', () => {
  const wakeups = createWakeups();
  let calls = 0;
  const wake = (): void => void (calls += 1);
  const giveUp = wakeups.once(wake);
  wakeups.once(wake);
  giveUp();
  giveUp();
  wakeups.notify();
  expect(calls).toBe(1);
});

test('who waits again while it is woken waits for the wake-up after that', () => {
  const wakeups = createWakeups();
  const woken: number[] = [];
  const wake = (): void => {
    woken.push(wakeups.count);
    wakeups.once(wake);
  };
  wakeups.once(wake);
  wakeups.notify();
  expect(woken).toEqual([1]);
  wakeups.notify();
  expect(woken).toEqual([1, 2]);
});
