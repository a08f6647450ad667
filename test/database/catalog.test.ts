// The catalogue's store, log and lists keep their contracts on every database.
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
  describe('state feeds', () => stateFeedsContract(() => subject.database.store));
  describe('change log', () => changeLogContract(() => subject.database.store));
});
