// Shows: when a package server counts as silent, when it is heard again, and what agents get then.
import { explainCodebases, type CodebaseDecision } from '../../../catalog/explain-codebases.ts';
import { locateAsker } from '../../../catalog/locate-asker.ts';
import { SilenceWatch } from '../../../catalog/silence-watch.ts';
import { DEFAULT_SETTINGS } from '../../../catalog/settings.ts';
import { snapshotOf } from '../../support/catalog-drafts.ts';
import { A, B, CrossingModel, guid, TOOL, VERSION } from '../hierarchy/crossing/crossing-model.ts';

const LIMIT_MS = DEFAULT_SETTINGS.packageServerSilentSeconds * 1_000;
const OFFICE = guid('52');

let world: CrossingModel;
let silence: SilenceWatch;

beforeEach(() => {
  world = new CrossingModel();
  silence = new SilenceWatch(world);
  world.putServer(A);
});

function pass(ms: number): void {
  world.clock.advance(ms);
  silence.step();
}

/** A package of the parent's: this SMP has none of its bytes. */
function putReplicated(version: number): void {
  world.putPackage(TOOL, {}, version);
  world.put('snapshot', { ...snapshotOf(TOOL, version), origin: 'REPLICATED' });
}

/** What an agent in the site of `A` is offered: names with reasons, and the version. */
function offered(): string {
  return shown(decision());
}

function decision(): CodebaseDecision {
  return explainCodebases(world.model, {
    packageId: TOOL,
    asker: locateAsker(world.model, { resourceId: undefined, addresses: ['10.2.0.20'] }),
    origin: 'http://branch.example',
    totalTimeMinutes: 0,
    denySmp: false,
    denyExternalPackageServers: false,
  });
}

function shown({ codebases, offer }: CodebaseDecision): string {
  const sources = codebases.map(({ packageServer, reason }) => `${packageServer?.id} ${reason}`);
  return `${offer.internalVersion}: ${sources.join(', ')}`;
}

test('without a link for as long as the setting says, and heard with the next one', () => {
  world.connect(A);
  pass(10 * LIMIT_MS);
  expect(world.model.silence.has(A)).toBe(false);
  world.disconnect(A);
  pass(LIMIT_MS - 1);
  expect(world.model.silence.has(A)).toBe(false);
  pass(1);
  expect(world.model.silence.has(A)).toBe(true);
  world.connect(A, 2);
  silence.step();
  expect(world.model.silence.has(A)).toBe(false);
});

test('a start of the SMP hears everybody, for it does not know what was before', () => {
  pass(LIMIT_MS - 1);
  expect(world.model.silence.has(A)).toBe(false);
  pass(1);
  expect(world.model.silence.has(A)).toBe(true);
});

test('0 switches it off', () => {
  world.put('settings', { ...DEFAULT_SETTINGS, packageServerSilentSeconds: 0 });
  pass(100 * LIMIT_MS);
  expect(world.model.silence.has(A)).toBe(false);
});

test('a link wakes the watch, not only its tick', async () => {
  const stopping = new AbortController();
  pass(LIMIT_MS);
  const running = silence.run(stopping.signal);
  expect(world.model.silence.has(A)).toBe(true);
  world.connect(A);
  expect(world.model.silence.has(A)).toBe(false);
  stopping.abort();
  await running;
});

test('the only holder of a site is offered last, behind the SMP, while it is silent', () => {
  world.putPackage(TOOL, { origin: 'LOCAL' });
  world.hold(A, TOOL, [VERSION]);
  silence.step();
  expect(offered()).toBe(`7: ${A} SAME_SUBNET`);
  pass(LIMIT_MS);
  expect(offered()).toBe(`7: undefined SMP, ${A} SILENT`);
  expect(decision().codebases.at(-1)?.reasonText).toContain('has not heard for long');
  world.connect(A);
  silence.step();
  expect(offered()).toBe(`7: ${A} SAME_SUBNET`);
});

test('another package server of the site with the version keeps the SMP out of it', () => {
  world.putPackage(TOOL, { origin: 'LOCAL' });
  world.putServer(B);
  world.connect(B);
  world.hold(A, TOOL, [VERSION]);
  world.hold(B, TOOL, [VERSION]);
  pass(LIMIT_MS);
  expect(offered()).toBe(`7: ${B} SAME_SUBNET, ${A} SILENT`);
});

test('the version does not fall, although another package server still has the one before', () => {
  world.putPackage(TOOL, { origin: 'LOCAL' });
  world.putServer(B);
  world.connect(B);
  world.hold(A, TOOL, [VERSION, VERSION - 1]);
  world.hold(B, TOOL, [VERSION - 1]);
  pass(LIMIT_MS);
  expect(offered()).toBe(`7: undefined SMP, ${A} SILENT`);
});

test('a package of the parent whose only holder is silent stays offered from it', () => {
  putReplicated(VERSION);
  world.hold(A, TOOL, [VERSION]);
  pass(LIMIT_MS);
  expect(offered()).toBe(`7: ${A} SILENT`);
});

test('a site that was offered nothing before gets what is heard, not the newest of the silent', () => {
  world.put('site', { id: OFFICE, name: 'Office', description: '' });
  world.put('subnet', { id: guid('5c'), network: '10.3.0.0/16', name: '', siteId: OFFICE });
  putReplicated(VERSION - 1);
  putReplicated(VERSION);
  world.putServer(A, { addresses: ['10.3.0.5'] });
  world.putServer(B, { addresses: ['10.3.0.6'] });
  world.connect(B);
  world.hold(A, TOOL, [VERSION]);
  world.hold(B, TOOL, [VERSION - 1]);
  pass(LIMIT_MS);
  expect(offered()).toBe(`6: ${B} ANY_SITE`);
});
