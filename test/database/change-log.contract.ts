import type { CatalogStore } from '../../catalog/ports.ts';
import type { Change } from '../../catalog/items.ts';
import { aPackage, aSite } from '../support/database-items.ts';

const FAR_FUTURE_MS = 2 ** 50;

/** What every `ChangeLog` promises; compaction comes last, for it removes what others read. */
export function changeLogContract(subject: () => CatalogStore): void {
  const log = (): CatalogStore['log'] => subject().log;

  async function commitPackageAndSite(): Promise<{ before: number; after: number }> {
    const before = (await log().position()).revision;
    const { position } = await subject().transact(async (tx) => {
      tx.put('package', aPackage());
      tx.put('site', aSite());
    });
    return { before, after: position.revision };
  }

  test('filters by scope and still counts what it passes over', async () => {
    const { before, after } = await commitPackageAndSite();
    const tree = await log().read(before, 10, 'TREE');
    expect(tree.changes.map(({ kind }) => kind)).toEqual(['package']);
    expect(tree).toMatchObject({ upTo: after, more: false });
    const beyond = await log().read(after, 10);
    expect(beyond).toEqual({ changes: [], upTo: after, more: false });
  });

  test('gives pages that join without gap or overlap', async () => {
    const { before } = await commitPackageAndSite();
    await commitPackageAndSite();
    const { after } = await commitPackageAndSite();
    const seen: number[] = [];
    let page = await log().read(before, 2);
    for (; page.more; page = await log().read(page.upTo, 2)) {
      expect(page.changes).toHaveLength(2);
      seen.push(...page.changes.map(({ revision }) => revision));
    }
    seen.push(...page.changes.map(({ revision }) => revision));
    expect(seen).toEqual(Array.from({ length: after - before }, (_, index) => before + 1 + index));
  });

  test('is gapless and in commit order for a reader that follows eight writers', async () => {
    const { revision: start } = await log().position();
    const writers = 8;
    const commitsEach = 15;
    const seen: Change[] = [];
    const follow = async (): Promise<void> => {
      let cursor = start;
      while (seen.length < writers * commitsEach) {
        const page = await log().read(cursor, 7);
        seen.push(...page.changes);
        cursor = page.upTo;
      }
    };
    const committed: { revision: number; name: string }[] = [];
    const write = async (writer: number): Promise<void> => {
      for (let commit = 0; commit < commitsEach; commit += 1) {
        const site = aSite({ description: `${writer}:${commit}` });
        const { position } = await subject().transact(async (tx) => tx.put('site', site));
        committed.push({ revision: position.revision, name: site.name });
      }
    };
    await Promise.all([follow(), ...Array.from({ length: writers }, (_, writer) => write(writer))]);
    expect(seen.map(({ revision }) => revision)).toEqual(seen.map((_, index) => start + 1 + index));
    committed.sort((a, b) => a.revision - b.revision);
    expect(seen.map(({ item }) => (item as { name: string }).name)).toEqual(
      committed.map(({ name }) => name),
    );
  });

  test('refuses a position ahead of it', async () => {
    const { revision } = await log().position();
    await expect(log().read(revision + 1, 1)).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });

  test('drops only what is both old and far back, and says where it begins', async () => {
    await commitPackageAndSite();
    const { after } = await commitPackageAndSite();
    const horizon = await log().horizon();
    expect(await log().compact(0, 0)).toEqual({ removed: 0 });
    expect(await log().compact(FAR_FUTURE_MS, after)).toEqual({ removed: 0 });
    // States on their way through the tree take revisions too, but no room in the log.
    const { removed } = await log().compact(FAR_FUTURE_MS, 3);
    expect(removed).toBeGreaterThan(0);
    expect(removed).toBeLessThanOrEqual(after - 3 - horizon);
    expect(await log().horizon()).toBe(after - 3);
    expect((await log().read(after - 3, 10)).changes).toHaveLength(3);
    await expect(log().read(after - 4, 10)).rejects.toMatchObject({ code: 'CURSOR_TOO_OLD' });
  });
}
