// SWDPackageCodebase lists exactly the codebases that its rule names, on every database.
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Holding, Package, PackageServer, PublicationTypes } from '../../catalog/model.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../catalog/settings.ts';
import { bracedGuid } from '../../core/guid.ts';
import { systemRandom } from '../../core/random.ts';
import { databaseKinds, type TestDatabase } from '../support/database.ts';
import { aHolding, aPackage, aPackageServer } from '../support/database-items.ts';

const CURRENT = 1_800_000_000;

interface Scene {
  readonly item: Package;
  readonly server: PackageServer;
  readonly holding: Holding;
  readonly settings: Settings | undefined;
  readonly smp: { readonly publicUrl: string; readonly uncRoot: string };
}

const types: fc.Arbitrary<PublicationTypes> = fc.record({
  unc: fc.boolean(),
  http: fc.boolean(),
  https: fc.boolean(),
});

const scenes: fc.Arbitrary<Scene> = fc
  .record({
    item: fc.record({
      source: fc.constantFrom<Package['source']>(
        { kind: 'NONE' },
        { kind: 'LOCAL', path: '/srv/one' },
        { kind: 'UNC', path: '\\\\filer\\pkgs\\one' },
        { kind: 'URL', url: 'https://vendor.example/one/', directory: undefined },
      ),
      sourceState: fc.constantFrom<Package['sourceState']>('VERIFIED', 'UNVERIFIED', 'PENDING'),
      origin: fc.constantFrom<Package['origin']>('LOCAL', 'REPLICATED'),
    }),
    server: fc.record({
      kind: fc.constantFrom<PackageServer['kind']>('CANOPY', 'LEGACY'),
      enabled: fc.boolean(),
      httpUrl: fc.constantFrom('', 'http://ps1.example', 'http://ps1.example/'),
      httpsUrl: fc.constantFrom('', 'https://ps1.example'),
      uncRoot: fc.constantFrom('', '\\\\ps1\\PkgSvrHostC$', '\\\\ps1\\PkgSvrHostC$\\'),
      publicationTypes: fc.option(types, { nil: undefined }),
    }),
    holding: fc.record({
      status: fc.constantFrom<Holding['status']>('READY', 'DOWNLOADING'),
      held: fc.constantFrom<Holding['held']>(
        [],
        [{ internalVersion: 1, rootHash: 'a', sinceMs: 1 }],
        [
          { internalVersion: CURRENT, rootHash: 'b', sinceMs: 2 },
          { internalVersion: 1, rootHash: 'a', sinceMs: 1 },
        ],
      ),
      claimedUrls: fc.constantFrom<Holding['claimedUrls']>(
        [],
        ['HTTP://ps1/x', 'HTTPS://ps1/x', 'FILE://ps1/x'],
      ),
    }),
    smpPublication: types,
    packageServerPublication: types,
    hasSettings: fc.boolean(),
    smp: fc.record({
      publicUrl: fc.constantFrom('http://smp1:8080', 'https://smp1/'),
      uncRoot: fc.constantFrom('', '\\\\smp1\\NSCap'),
    }),
  })
  .map(({ smpPublication, packageServerPublication, hasSettings, ...rest }) => {
    const item = aPackage({ ...rest.item, internalVersion: CURRENT });
    const server = aPackageServer(rest.server);
    const holding = aHolding({ ...rest.holding, packageId: item.id, packageServerId: server.id });
    const settings = hasSettings
      ? { ...DEFAULT_SETTINGS, smpPublication, packageServerPublication }
      : undefined;
    return { item, server, holding, settings, smp: rest.smp };
  });

/** The rule once more, by other means than SQL. */
function expectedUrls({
  item,
  server,
  holding,
  settings = DEFAULT_SETTINGS,
  smp,
}: Scene): string[] {
  const guid = bracedGuid(item.id);
  const web = (base: string): string =>
    `${base.replace(/\/$/, '')}/Altiris/PackageShare/${guid}/${CURRENT}/`;
  const unc = (base: string): string =>
    `FILE:${base.replace(/\\$/, '').replaceAll('\\', '/')}/${guid}/v${CURRENT}`;
  const urls: string[] = [];
  if (item.origin === 'LOCAL' && item.sourceState === 'VERIFIED') {
    const scheme = smp.publicUrl.startsWith('https') ? 'https' : 'http';
    if (settings.smpPublication[scheme]) urls.push(web(smp.publicUrl));
    if (settings.smpPublication.unc && smp.uncRoot) urls.push(unc(smp.uncRoot));
  }
  const holds = holding.held.some(({ internalVersion }) => internalVersion === CURRENT);
  if (server.enabled && holding.status === 'READY' && holds) {
    const on = server.publicationTypes ?? settings.packageServerPublication;
    if (server.kind === 'CANOPY') {
      if (on.http && server.httpUrl) urls.push(web(server.httpUrl));
      if (on.https && server.httpsUrl) urls.push(web(server.httpsUrl));
      if (on.unc && server.uncRoot) urls.push(unc(server.uncRoot));
    } else {
      const typeOf = { 'HTTP:': 'http', 'HTTPS:': 'https', 'FILE:': 'unc' } as const;
      for (const url of holding.claimedUrls) {
        if (on[typeOf[url.split('//')[0] as keyof typeof typeOf]]) urls.push(url);
      }
    }
  }
  if (item.source.kind === 'UNC') urls.push(`FILE:${item.source.path.replaceAll('\\', '/')}`);
  if (item.source.kind === 'URL') urls.push(item.source.url);
  return urls.sort();
}

describe.each(databaseKinds())('$name', (kind) => {
  let subject: TestDatabase;
  beforeAll(async () => {
    subject = await kind.create();
  });
  afterAll(async () => {
    await subject?.close();
    await kind.stop();
  });

  async function arrange(scene: Scene): Promise<void> {
    const { store, smp, orm } = subject.database;
    await smp.writeSmp({ guid: systemRandom.guid(), name: 'SMP1', publicKey: '', ...scene.smp });
    await sql`delete from settings`.execute(orm.em.getKysely<unknown>());
    await store.transact(async (tx) => {
      tx.put('package', scene.item);
      tx.put('packageServer', scene.server);
      tx.put('holding', scene.holding);
      if (scene.settings) tx.put('settings', scene.settings);
    });
  }

  test('the codebases of a package follow the rule', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        await arrange(scene);
        const id = bracedGuid(scene.item.id);
        const { columns, rows } = await subject.database.readOnlyQuery(
          `SELECT * FROM SWDPackageCodebase WHERE PackageId='${id}'`,
        );
        expect(columns).toEqual(['packageid', 'url', 'source', 'snapshot']);
        expect(rows.map((row) => row[1] as string).sort()).toEqual(expectedUrls(scene));
        const base = scene.smp.publicUrl.replace(/\/$/, '');
        for (const [packageId, url, source, snapshot] of rows) {
          expect(packageId).toBe(scene.item.id);
          const ofServer = /ps1/i.test(url as string);
          expect(source).toBe(ofServer ? scene.server.name : 'SMP1');
          expect(snapshot).toBe(`${base}/Altiris/NS/Agent/${CURRENT}/GetPackageSnapshot.aspx`);
        }
      }),
      { numRuns: 60 },
    );
  });
});
