// Works that come while one is written share a transaction, and each keeps its own outcome.
import { GatheredWrites } from '../../../catalog/gathered-writes.ts';
import type { CatalogTransaction } from '../../../catalog/ports.ts';
import { CanopyError } from '../../../core/errors.ts';

/** Counts transactions; one that contains a poisoned work fails as a whole. */
function store() {
  const transactions: string[][] = [];
  let present: string[] = [];
  const write = async <T>(work: (tx: CatalogTransaction) => Promise<T>): Promise<T> => {
    present = [];
    const value = await work({} as CatalogTransaction);
    transactions.push(present);
    if (present.includes('poison')) throw new Error('refused by the database');
    return value;
  };
  const writes = new GatheredWrites(write);
  const runSized = (name: string, items: number): Promise<string> =>
    writes.run(async () => {
      if (name === 'refused') throw new CanopyError('FORBIDDEN', 'not you');
      present.push(name);
      return name;
    }, items);
  return { transactions, runSized, run: (name: string) => runSized(name, 1) };
}

test('the first goes at once, those behind it together', async () => {
  const { transactions, run } = store();
  const names = ['a', 'b', 'c', 'd'];
  expect(await Promise.all(names.map(run))).toEqual(names);
  expect(transactions).toEqual([['a'], ['b', 'c', 'd']]);
});

test('large ones do not share a transaction, in which nobody else would be answered', async () => {
  const { transactions, run, runSized } = store();
  await Promise.all([
    run('a'),
    runSized('b', 200),
    runSized('c', 50),
    runSized('d', 1_000),
    run('e'),
  ]);
  expect(transactions).toEqual([['a'], ['b', 'c'], ['d'], ['e']]);
});

test('a refusal is of one, the others are committed', async () => {
  const { transactions, run } = store();
  const outcomes = await Promise.allSettled(['a', 'b', 'refused', 'c'].map(run));
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  ]);
  expect(transactions).toEqual([['a'], ['b', 'c']]);
});

test('what the database refuses fails alone', async () => {
  const { transactions, run } = store();
  const outcomes = await Promise.allSettled(['a', 'b', 'poison', 'c'].map(run));
  expect(outcomes.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  ]);
  expect(transactions).toEqual([['a'], ['b', 'poison', 'c'], ['b'], ['poison'], ['c']]);
});
