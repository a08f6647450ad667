// Offers of the parent: stored an event at a time, complete lists withdraw the rest, a leave all.
import { OfferIntake, withdrawAllOffers } from '../../../hierarchy/crossing/offer-intake.ts';
import type { Guid } from '../../../core/guid.ts';
import { systemRandom } from '../../../core/random.ts';
import { settableClock } from './support/settable-clock.ts';
import { openTestSmp, smpDirectories, type TestSmp } from './support/test-smp.ts';

let directories: Awaited<ReturnType<typeof smpDirectories>>;
let smp: TestSmp;
const [ONE, TWO, THREE] = [systemRandom.guid(), systemRandom.guid(), systemRandom.guid()];

beforeAll(async () => {
  directories = await smpDirectories();
  smp = await openTestSmp(directories.data, { clock: settableClock() });
});
afterAll(async () => {
  await smp?.close();
  await directories?.remove();
});
beforeEach(() => smp.context.write(withdrawAllOffers));

const offer = (packageId: Guid, urls: readonly string[] = ['http://up.example/x/']) => ({
  packageId,
  internalVersion: 7,
  rootHash: 'ab'.repeat(32),
  sources: [{ packageServerId: ONE, name: 'up', urls }],
});
const stored = (): Guid[] =>
  [...smp.model.tree.upstreamOffers()].map(({ packageId }) => packageId).sort();

test('a list in parts withdraws what none of its parts named, and only at its end', async () => {
  const before = new OfferIntake(smp.context);
  await before.take({ offers: [offer(ONE), offer(TWO)], withdrawn: [], complete: true });
  const intake = new OfferIntake(smp.context);
  await intake.take({ offers: [offer(THREE)], withdrawn: [], complete: false });
  expect(stored()).toEqual([ONE, TWO, THREE].sort());
  await intake.take({ offers: [offer(ONE)], withdrawn: [], complete: true });
  expect(stored()).toEqual([ONE, THREE].sort());
  await intake.take({ offers: [offer(TWO)], withdrawn: [ONE], complete: false });
  expect(stored()).toEqual([TWO, THREE].sort());
});

test('an event is one transaction, and one that says nothing new writes nothing', async () => {
  const { revision } = smp.model.position;
  const intake = new OfferIntake(smp.context);
  const event = { offers: [offer(ONE), offer(TWO)], withdrawn: [THREE], complete: true };
  await intake.take(event);
  const changes = await smp.changesSince(revision);
  expect(changes.map(({ kind }) => kind)).toEqual(['upstreamOffer', 'upstreamOffer']);
  await new OfferIntake(smp.context).take(event);
  expect(await smp.changesSince(revision)).toEqual(changes);
});

test('what is no address of a codebase is left out', async () => {
  const urls = ['ftp://up/x', 'javascript:x', `http://${'x'.repeat(3_000)}`, '\\\\up\\x'];
  await new OfferIntake(smp.context).take({
    offers: [offer(ONE, urls), offer(TWO, ['nonsense'])],
    withdrawn: [],
    complete: true,
  });
  expect(smp.model.tree.upstreamOffer(ONE)!.sources).toMatchObject([{ urls: ['\\\\up\\x'] }]);
  expect(smp.model.tree.upstreamOffer(TWO)!.sources).toEqual([]);
});

test('a leave withdraws all', async () => {
  const event = { offers: [offer(ONE), offer(TWO)], withdrawn: [], complete: true };
  await new OfferIntake(smp.context).take(event);
  await smp.context.write(withdrawAllOffers);
  expect(stored()).toEqual([]);
});
