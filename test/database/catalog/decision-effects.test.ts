// What answers cause is stored afterwards, coalesced, and a batch that fails costs only itself.
import type { CatalogContext } from '../../../catalog/context.ts';
import { EffectApplier } from '../../../catalog/decision-effects.ts';
import type { Package, Site } from '../../../catalog/model.ts';
import { systemRandom } from '../../../core/random.ts';
import { aPackage, aSite } from '../../support/database-items.ts';
import { SettableClock as SteppedClock } from '../../unit/package-server/world.ts';
import { settableClock } from './support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
let site: Site;
let automatic: Package;

beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock: settableClock() });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});
beforeEach(async () => {
  site = aSite();
  automatic = aPackage({ assignmentMode: 'AUTOMATIC' });
  await smp.context.write(async (tx) => {
    tx.put('site', site);
    tx.put('package', automatic);
  });
});

const raise = (internalVersion: number) =>
  ({
    kind: 'RAISE_SITE_OFFER',
    packageId: automatic.id,
    siteId: site.id,
    internalVersion,
  }) as const;
const assign = () => ({ kind: 'ASSIGN_SITE', packageId: automatic.id, siteId: site.id }) as const;

test('a thousand answers cost one commit, and a floor holds at once', async () => {
  const effects = new EffectApplier(smp.context);
  const { revision } = smp.model.position;
  for (let index = 0; index < 1_000; index += 1) effects.add([raise(7), assign()]);
  expect(smp.model.siteOffer(site.id, automatic.id)).toBe(7);
  await effects.settled();
  const changes = await smp.changesSince(revision);
  expect(changes.map(({ kind }) => kind).sort()).toEqual(['package', 'siteOffer']);
  expect(smp.model.package(automatic.id)?.siteIds).toEqual([site.id]);
  effects.add([raise(6), assign()]);
  await effects.settled();
  expect(await smp.changesSince(revision)).toEqual(changes);
});

test('what is gone or decided otherwise meanwhile stays so', async () => {
  const effects = new EffectApplier(smp.context);
  const manual = { ...automatic, assignmentMode: 'SITE' } as const;
  await smp.context.write(async (tx) => tx.put('package', manual));
  const { revision } = smp.model.position;
  const gone = systemRandom.guid();
  effects.add([assign(), { ...assign(), siteId: gone }, { ...raise(9), packageId: gone }]);
  await effects.settled();
  expect(await smp.changesSince(revision)).toEqual([]);
});

test('a batch that cannot be stored is reported, and the next one is stored', async () => {
  const reported: string[] = [];
  let failing = true;
  const context: CatalogContext = {
    ...smp.context,
    logger: { ...smp.context.logger, error: (_, message) => reported.push(message) },
    write: async (work) => {
      if (!failing) return smp.context.write(work);
      failing = false;
      effects.add([raise(8)]);
      throw new Error('connection lost');
    },
  };
  const effects = new EffectApplier(context);
  effects.add([assign()]);
  await effects.settled();
  expect(reported).toHaveLength(1);
  const stored = await smp.database.queries.getMany('siteOffer', [`${site.id}/${automatic.id}`]);
  expect(stored).toMatchObject([{ internalVersion: 8 }]);
});

test('a redirect blocks others for the time of the setting, and not beyond the end', async () => {
  const clock = new SteppedClock();
  const effects = new EffectApplier({ ...smp.context, clock });
  const { crossings } = smp.model;
  effects.add([{ kind: 'BLOCK_REDIRECT', packageId: automatic.id }]);
  expect(crossings.isRedirectBlocked(automatic.id)).toBe(true);
  clock.advance(599_000);
  await new Promise(setImmediate);
  expect(crossings.isRedirectBlocked(automatic.id)).toBe(true);
  clock.advance(1_000);
  await new Promise(setImmediate);
  expect(crossings.isRedirectBlocked(automatic.id)).toBe(false);
  effects.add([{ kind: 'BLOCK_REDIRECT', packageId: automatic.id }]);
  await effects.close();
  await new Promise(setImmediate);
  expect(crossings.isRedirectBlocked(automatic.id)).toBe(false);
});
