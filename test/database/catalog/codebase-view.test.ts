// The view swdpackagecodebase and listCodebases name the same codebases, for any catalogue.
import fc from 'fast-check';
import { listCodebases } from '../../../catalog/list-codebases.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import { DEFAULT_SETTINGS } from '../../../catalog/settings.ts';
import { bracedGuid } from '../../../core/guid.ts';
import { mostly } from '../../support/catalog-drafts.ts';
import {
  catalogWorld,
  changesBetween,
  changesOf,
  type CatalogWorld,
} from '../../support/catalog-world.ts';
import { databaseKinds, type TestDatabase } from '../../support/database.ts';

/** As it is stored: server names are unique, and the public URL has the scheme it says. */
const WORLDS = fc.tuple(catalogWorld(), mostly(true)).map(([world, hasSettings]): CatalogWorld => ({
  ...world,
  settings: hasSettings ? world.settings : DEFAULT_SETTINGS,
  smp: { ...world.smp, publicUrl: `${world.smp.scheme}://smp1.example:8080` },
  packageServers: world.packageServers.map((one, index) => ({
    ...one,
    name: `${one.name} ${index}`,
    httpUrl: index === 1 && one.httpUrl ? `${one.httpUrl}/base//` : one.httpUrl,
    uncRoot: index === 2 && one.uncRoot ? `${one.uncRoot}\\deep\\` : one.uncRoot,
  })),
  holdings: world.holdings.map((one, index) => ({
    ...one,
    status: index % 3 === 1 ? 'DOWNLOADING' : one.status,
    claimedUrls: [...one.claimedUrls, 'file:\\\\mixed/share\\x'],
  })),
}));

const EMPTY_WORLD: Omit<CatalogWorld, 'smp' | 'settings'> = {
  sites: [],
  subnets: [],
  packageServers: [],
  computers: [],
  packages: [],
  snapshots: [],
  holdings: [],
  siteOffers: [],
  assignments: [],
  parents: [],
  upstreamOffers: [],
  leases: [],
  blockedRedirects: [],
  silentIds: [],
};

/** Rows in an order of their own: neither side promises one. */
function sorted(rows: readonly (readonly unknown[])[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

describe.each(databaseKinds())('$name', (kind) => {
  let subject: TestDatabase;
  let stored: CatalogWorld | undefined;
  let listed = 0;
  // Each question is a connection of its own, which costs a server far more than a thread.
  const numRuns = kind.name === 'PostgreSQL' ? 50 : 200;
  beforeAll(async () => {
    subject = await kind.create();
  });
  afterAll(async () => {
    await subject?.close();
    await kind.stop();
  });

  /** Turns what is stored into `world` and answers a read model of the stored state. */
  async function arrange(world: CatalogWorld): Promise<ReadModel> {
    const { store, smp } = subject.database;
    const { id: guid, name, publicUrl, uncRoot } = world.smp;
    await smp.writeSmp({ guid, name, publicKey: '', publicUrl, uncRoot });
    const before = stored ?? { ...EMPTY_WORLD, smp: world.smp, settings: world.settings };
    await store.transact(async (tx) => {
      for (const change of changesBetween(before, world)) {
        if (change.item === undefined) tx.remove(change.kind, change.key);
        else tx.put(change.kind, change.item);
      }
      // Defaults may be stored or be meant by the absence of the row.
      if (world.settings === DEFAULT_SETTINGS) tx.remove('settings', 'settings');
    });
    stored = world;
    const { changes, position } = await store.readAll();
    const absent = world.settings === DEFAULT_SETTINGS ? 1 : 0;
    expect(changes).toHaveLength(changesOf(world).length - absent);
    const model = new ReadModel(world.smp);
    model.reload(changes, position);
    return model;
  }

  async function rowsOfView(packageId: string): Promise<readonly (readonly unknown[])[]> {
    const { columns, rows, truncated } = await subject.database.readOnlyQuery(
      `SELECT * FROM SWDPackageCodebase WHERE PackageId='${packageId}'`,
    );
    expect(columns).toEqual(['packageid', 'url', 'source', 'snapshot']);
    expect(truncated).toBe(false);
    return rows;
  }

  test('each row of one is a row of the other', async () => {
    await fc.assert(
      fc.asyncProperty(WORLDS, async (world) => {
        const model = await arrange(world);
        for (const one of world.packages) {
          const list = listCodebases(model, one.id);
          listed += list.length;
          const expected = list.map((row) => [
            row.packageId,
            row.databaseUrl,
            row.sourceName,
            row.snapshotUrl ?? null,
          ]);
          const rows = await rowsOfView(bracedGuid(one.id));
          expect(sorted(rows)).toEqual(sorted(expected));
        }
      }),
      { numRuns },
    );
    expect(listed).toBeGreaterThan(2 * numRuns);
  });
});
