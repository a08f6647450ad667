import type { CatalogStore } from '../../catalog/ports.ts';
import { SqlChangeLog } from '../../server/persistence/catalog/change-log.ts';
import { RecentCommits } from '../../server/persistence/catalog/recent-commits.ts';
import { SqlStateFeeds } from '../../server/persistence/catalog/state-feeds.ts';
import { storedKinds } from '../../server/persistence/catalog/stored-kind.ts';
import type { Database } from '../../server/persistence/open-database.ts';

/** The store of a database with a log and feeds that ask it for everything. */
export function readThrough({ orm, store }: Pick<Database, 'orm' | 'store'>): CatalogStore {
  const db = orm.em.getKysely<unknown>();
  const { run } = store.log;
  const none = new RecentCommits(run);
  return {
    transact: (work) => store.transact(work),
    readAll: () => store.readAll(),
    log: new SqlChangeLog(db, run, none),
    states: new SqlStateFeeds(db, storedKinds(orm.getMetadata()), none),
  };
}
