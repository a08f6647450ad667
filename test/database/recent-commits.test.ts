// What followers read of this process's own commits is what the database would have answered.
import fc from 'fast-check';
import type { CatalogStore, CatalogTransaction, FeedKinds } from '../../catalog/ports.ts';
import { onEveryDatabase } from '../support/database.ts';
import { aPackage, aSite } from '../support/database-items.ts';
import { aNodeSummary, aProgress, aTreeItem } from '../support/tree-items.ts';
import { readThrough } from './read-through.ts';

const FEEDS = ['DOWN', 'NODES', 'PROGRESS'] as const satisfies readonly (keyof FeedKinds)[];
const LIMIT = 1_000;

const TREE_ITEMS = [aTreeItem(), aTreeItem({ state: undefined })];
const SUMMARIES = ['b', 'c'].map((letter) => aNodeSummary({ nodeId: letter.repeat(26) }));
const PROGRESS = [aProgress(), aProgress()];
const SITES = [aSite(), aSite()];
const PACKAGE = aPackage();

type Write = (tx: CatalogTransaction) => void;

const writes: fc.Arbitrary<Write> = fc
  .tuple(fc.nat(9), fc.nat(1), fc.nat(1_000))
  .map(([what, which, value]) => (tx) => {
    const item = TREE_ITEMS[which]!;
    const summary = SUMMARIES[which]!;
    const progress = PROGRESS[which]!;
    const site = SITES[which]!;
    if (what === 0) tx.remove('treeItem', `${item.kind}/${item.id}`);
    else if (what === 1) tx.remove('nodeSummary', summary.nodeId);
    else if (what === 2) tx.remove('site', site.id);
    else if (what < 5) tx.put('treeItem', { ...item, ownerRevision: value });
    else if (what === 5) tx.put('nodeSummary', { ...summary, packages: value });
    else if (what === 6) tx.put('progress', { ...progress, tookMs: value });
    else if (what === 7) tx.put('package', { ...PACKAGE, version: String(value) });
    else if (what === 8) tx.put('site', { ...site, description: String(value) });
    else tx.put('feedPosition', { direction: 'UP', nodeId: 'd', cursor: String(value), atMs: 1 });
  });
/** Commits at one time, each of some writes. */
const crowds = fc.array(
  fc.array(fc.array(writes, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  { minLength: 1, maxLength: 4 },
);

onEveryDatabase((subject) => {
  test('from every position on', async () => {
    const { store } = subject().database;
    const { log, states } = readThrough(subject().database);
    const { run } = log;
    const property = fc.asyncProperty(crowds, async (all) => {
      const { epoch, revision: start } = await log.position();
      for (const crowd of all) await Promise.all(crowd.map((writes) => commit(store, writes)));
      const { revision: end } = await log.position();
      for (let revision = start; revision <= end; revision += 1) {
        for (const scope of [undefined, 'TREE', 'NODE'] as const) {
          expect(await store.log.read(revision, LIMIT, scope)).toEqual(
            await log.read(revision, LIMIT, scope),
          );
        }
        for (const feed of FEEDS) {
          for (const after of [revision, { epoch, run, revision }]) {
            expect(await store.states.read(feed, after, { limit: LIMIT })).toEqual(
              await states.read(feed, after, { limit: LIMIT }),
            );
          }
        }
      }
    });
    await fc.assert(property, { numRuns: 15 });
  });

  test('and the database is not asked for it', async () => {
    const { store } = subject().database;
    const { revision } = await store.log.position();
    await commit(store, [(tx) => tx.put('site', aSite()), (tx) => tx.put('treeItem', aTreeItem())]);
    const look = async () => {
      const { changes } = await store.log.read(revision, LIMIT);
      const { states } = await store.states.read('DOWN', revision, { limit: LIMIT });
      return [changes[0]!.item, states[0]!.item];
    };
    const [first, again] = [await look(), await look()];
    // What is read is another object each time.
    expect(again[0]).toBe(first[0]);
    expect(again[1]).toBe(first[1]);
  });
});

async function commit(store: CatalogStore, writes: readonly Write[]): Promise<void> {
  await store.transact(async (tx) => writes.forEach((write) => write(tx)));
}
