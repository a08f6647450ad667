// Two processes on one database: what one remembers never decides, however the other changed it.
import type { CatalogStore } from '../../catalog/ports.ts';
import { systemClock } from '../../core/clock.ts';
import { systemRandom } from '../../core/random.ts';
import { SqlCatalogStore } from '../../server/persistence/catalog/catalog-store.ts';
import { createWakeups } from '../../server/persistence/wakeups.ts';
import { aPackage, aSite } from '../support/database-items.ts';
import { onEveryDatabase } from '../support/database.ts';

onEveryDatabase((subject) => {
  let here: CatalogStore;
  let there: CatalogStore;
  beforeAll(async () => {
    const { orm, store } = subject().database;
    here = store;
    there = await SqlCatalogStore.open({
      orm,
      clock: systemClock,
      random: systemRandom,
      wakeups: createWakeups(),
    });
  });

  /** A site that `here` remembers in the state before the last one. */
  async function changedBehindItsBack(change: 'EDITED' | 'REMOVED') {
    const site = aSite();
    await here.transact(async (tx) => tx.put('site', site));
    await there.transact(async (tx) => {
      if (change === 'REMOVED') tx.remove('site', site.id);
      else tx.put('site', { ...site, description: 'edited' });
    });
    return site;
  }

  test('what nobody changed is not read again', async () => {
    const site = aSite();
    await here.transact(async (tx) => tx.put('site', site));
    const seenByACommit = async () => {
      const { value } = await here.transact(async (tx) => {
        tx.put('site', aSite());
        return tx.get('site', site.id);
      });
      return value;
    };
    const first = await seenByACommit();
    expect(first).toEqual(site);
    // What is read is another object each time.
    expect(await seenByACommit()).toBe(first);
  });

  test('a look', async () => {
    const edited = await changedBehindItsBack('EDITED');
    const removed = await changedBehindItsBack('REMOVED');
    const { value } = await here.transact((tx) =>
      Promise.all([tx.get('site', edited.id), tx.get('site', removed.id)]),
    );
    expect(value).toEqual([{ ...edited, description: 'edited' }, undefined]);
  });

  test('one that was not there', async () => {
    const site = aSite();
    const look = async () => (await here.transact((tx) => tx.get('site', site.id))).value;
    expect(await look()).toBeUndefined();
    await there.transact(async (tx) => tx.put('site', site));
    expect(await look()).toEqual(site);
  });

  test('a write that depends on it', async () => {
    const site = await changedBehindItsBack('EDITED');
    await here.transact(async (tx) => {
      const { description } = (await tx.get('site', site.id))!;
      tx.put('site', { ...site, description: `${description} twice` });
    });
    const { value } = await there.transact((tx) => tx.get('site', site.id));
    expect(value?.description).toBe('edited twice');
  });

  test('a write of something else that depends on it', async () => {
    const site = await changedBehindItsBack('REMOVED');
    const one = aPackage();
    await here.transact(async (tx) => {
      const known = await tx.get('site', site.id);
      tx.put('package', { ...one, description: known ? 'there' : 'gone' });
    });
    const { value } = await there.transact((tx) => tx.get('package', one.id));
    expect(value?.description).toBe('gone');
  });

  test('a write that would bring back what it was', async () => {
    const site = await changedBehindItsBack('EDITED');
    await here.transact(async (tx) => tx.put('site', site));
    const { value } = await there.transact((tx) => tx.get('site', site.id));
    expect(value).toEqual(site);
  });

  test('a refusal', async () => {
    const site = await changedBehindItsBack('EDITED');
    const { value } = await here.transact(async (tx) => {
      const { description } = (await tx.get('site', site.id))!;
      if (description !== 'edited') throw new Error('refused for what was');
      return description;
    });
    expect(value).toBe('edited');
  });

  test('no count is lost between writers in both', async () => {
    const site = aSite({ description: '0' });
    await here.transact(async (tx) => tx.put('site', site));
    const count = async (store: CatalogStore): Promise<void> => {
      for (let time = 0; time < 20; time += 1) {
        await store.transact(async (tx) => {
          const { description } = (await tx.get('site', site.id))!;
          tx.put('site', { ...site, description: String(Number(description) + 1) });
        });
      }
    };
    await Promise.all([count(here), count(there)]);
    const { value } = await here.transact((tx) => tx.get('site', site.id));
    expect(value?.description).toBe('40');
  });
});
