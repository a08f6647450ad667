// The catalogue's store, log and lists keep their contracts on every database.
import { onEveryDatabase } from '../support/database.ts';
import { catalogQueriesContract } from './catalog-queries.contract.ts';
import { catalogStoreContract } from './catalog-store.contract.ts';
import { changeLogContract } from './change-log.contract.ts';
import { readThrough } from './read-through.ts';
import { stateFeedsContract } from './state-feeds.contract.ts';

onEveryDatabase((subject) => {
  describe('store', () => catalogStoreContract(() => subject().database));
  describe('queries', () =>
    catalogQueriesContract(() => ({
      store: subject().database.store,
      queries: subject().database.queries,
    })));
  describe.each([
    ['by the process that wrote', () => subject().database.store],
    ['by one that has seen no commit', () => readThrough(subject().database)],
  ])('%s', (_, store) => {
    describe('state feeds', () => stateFeedsContract(store));
    describe('change log', () => changeLogContract(store));
  });
});
