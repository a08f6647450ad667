// Shared holders overlap, exclusive ones never do, and neither kind can starve the other.
import fc from 'fast-check';
import { Gate, KeyedTurns } from '../../../content/gate.ts';

test('whatever the order, an exclusive holder is alone and everyone gets in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (s, kinds) => {
        const gate = new Gate();
        let shared = 0;
        let exclusive = 0;
        let done = 0;
        const runs = kinds.map((isExclusive, at) => {
          const work = async (): Promise<void> => {
            if (isExclusive) exclusive += 1;
            else shared += 1;
            expect(exclusive).toBeLessThanOrEqual(shared === 0 ? 1 : 0);
            await s.schedule(Promise.resolve(), `work ${at}`);
            if (isExclusive) exclusive -= 1;
            else shared -= 1;
            done += 1;
            if (at % 3 === 0) throw new Error('failed');
          };
          return isExclusive ? gate.runExclusive(work) : gate.runShared(work);
        });
        const outcomes = Promise.allSettled(runs);
        await s.waitFor(outcomes);
        expect(done).toBe(kinds.length);
      },
    ),
  );
});

test('works of one key take turns, also after a failure; other keys do not wait', async () => {
  const turns = new KeyedTurns();
  const order: string[] = [];
  let open = (): void => undefined;
  const held = new Promise<void>((resolve) => (open = resolve));
  const first = turns.run('a', async () => {
    await held;
    order.push('a1');
    throw new Error('failed');
  });
  const second = turns.run('a', async () => void order.push('a2'));
  await turns.run('b', async () => void order.push('b1'));
  open();
  await expect(first).rejects.toThrow('failed');
  await second;
  expect(order).toEqual(['b1', 'a1', 'a2']);
});
