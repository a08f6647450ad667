/**
 * Program: commits numbered sites in several parallel loops and prints each number after its
 * commit was acknowledged, until it is killed. Argument: the data directory.
 */
import { systemRandom } from '../../../core/random.ts';
import { openDatabase } from '../../../server/persistence/open-database.ts';
import { databaseOptions } from '../../support/database.ts';

const { store } = await openDatabase(databaseOptions(process.argv[2]!));
let next = 0;
async function commitForEver(): Promise<void> {
  for (;;) {
    const name = `${process.pid}-${(next += 1)}`;
    await store.transact(async (tx) =>
      tx.put('site', { id: systemRandom.guid(), name, description: '' }),
    );
    process.stdout.write(`${name}\n`);
  }
}
await Promise.all(Array.from({ length: 4 }, commitForEver));
