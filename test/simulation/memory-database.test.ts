// The simulator's store keeps every promise of the real one, survives its process, and can be put back.
import { systemClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import { createWakeups } from '../../server/persistence/wakeups.ts';
import { catalogStoreContract } from '../database/catalog-store.contract.ts';
import { changeLogContract } from '../database/change-log.contract.ts';
import { stateFeedsContract } from '../database/state-feeds.contract.ts';
import { aSite } from '../support/database-items.ts';
import { MemoryDatabase, type CommitFault } from './support/memory-database.ts';

const wakeups = createWakeups();
const options = { clock: systemClock, random: systemRandom, wakeups };
const store = new MemoryDatabase(systemRandom).open(options);

describe('store', () => catalogStoreContract(() => ({ store, wakeups })));
describe('state feeds', () => stateFeedsContract(() => store));
describe('change log', () => changeLogContract(() => store));

test('a position that was issued before a restore is not held by what comes after', async () => {
  const database = new MemoryDatabase(systemRandom);
  const first = database.open(options);
  await first.transact(async (tx) => tx.put('site', aSite()));
  const backup = database.backUp();
  const kept = { ...(await first.log.position()), run: first.log.run };
  await first.transact(async (tx) => tx.put('site', aSite()));
  const undone = { ...(await first.log.position()), run: first.log.run };
  first.close();
  database.restore(backup);
  const second = database.open(options);
  for (let index = 0; index < 3; index += 1) {
    await second.transact(async (tx) => tx.put('site', aSite()));
  }
  expect(await second.log.holds(kept)).toBe(true);
  expect(await second.log.holds(undone)).toBe(false);
});

test.each([
  ['DIES_BEFORE', 0],
  ['DIES_AFTER', 1],
] as const)('a process that %s a commit leaves %i items', async (fault, items) => {
  const database = new MemoryDatabase(systemRandom);
  let next: CommitFault = fault;
  const died = Promise.withResolvers<void>();
  const dying = database.open({ ...options, fault: () => next, onDeath: () => died.resolve() });
  let ended = false;
  void dying.transact(async (tx) => tx.put('site', aSite())).then(() => (ended = true));
  await died.promise;
  next = undefined;
  const { changes } = await database.open(options).readAll();
  expect(changes).toHaveLength(items);
  expect(ended).toBe(false);
});
