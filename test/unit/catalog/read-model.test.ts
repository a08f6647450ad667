// The read model is what its changes say, in whatever order and on however warm caches they come.
import fc from 'fast-check';
import type { CodebaseRequest } from '../../../catalog/codebase.ts';
import { explainCodebases } from '../../../catalog/explain-codebases.ts';
import type { Change } from '../../../catalog/items.ts';
import type { ReadModel } from '../../../catalog/read-model.ts';
import { DEFAULT_SETTINGS } from '../../../catalog/settings.ts';
import { PACKAGE_IDS } from '../../support/catalog-drafts.ts';
import {
  QUESTION,
  catalogWorld,
  changeOf,
  changesBetween,
  changesOf,
  modelOf,
  setUnstored,
  type CatalogWorld,
  type Question,
} from '../../support/catalog-world.ts';
import { explained, requestOf } from './answers.ts';

const questions = fc.array(QUESTION, { minLength: 4, maxLength: 4 });
const POSITION = { epoch: 'test', revision: 2 };

test('changes one by one, with questions in between, lead where a fresh load leads', () => {
  const journey = fc
    .tuple(catalogWorld(), catalogWorld())
    .map(([before, after]) => withoutLoweredOffers(before, { ...after, smp: before.smp }))
    .chain(([before, after]) => {
      const changes = changesBetween(before, after);
      const inAnyOrder = fc.shuffledSubarray(changes, { minLength: changes.length });
      return fc.tuple(fc.constant(before), fc.constant(after), inAnyOrder);
    });
  const property = fc.property(journey, questions, ([before, after, changes], asked) => {
    const model = modelOf(before);
    for (const [step, change] of changes.entries()) {
      askIfKnown(model, asked[step % asked.length]!);
      model.apply([change], POSITION);
    }
    setUnstored(model, after);
    expect(model.position).toEqual(POSITION);
    const fresh = modelOf(after);
    expect(contentOf(model)).toEqual(contentOf(fresh));
    for (const question of asked)
      expect(explained(model, question)).toEqual(explained(fresh, question));
  });
  fc.assert(property, { numRuns: 150 });
});

test('holdings that go one by one, with questions in between, leave what a load without them has', () => {
  const property = fc.property(catalogWorld(), questions, (world, asked) => {
    const model = modelOf(world);
    const ask = (step: number): void => askIfKnown(model, asked[step % asked.length]!);
    for (const question of asked) askIfKnown(model, question);
    for (const [step, holding] of world.holdings.entries()) {
      model.apply([{ ...changeOf('holding', holding), item: undefined } as Change], POSITION);
      ask(step);
    }
    const fresh = modelOf({ ...world, holdings: [] });
    for (const question of asked) {
      if (!fresh.package(question.packageId)) continue;
      expect(explained(model, question)).toEqual(explained(fresh, question));
    }
  });
  fc.assert(property, { numRuns: 150 });
});

test('tombstones of everything leave nothing but the default settings', () => {
  const property = fc.property(catalogWorld(), (world) => {
    const model = modelOf(world);
    const gone = changesOf(world).map((change) => ({ ...change, item: undefined }) as Change);
    model.apply(gone, POSITION);
    const nothing = modelOf({ ...EMPTY, smp: world.smp });
    expect(contentOf(model)).toEqual(contentOf(nothing));
    expect(model.settings).toEqual(DEFAULT_SETTINGS);
  });
  fc.assert(property, { numRuns: 50 });
});

test('a site offer only rises, until it is removed', () => {
  const [world] = fc.sample(catalogWorld([1]), { numRuns: 1, seed: 1 });
  const model = modelOf({ ...world!, siteOffers: [] });
  const siteId = world!.sites[0]!.id;
  const packageId = PACKAGE_IDS[0]!;
  const offerOf = (internalVersion: number) => ({ siteId, packageId, internalVersion });
  model.raiseSiteOffer(offerOf(5));
  model.raiseSiteOffer(offerOf(3));
  expect(model.siteOffer(siteId, packageId)).toBe(5);
  model.apply(changesOf({ ...EMPTY, smp: world!.smp, siteOffers: [offerOf(4)] }), POSITION);
  expect(model.siteOffer(siteId, packageId)).toBe(5);
  const key = `${siteId}/${packageId}`;
  const tombstone = {
    revision: 3,
    scope: 'NODE',
    kind: 'siteOffer',
    key,
    item: undefined,
    atMs: 0,
  };
  model.apply([tombstone as Change], POSITION);
  expect(model.siteOffer(siteId, packageId)).toBe(0);
});

test('an asker keeps its sites when they are renamed before the decision', () => {
  const property = fc.property(catalogWorld(), questions, (world, asked) => {
    const model = modelOf(world);
    const requests = asked.map((question) => requestOf(model, question));
    const before = requests.map((request) => outcomeOf(model, request));
    const renamed = world.sites.map((site) => changeOf('site', { ...site, name: 'renamed' }));
    model.apply(renamed, POSITION);
    expect(requests.map((request) => outcomeOf(model, request))).toEqual(before);
  });
  fc.assert(property, { numRuns: 150 });
});

const EMPTY: Omit<CatalogWorld, 'smp'> = {
  settings: DEFAULT_SETTINGS,
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

/** A recorded offer is never lowered by a change; see the last test. */
function withoutLoweredOffers(
  before: CatalogWorld,
  after: CatalogWorld,
): [CatalogWorld, CatalogWorld] {
  const siteOffers = after.siteOffers.map((offer) => {
    const known = before.siteOffers.find(
      (one) => one.siteId === offer.siteId && one.packageId === offer.packageId,
    );
    const internalVersion = Math.max(offer.internalVersion, known?.internalVersion ?? 0);
    return { ...offer, internalVersion };
  });
  return [before, { ...after, siteOffers }];
}

function askIfKnown(model: ReadModel, question: Question): void {
  if (model.package(question.packageId)) explained(model, question);
}

function outcomeOf(model: ReadModel, request: CodebaseRequest) {
  const { codebases, rejected, effects } = explainCodebases(model, request);
  return { codebases, rejected, effects };
}

function contentOf(model: ReadModel) {
  const byId = <T extends { readonly id: string }>(items: Iterable<T>): T[] =>
    [...items].sort((left, right) => (left.id < right.id ? -1 : 1));
  const packageServers = byId(model.packageServers());
  return {
    settings: model.settings,
    packages: byId(model.packages()),
    sites: byId(model.sites()),
    subnets: byId(model.subnets()),
    packageServers,
    serves: packageServers.map((one) =>
      model
        .sitesOf(one)
        .map(({ site, manuallyAssigned }) => `${site.id} ${manuallyAssigned}`)
        .sort(),
    ),
    ofPackages: PACKAGE_IDS.map((id) => ({
      snapshots: model.snapshots(id),
      holdings: packageServers.map((one) => model.holding(one.id, id)),
      computers: [...model.assignedComputers(id)].sort(),
      offers: byId(model.sites()).map((site) => model.siteOffer(site.id, id)),
    })),
  };
}
