import fc from 'fast-check';
import { ITEM_KINDS, itemKey, type ItemKind } from '../../catalog/items.ts';
import type { CatalogStore, Wakeups } from '../../catalog/ports.ts';
import { DEFAULT_SETTINGS } from '../../catalog/settings.ts';
import { systemRandom } from '../../core/random.ts';
import { treeItems } from '../support/tree-items.ts';
import { aHolding, aPackage, aPackageServer, aSite, aSubnet } from '../support/database-items.ts';

/** What every `CatalogStore` promises. `subject` answers the same store for all its tests. */
export function catalogStoreContract(
  subject: () => { readonly store: CatalogStore; readonly wakeups: Wakeups },
): void {
  const store = (): CatalogStore => subject().store;

  test('gives back what was put, of every kind, in one transaction and after it', async () => {
    const packageId = systemRandom.guid();
    const site = aSite();
    const items = {
      package: aPackage({
        id: packageId,
        source: { kind: 'URL', url: 'http://x.example/', directory: '/srv/x' },
        siteIds: [site.id],
      }),
      snapshot: {
        packageId,
        internalVersion: 5,
        rootHash: 'aa',
        manifestHash: 'bb',
        chunkIndexHash: 'cc',
        fileCount: 1,
        folderCount: 0,
        sizeBytes: 2 ** 40,
        createdAtMs: 1,
        supersededAtMs: 7,
        ownerNodeId: 'n',
        signature: 's',
        origin: 'REPLICATED' as const,
      },
      site,
      subnet: aSubnet({ network: '2001:db8::/32', siteId: site.id }),
      computer: {
        id: systemRandom.guid(),
        name: 'pc1',
        domain: 'example',
        addresses: ['10.0.0.9', '2001:db8::9'],
        manualSiteIds: [site.id],
        origin: 'LOCAL' as const,
      },
      packageServer: aPackageServer({ publicationTypes: { unc: true, http: false, https: true } }),
      holding: aHolding({ packageId, claimedUrls: ['HTTP://ps/x', 'FILE://ps/x'] }),
      assignment: { packageId, computerId: systemRandom.guid() },
      siteOffer: { siteId: site.id, packageId, internalVersion: 5 },
      settings: { ...DEFAULT_SETTINGS, keepSnapshots: 3 },
      ...treeItems(packageId),
    };
    const kinds = Object.keys(items) as (keyof typeof items)[];
    const keyOf = (kind: ItemKind): string => itemKey(kind, items[kind]);
    const logged = kinds.filter((kind) => ITEM_KINDS[kind].feed === 'LOG');
    expect(kinds).toEqual(expect.arrayContaining(Object.keys(ITEM_KINDS)));
    const { revision } = await store().log.position();
    const { value: inside } = await store().transact(async (tx) => {
      for (const kind of kinds) tx.put(kind, items[kind] as never);
      return Promise.all(kinds.map((kind) => tx.get(kind, keyOf(kind))));
    });
    const { value: after } = await store().transact(async (tx) => {
      const found = [];
      for (const kind of kinds) found.push(await tx.get(kind, keyOf(kind)));
      return found;
    });
    expect(inside).toEqual(kinds.map((kind) => items[kind]));
    expect(after).toEqual(kinds.map((kind) => items[kind]));
    const { changes } = await store().log.read(revision, 100);
    expect(changes.map(({ kind, key, item }) => ({ kind, key, item }))).toEqual(
      logged.map((kind) => ({ kind, key: keyOf(kind), item: items[kind] })),
    );
  });

  test('a transaction sees an item as it saw it first, also when many are asked for at once', async () => {
    const sites = Array.from({ length: 50 }, () => aSite());
    await store().transact(async (tx) => {
      for (const site of sites) tx.put('site', site);
    });
    const absent = systemRandom.guid();
    await store().transact(async (tx) => {
      const ids = [...sites.map(({ id }) => id), absent, sites[0]!.id];
      const found = await Promise.all(ids.map((id) => tx.get('site', id)));
      expect(found).toEqual([...sites, undefined, sites[0]]);
      tx.put('site', { ...sites[0]!, name: `Renamed ${sites[0]!.id}` });
      expect(await tx.get('site', sites[0]!.id)).toMatchObject({ name: `Renamed ${sites[0]!.id}` });
      expect(await tx.get('site', sites[1]!.id)).toEqual(sites[1]);
    });
  });

  test('gives back any storable text unchanged', async () => {
    const storable = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    await fc.assert(
      fc.asyncProperty(storable, storable, async (description, path) => {
        const item = aPackage({ description, source: { kind: 'UNC', path } });
        await store().transact(async (tx) => tx.put('package', item));
        const { value } = await store().transact((tx) => tx.get('package', item.id));
        expect(value).toEqual(item);
      }),
      {
        numRuns: 25,
        examples: [
          ["'; drop table package; --", '\\\\a\\"b"'],
          ['😀\u0001\\u0000', '?'],
        ],
      },
    );
  });

  test.each([
    ['U+0000', 'a\0b'],
    ['a lone surrogate', 'a\ud800b'],
  ])('refuses %s by the name of its field', async (_, text) => {
    const refused = store().transact(async (tx) =>
      tx.put('package', aPackage({ source: { kind: 'UNC', path: text } })),
    );
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ path: ['package', 'source', 'path'] }],
    });
  });

  test('records nothing for an item that is equal to the stored one', async () => {
    const item = aPackage();
    const first = await store().transact(async (tx) => tx.put('package', item));
    const second = await store().transact(async (tx) => tx.put('package', { ...item }));
    expect(second.position).toEqual(first.position);
  });

  test('records the removal of what is there, and nothing for what is not', async () => {
    const site = aSite();
    const before = await store().transact(async (tx) => tx.put('site', site));
    const { position } = await store().transact(async (tx) => {
      tx.remove('site', site.id);
      tx.remove('site', systemRandom.guid());
      tx.remove('site', 'no such key');
    });
    expect(position.revision).toBe(before.position.revision + 1);
    const { changes } = await store().log.read(before.position.revision, 10);
    expect(changes).toMatchObject([{ kind: 'site', key: site.id, item: undefined }]);
  });

  test('shows a transaction its own writes, also in lists by prefix', async () => {
    const packageId = systemRandom.guid();
    const [kept, removed, added] = [aHolding(), aHolding(), aHolding()].map((holding) => ({
      ...holding,
      packageServerId: packageId,
    }));
    await store().transact(async (tx) => {
      tx.put('holding', kept!);
      tx.put('holding', removed!);
    });
    const { value } = await store().transact(async (tx) => {
      tx.remove('holding', `${packageId}/${removed!.packageId}`);
      tx.put('holding', added!);
      return {
        listed: await tx.list('holding', `${packageId}/`),
        gone: await tx.get('holding', `${packageId}/${removed!.packageId}`),
      };
    });
    expect(value.gone).toBeUndefined();
    expect(value.listed).toHaveLength(2);
    expect(value.listed).toEqual(expect.arrayContaining([kept, added]));
  });

  test('writes many items of a kind at once, keeping their order', async () => {
    const sites = Array.from({ length: 500 }, () => aSite());
    const { position } = await store().transact(async (tx) => {
      for (const site of sites) tx.put('site', site);
    });
    const { changes } = await store().log.read(position.revision - sites.length, sites.length);
    expect(changes.map(({ item }) => item)).toEqual(sites);
  });

  test('keeps nothing of a transaction whose work throws, and throws the same', async () => {
    const site = aSite();
    const before = await store().log.position();
    const failure = { reason: 'mine' };
    const failed = store().transact(async (tx) => {
      tx.put('site', site);
      throw failure;
    });
    await expect(failed).rejects.toBe(failure);
    expect(await store().log.position()).toEqual(before);
    expect((await store().transact((tx) => tx.get('site', site.id))).value).toBeUndefined();
  });

  test('refuses a name that is taken in another letter case', async () => {
    const name = `Berlin ${systemRandom.guid()}`;
    await store().transact(async (tx) => tx.put('site', aSite({ name })));
    const taken = store().transact(async (tx) =>
      tx.put('site', aSite({ name: name.toUpperCase() })),
    );
    await expect(taken).rejects.toMatchObject({ code: 'CONFLICT', problems: [{ path: ['name'] }] });
    const subnet = aSubnet({ network: '198.51.100.0/24' });
    await store().transact(async (tx) => tx.put('subnet', subnet));
    const network = store().transact(async (tx) =>
      tx.put('subnet', aSubnet({ network: subnet.network })),
    );
    await expect(network).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(subnet.network) as string,
      problems: [{ path: ['network'] }],
    });
  });

  test('lets a name move from a removed item to a new one in one transaction', async () => {
    const old = aSite();
    await store().transact(async (tx) => tx.put('site', old));
    const successor = aSite({ name: old.name });
    await store().transact(async (tx) => {
      tx.put('site', successor);
      tx.remove('site', old.id);
    });
    expect((await store().transact((tx) => tx.get('site', successor.id))).value).toEqual(successor);
  });

  test('loses no update when several transactions change one item', async () => {
    const item = aPackage({ internalVersion: 1 });
    await store().transact(async (tx) => tx.put('package', item));
    const raise = async (): Promise<void> => {
      await store().transact(async (tx) => {
        const current = (await tx.get('package', item.id))!;
        tx.put('package', { ...current, internalVersion: current.internalVersion + 1 });
      });
    };
    await Promise.all(Array.from({ length: 30 }, raise));
    const { value } = await store().transact((tx) => tx.get('package', item.id));
    expect(value!.internalVersion).toBe(31);
  });

  test('wakes a waiter after a commit', async () => {
    const { wakeups } = subject();
    const woken = new Promise<void>((resolve) => void wakeups.once(resolve));
    const site = aSite();
    await store().transact(async (tx) => tx.put('site', site));
    await woken;
    expect((await store().transact((tx) => tx.get('site', site.id))).value).toEqual(site);
  });

  test('reads everything at one position', async () => {
    const site = aSite();
    await store().transact(async (tx) => tx.put('site', site));
    const { position, changes } = await store().readAll();
    expect(position).toEqual(await store().log.position());
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: 'site', key: site.id, item: site, scope: 'NODE' }),
    );
  });
}
