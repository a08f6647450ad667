import type { CatalogStore } from '../../catalog/ports.ts';
import { systemRandom } from '../../core/random.ts';
import { aSite } from '../support/database-items.ts';
import { aNodeSummary, aProgress, aTreeItem } from '../support/tree-items.ts';

/** What every `StateFeeds`, and the history behind its cursors, promises. */
export function stateFeedsContract(subject: () => CatalogStore): void {
  const revision = async (): Promise<number> => (await subject().log.position()).revision;

  test('gives each state once, as it is now, in the order of the last change', async () => {
    const after = await revision();
    const [first, second] = [aTreeItem(), aTreeItem()];
    await subject().transact(async (tx) => {
      tx.put('treeItem', first);
      tx.put('treeItem', second);
    });
    const edited = { ...first, ownerRevision: 2 };
    const { position } = await subject().transact(async (tx) => tx.put('treeItem', edited));
    const page = await subject().states.read('DOWN', after, { limit: 10 });
    expect(page.states.map(({ item }) => item)).toEqual([second, edited]);
    expect(page).toMatchObject({ upTo: position.revision, more: false });
    const beyond = await subject().states.read('DOWN', position.revision, { limit: 10 });
    expect(beyond).toEqual({ states: [], upTo: position.revision, more: false, isHeld: true });
  });

  test('a state that is put as it is stays where it was', async () => {
    const item = aTreeItem();
    const { position } = await subject().transact(async (tx) => tx.put('treeItem', item));
    await subject().transact(async (tx) => tx.put('treeItem', { ...item }));
    expect(await revision()).toBe(position.revision);
  });

  test('pages join without gap or overlap, and count what others wrote between', async () => {
    const after = await revision();
    const items = Array.from({ length: 5 }, () => aTreeItem());
    for (const item of items) {
      await subject().transact(async (tx) => {
        tx.put('site', aSite());
        tx.put('treeItem', item);
      });
    }
    await subject().transact(async (tx) => tx.put('site', aSite()));
    const seen: unknown[] = [];
    let at = after;
    for (let more = true; more;) {
      const page = await subject().states.read('DOWN', at, { limit: 2 });
      seen.push(...page.states.map(({ item }) => item));
      ({ more, upTo: at } = page);
    }
    expect(seen).toEqual(items);
    expect(at).toBe(await revision());
  });

  test('tells only what concerns the chosen packages', async () => {
    const after = await revision();
    const [one, other] = [aTreeItem(), aTreeItem({ state: undefined })];
    await subject().transact(async (tx) => {
      tx.put('treeItem', one);
      tx.put('treeItem', other);
    });
    const page = await subject().states.read('DOWN', after, { limit: 10, packageIds: [other.id] });
    expect(page.states.map(({ item }) => item)).toEqual([other]);
    const none = await subject().states.read('DOWN', after, { limit: 10, packageIds: [] });
    expect(none).toEqual({ states: [], upTo: await revision(), more: false, isHeld: true });
  });

  test('reads on from a position that the database holds, and from no other', async () => {
    const { log, states } = subject();
    const start = { ...(await log.position()), run: log.run };
    const item = aTreeItem();
    await subject().transact(async (tx) => tx.put('treeItem', item));
    const page = await states.read('DOWN', start, { limit: 10 });
    expect(page.isHeld).toBe(true);
    expect(page.states.map((state) => state.item)).toEqual([item]);
    const elsewhere = { ...start, epoch: systemRandom.guid() };
    const refused = { states: [], isHeld: false };
    expect(await states.read('DOWN', elsewhere, { limit: 10 })).toMatchObject(refused);
    const ahead = { ...start, revision: (await revision()) + 1 };
    expect(await states.read('DOWN', ahead, { limit: 10 })).toMatchObject(refused);
  });

  test('what goes up is in two feeds, with one numbering', async () => {
    const after = await revision();
    const progress = aProgress();
    const summary = aNodeSummary({ nodeId: 'b'.repeat(26) });
    await subject().transact(async (tx) => tx.put('progress', progress));
    await subject().transact(async (tx) => tx.put('nodeSummary', summary));
    const { states: first } = await subject().states.read('PROGRESS', after, { limit: 10 });
    expect(first).toEqual([{ kind: 'progress', item: progress, revision: after + 1 }]);
    const nodes = await subject().states.read('NODES', after, { limit: 10 });
    const second = { kind: 'nodeSummary', item: summary, revision: after + 2 };
    expect(nodes).toEqual({ states: [second], upTo: after + 2, more: false, isHeld: true });
    const { states: down } = await subject().states.read('DOWN', after, { limit: 10 });
    expect(down).toEqual([]);
  });

  test('states and bookkeeping are not in the change log', async () => {
    const after = await revision();
    const site = aSite();
    await subject().transact(async (tx) => {
      tx.put('treeItem', aTreeItem());
      tx.put('site', site);
      tx.put('feedPosition', { direction: 'UP', nodeId: 'c', cursor: 'opaque', atMs: 1 });
    });
    const { changes, upTo } = await subject().log.read(after, 10);
    expect(changes.map(({ kind, key }) => [kind, key])).toEqual([['site', site.id]]);
    expect(upTo).toBe(await revision());
  });

  test('bookkeeping alone moves no revision', async () => {
    const before = await revision();
    await subject().transact(async (tx) =>
      tx.put('feedPosition', { direction: 'UP', nodeId: 'd', cursor: 'opaque', atMs: 1 }),
    );
    expect(await revision()).toBe(before);
  });

  test('knows the positions that it issued from all others', async () => {
    const { log } = subject();
    const here = { ...(await log.position()), run: log.run };
    expect(await log.holds(here)).toBe(true);
    expect(await log.holds({ ...here, revision: 0 })).toBe(true);
    expect(await log.holds({ ...here, revision: here.revision + 1 })).toBe(false);
    expect(await log.holds({ ...here, epoch: systemRandom.guid() })).toBe(false);
    expect(await log.holds({ ...here, run: systemRandom.guid() })).toBe(false);
    expect(await log.holds({ ...here, run: 'nonsense' })).toBe(false);
  });
}
