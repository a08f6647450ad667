// The catalogue's store, log and lists keep their contracts on every database.
import type { CatalogStore } from '../../catalog/ports.ts';
import { SqlChangeLog } from '../../server/persistence/catalog/change-log.ts';
import { RecentCommits } from '../../server/persistence/catalog/recent-commits.ts';
import { SqlStateFeeds } from '../../server/persistence/catalog/state-feeds.ts';
import { storedKinds } from '../../server/persistence/catalog/stored-kind.ts';
import type { TestDatabase } from '../support/database.ts';
import { databaseKinds } from '../support/database.ts';
import { catalogQueriesContract } from './catalog-queries.contract.ts';
import { catalogStoreContract } from './catalog-store.contract.ts';
import { changeLogContract } from './change-log.contract.ts';
import { stateFeedsContract } from './state-feeds.contract.ts';

describe.each(databaseKinds())('$name', (kind) => {
  let subject: TestDatabase;
  beforeAll(async () => {
    subject = await kind.create();
  });
  afterAll(async () => {
    await subject?.close();
    await kind.stop();
  });

  describe('store', () => catalogStoreContract(() => subject.database));
  describe('queries', () =>
    catalogQueriesContract(() => ({
      store: subject.database.store,
      queries: subject.database.queries,
    })));
  describe.each([
    ['by the process that wrote', () => subject.database.store],
    ['by one that has seen no commit', () => readThrough(subject.database)],
  ])('%s', (_, store) => {
    describe('state feeds', () => stateFeedsContract(store));
    describe('change log', () => changeLogContract(store));
  });
});

/** The store with a log and feeds that ask the database for everything. */
function readThrough({ orm, store }: TestDatabase['database']): CatalogStore {
  const db = orm.em.getKysely<unknown>();
  const none = new RecentCommits(store.log.run);
  return {
    transact: (work) => store.transact(work),
    readAll: () => store.readAll(),
    log: new SqlChangeLog(db, store.log.run, none),
    states: new SqlStateFeeds(db, storedKinds(orm.getMetadata()), none),
  };
}
