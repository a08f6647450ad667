// Wake-ups reach everybody who waits, once, and waits that were given up leave nothing behind.
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createWakeups } from '../../../server/persistence/wakeups.ts';

test('each waiter is woken once, by a wake-up or by the end of its signal', async () => {
  const wakeups = createWakeups();
  const ending = new AbortController();
  const woken: string[] = [];
  const waits = [
    wakeups.wait().then(() => woken.push('without a signal')),
    wakeups.wait(new AbortController().signal).then(() => woken.push('with one')),
    wakeups.wait(ending.signal).then(() => woken.push('ended')),
  ];
  ending.abort();
  await waits[2];
  expect(woken).toEqual(['ended']);
  wakeups.notify();
  await Promise.all(waits);
  expect(woken).toHaveLength(3);
  await wakeups.wait(ending.signal);
});

test('a wait that was given up is not held until the next wake-up', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const wakeups = createWakeups();
  const givenUp: WeakRef<AbortSignal>[] = [];
  for (let count = 0; count < 100; count += 1) {
    const ending = new AbortController();
    const wait = wakeups.wait(ending.signal);
    ending.abort();
    await wait;
    givenUp.push(new WeakRef(ending.signal));
  }
  await turn();
  collect();
  const kept = givenUp.filter((signal) => signal.deref() !== undefined);
  // The last one may still be on the stack.
  expect(kept.length).toBeLessThan(10);
  wakeups.notify();
});
