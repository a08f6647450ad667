import fc from 'fast-check';
import type { Package } from '../../catalog/model.ts';
import type { CatalogStore } from '../../catalog/ports.ts';
import type { CatalogQueries, Condition, Order, PageRequest } from '../../catalog/queries.ts';
import { systemRandom } from '../../core/random.ts';
import { aPackage, aPackageServer, aSubnet } from '../support/database-items.ts';

/** What every `CatalogQueries` promises, over a store that other tests use too. */
export function catalogQueriesContract(
  subject: () => { readonly store: CatalogStore; readonly queries: CatalogQueries },
): void {
  const mark = systemRandom.guid();
  const marked: Condition = { field: 'version', comparison: 'eq', value: mark };
  const packages: Package[] = ['delta', 'Alpha', 'beta', '100%_a\\', 'ähre', 'beta', 'Gamma'].map(
    (name, index) =>
      aPackage({
        name,
        version: mark,
        internalVersion: index % 3,
        enabled: index % 2 === 0,
        siteIds: index === 2 ? [mark] : [],
      }),
  );

  beforeAll(async () => {
    await subject().store.transact(async (tx) => {
      for (const item of packages) tx.put('package', item);
    });
  });

  const names = async (...conditions: Condition[]): Promise<string[]> => {
    const orderBy: Order[] = [{ field: 'name', direction: 'ASC' }];
    const request = { conditions: [marked, ...conditions], orderBy, limit: 100 };
    return (await subject().queries.page('package', request)).items.map(({ name }) => name);
  };

  test('sorts text by its bytes, whatever the locale', async () => {
    expect(await names()).toEqual(['100%_a\\', 'Alpha', 'Gamma', 'beta', 'beta', 'delta', 'ähre']);
  });

  test.each<[string, Condition, string[]]>([
    ['contains', { field: 'name', comparison: 'contains', value: 'ALPH' }, ['Alpha']],
    ['contains', { field: 'name', comparison: 'contains', value: '%_A\\' }, ['100%_a\\']],
    ['startsWith', { field: 'name', comparison: 'startsWith', value: '100%' }, ['100%_a\\']],
    ['in', { field: 'name', comparison: 'in', value: ['delta', 'Gamma'] }, ['Gamma', 'delta']],
    ['gt', { field: 'name', comparison: 'gt', value: 'beta' }, ['delta', 'ähre']],
    ['gte', { field: 'internalVersion', comparison: 'gte', value: 2 }, ['beta', 'beta']],
    ['in', { field: 'internalVersion', comparison: 'in', value: [2, 7] }, ['beta', 'beta']],
    ['eq', { field: 'enabled', comparison: 'eq', value: false }, ['100%_a\\', 'Alpha', 'beta']],
    ['member', { field: 'siteIds', comparison: 'contains', value: mark }, ['beta']],
  ])('filters by %s %j', async (_, condition, expected) => {
    expect(await names(condition)).toEqual(expected);
    expect(await subject().queries.count('package', [marked, condition])).toBe(expected.length);
  });

  test('accepts a GUID in any spelling', async () => {
    const { id, name } = packages[0]!;
    const value = `{${id.toUpperCase()}}`;
    expect(await names({ field: 'id', comparison: 'eq', value })).toEqual([name]);
  });

  test.each<[Condition, string]>([
    [{ field: 'nmae', comparison: 'eq', value: 'x' }, 'internalVersion'],
    [{ field: 'source', comparison: 'contains', value: 'x' }, 'name'],
    [{ field: 'id', comparison: 'eq', value: 'x' }, ''],
    [{ field: 'name', comparison: 'eq', value: null }, ''],
    [{ field: 'name', comparison: 'contains', value: 'a\0' }, ''],
    [{ field: 'internalVersion', comparison: 'gt', value: 1.5 }, ''],
    [{ field: 'enabled', comparison: 'gt', value: true }, ''],
  ])('refuses %j and names the field', async (condition, hint) => {
    const refused = names(condition);
    await expect(refused).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      problems: [
        { path: [condition.field], ...(hint && { hint: expect.stringContaining(hint) as string }) },
      ],
    });
  });

  test('refuses an unknown order', async () => {
    const request: PageRequest = {
      conditions: [],
      orderBy: [{ field: 'source', direction: 'ASC' }],
      limit: 1,
    };
    await expect(subject().queries.page('package', request)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  test('visits each item once, forward and backward, for any order and page size', async () => {
    const field = fc.constantFrom('name', 'internalVersion', 'enabled', 'id', 'updatedAtMs');
    const direction = fc.constantFrom<Order['direction']>('ASC', 'DESC');
    const orders = fc.array(fc.record({ field, direction }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 4 }), async (orderBy, limit) => {
        const whole = await subject().queries.page('package', {
          conditions: [marked],
          orderBy,
          limit: 100,
        });
        expect(whole.items).toHaveLength(packages.length);
        expect(await walk(orderBy, limit, false)).toEqual(whole.items.map(({ id }) => id));
        expect(await walk(orderBy, limit, true)).toEqual(whole.items.map(({ id }) => id));
      }),
      { numRuns: 15 },
    );
  });

  async function walk(orderBy: Order[], limit: number, backward: boolean): Promise<string[]> {
    const ids: string[] = [];
    let request: PageRequest = { conditions: [marked], orderBy, limit, backward };
    for (;;) {
      const page = await subject().queries.page('package', request);
      const found = page.items.map(({ id }) => id);
      if (backward) ids.unshift(...found);
      else ids.push(...found);
      if (!page.more) return ids;
      const position = page.keys.at(backward ? 0 : -1)!;
      request = { ...request, ...(backward ? { before: position } : { after: position }) };
    }
  }

  test('pages through an order with absent values', async () => {
    const name = systemRandom.guid();
    const siteId = systemRandom.guid();
    const subnets = [undefined, siteId, undefined].map((site) => aSubnet({ name, siteId: site }));
    await subject().store.transact(async (tx) => {
      for (const subnet of subnets) tx.put('subnet', subnet);
    });
    const conditions: Condition[] = [{ field: 'name', comparison: 'eq', value: name }];
    const orderBy: Order[] = [{ field: 'siteId', direction: 'DESC' }];
    const first = await subject().queries.page('subnet', { conditions, orderBy, limit: 2 });
    expect(first.items.map((item) => item.siteId)).toEqual([siteId, undefined]);
    const after = first.keys.at(-1)!;
    const rest = await subject().queries.page('subnet', { conditions, orderBy, limit: 2, after });
    expect(rest.items).toHaveLength(1);
    const unassigned: Condition = { field: 'siteId', comparison: 'eq', value: null };
    expect(await subject().queries.count('subnet', [...conditions, unassigned])).toBe(2);
  });

  test('refuses a cursor of another list', async () => {
    const request: PageRequest = { conditions: [], orderBy: [], limit: 1, after: ['nonsense'] };
    await expect(subject().queries.page('package', request)).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    });
  });

  test('finds the networks that an address lies in', async () => {
    const name = systemRandom.guid();
    const [bytes0, bytes1] = systemRandom.bytes(2);
    const wide = aSubnet({ network: `172.16.${bytes0}.0/24`, name });
    const narrow = aSubnet({ network: `172.16.${bytes0}.${bytes1}/32`, name });
    await subject().store.transact(async (tx) => {
      tx.put('subnet', wide);
      tx.put('subnet', narrow);
      tx.put('subnet', aSubnet({ network: `2001:db8:${name.slice(0, 4)}::/48`, name }));
    });
    const page = await subject().queries.page('subnet', {
      conditions: [
        { field: 'containsAddress', comparison: 'eq', value: `172.16.${bytes0}.${bytes1}` },
        { field: 'name', comparison: 'eq', value: name },
      ],
      orderBy: [{ field: 'network', direction: 'ASC' }],
      limit: 10,
    });
    expect(page.items).toEqual([wide, narrow]);
  });

  test('answers many keys in their order, with gaps for what is not there', async () => {
    const server = aPackageServer();
    await subject().store.transact(async (tx) => tx.put('packageServer', server));
    const keys = ['not a key', server.id, systemRandom.guid(), server.id];
    expect(await subject().queries.getMany('packageServer', keys)).toEqual([
      undefined,
      server,
      undefined,
      server,
    ]);
  });
}
