// The version that a site is offered never falls while package servers come, go and lose bytes.
import fc, { type Arbitrary } from 'fast-check';
import { offeredVersion } from '../../../catalog/decide-codebases.ts';
import { explainCodebases } from '../../../catalog/explain-codebases.ts';
import type { Change } from '../../../catalog/items.ts';
import type * as m from '../../../catalog/model.ts';
import type { ReadModel } from '../../../catalog/read-model.ts';
import { PACKAGE_IDS, holdingOf, serverId, snapshotOf } from '../../support/catalog-drafts.ts';
import {
  QUESTION,
  catalogWorld,
  changeOf,
  modelOf,
  type Question,
} from '../../support/catalog-world.ts';
import { requestOf } from './answers.ts';

const packageId = PACKAGE_IDS[0]!;
const SERVER_IDS: readonly unknown[] = [0, 1, 2, 3, 4].map(serverId);
type Step = (model: ReadModel) => void;

test('an offer to the agents of a site is followed by the same or a newer one', () => {
  let rises = 0;
  let fallBacks = 0;
  const agents = fc.array(agent(), { minLength: 2, maxLength: 4 });
  const steps = fc.array(fc.oneof(report(), report(), switching(), publication(), sweep()), {
    minLength: 6,
    maxLength: 16,
  });
  const property = fc.property(catalogWorld([3, 5]), agents, steps, (world, asked, some) => {
    const model = modelOf(world);
    const lastBySites = new Map<string, number>();
    for (const step of some) {
      step(model);
      for (const question of asked) {
        const { asker, offer, effects } = explainCodebases(model, requestOf(model, question));
        if (asker.sites.length === 0 || offer.internalVersion === 0) continue;
        const sites = asker.sites
          .map((site) => site.id)
          .sort()
          .join();
        const last = lastBySites.get(sites) ?? 0;
        expect(offer.internalVersion).toBeGreaterThanOrEqual(last);
        if (last > 0 && offer.internalVersion > last) rises += 1;
        lastBySites.set(sites, offer.internalVersion);
        for (const effect of effects) {
          if (effect.kind !== 'RAISE_SITE_OFFER') continue;
          model.raiseSiteOffer(effect);
          fallBacks += 1;
        }
        expect(offeredVersion(model, asker, packageId)).toBe(offer.internalVersion);
      }
    }
  });
  fc.assert(property, { numRuns: 400 });
  expect(rises).toBeGreaterThan(0);
  expect(fallBacks).toBeGreaterThan(0);
});

/** Agents alone: a package server may fall back to an older version to help itself. */
function agent(): Arbitrary<Question> {
  return QUESTION.filter((one) => !SERVER_IDS.includes(one.resourceId)).map((one) => ({
    ...one,
    packageId,
  }));
}

/** A package server reports what it has now: more, less, nothing, or bytes of another tree. */
function report(): Arbitrary<Step> {
  const held = fc.record({
    internalVersion: fc.integer({ min: 1, max: 8 }),
    tree: fc.constantFrom('RIGHT', 'RIGHT', 'RIGHT', 'WRONG'),
  });
  return fc
    .record({
      server: fc.nat(4).map(serverId),
      versions: fc.uniqueArray(held, { selector: (one) => one.internalVersion, maxLength: 2 }),
    })
    .map(({ server, versions }) => (model: ReadModel) => {
      const before = model.holding(server, packageId);
      if (!model.packageServer(server)) return;
      const claimedUrls = before?.claimedUrls ?? [];
      const now = holdingOf({ packageServerId: server, packageId, claimedUrls, versions, more: 0 });
      const highestVersion = Math.max(now.highestVersion, before?.highestVersion ?? 0);
      put(model, changeOf('holding', { ...now, highestVersion }));
    });
}

function switching(): Arbitrary<Step> {
  return fc.nat(4).map((index) => (model: ReadModel) => {
    const server = model.packageServer(serverId(index));
    if (server) put(model, changeOf('packageServer', { ...server, enabled: !server.enabled }));
  });
}

/** The distribution point update found a new tree. */
function publication(): Arbitrary<Step> {
  return fc.constant((model: ReadModel) => {
    const one: m.Package = model.package(packageId)!;
    const internalVersion = one.internalVersion + 1;
    put(model, changeOf('snapshot', snapshotOf(packageId, internalVersion)));
    put(model, changeOf('package', { ...one, internalVersion }));
  });
}

/** The oldest snapshot's grace time is over. */
function sweep(): Arbitrary<Step> {
  return fc.constant((model: ReadModel) => {
    const oldest = model.snapshots(packageId).slice(1).at(-1);
    if (oldest) put(model, { ...changeOf('snapshot', oldest), item: undefined } as Change);
  });
}

function put(model: ReadModel, change: Change): void {
  model.apply([change], model.position);
}
