// What was opened is closed in reverse, all of it, once.
import { Releasers } from '../../../core/releasers.ts';

test('runs last-in first-out, goes on after a failure and then reports it', async () => {
  const order: string[] = [];
  const releasers = new Releasers();
  releasers.add(() => void order.push('first'));
  releasers.add(() => {
    order.push('second');
    throw new Error('second failed');
  });
  releasers.add(async () => void order.push('third'));
  await expect(releasers.release()).rejects.toThrow('second failed');
  expect(order).toEqual(['third', 'second', 'first']);
  await releasers.release();
  expect(order).toHaveLength(3);
});
