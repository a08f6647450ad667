// Shows: work runs when it is due, by priority, once per key at a time, and ends when it is told to.
import { WorkQueue } from '../../../package-server/work-queue.ts';
import { SettableClock } from './world.ts';

/** A queue whose work ends when the test says so. */
function controlled(lanes: number, priorities: Readonly<Record<string, number>> = {}) {
  const clock = new SettableClock();
  const started: string[] = [];
  const aborted: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new WorkQueue<string>({
    lanes,
    clock,
    priorityOf: (key) => priorities[key] ?? 0,
    work: (key, signal) =>
      new Promise((resolve) => {
        started.push(key);
        ends.set(key, resolve);
        signal.addEventListener('abort', () => {
          aborted.push(key);
          resolve();
        });
      }),
  });
  const end = async (key: string): Promise<void> => {
    ends.get(key)!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, clock, started, aborted, end };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('as many at a time as there are lanes, the most important next', async () => {
  const { queue, started, end } = controlled(1, { low: 0, high: 2 });
  queue.add('first');
  queue.add('low');
  queue.add('high');
  expect(started).toEqual(['first']);
  await end('first');
  expect(started).toEqual(['first', 'high']);
  await end('high');
  expect(started).toEqual(['first', 'high', 'low']);
  await queue.close();
});

test('what is delayed starts when it is due; the earlier of two times counts', async () => {
  const { queue, clock, started } = controlled(2);
  queue.add('a', 1_000);
  queue.add('a', 5_000);
  clock.advance(999);
  await settled();
  expect(started).toEqual([]);
  clock.advance(1);
  await settled();
  expect(started).toEqual(['a']);
  await queue.close();
});

test('a key that runs is run once more afterwards, not beside itself', async () => {
  const { queue, started, end } = controlled(3);
  queue.add('a');
  queue.add('a');
  queue.add('a');
  expect(started).toEqual(['a']);
  await end('a');
  expect(started).toEqual(['a', 'a']);
  await end('a');
  expect(started).toEqual(['a', 'a']);
  await queue.close();
});

test('restart aborts what runs and begins anew', async () => {
  const { queue, started, aborted } = controlled(1);
  queue.add('a');
  queue.restart('a', new Error('other version'));
  await settled();
  expect(aborted).toEqual(['a']);
  expect(started).toEqual(['a', 'a']);
  await queue.close();
});

test('after close nothing starts', async () => {
  const { queue, clock, started, aborted } = controlled(1);
  queue.add('a');
  queue.add('b', 10);
  await queue.close();
  queue.add('c');
  clock.advance(100);
  await settled();
  expect(started).toEqual(['a']);
  expect(aborted).toEqual(['a']);
});
