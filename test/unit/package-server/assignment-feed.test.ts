// Shows: a list that is complete takes away what it did not name, an incomplete one nothing.
import { AssignmentFeed } from '../../../package-server/assignment-feed.ts';
import type { LinkAssignment, LinkEvent } from '../../../package-server/link-event.ts';
import { PackageKeeper } from '../../../package-server/package-keeper.ts';
import { createWorld, PACKAGE_ID, type World } from './world.ts';

const EVENT: LinkEvent = {
  serverTimeMs: 0,
  settings: {
    deletePackageFilesAfterMinutes: 60,
    versionGraceMinutes: 60,
    maxBytesPerSecond: undefined,
    blackout: undefined,
  },
  assignments: [],
  removed: [],
  complete: false,
  verify: [],
  resendStatus: false,
  probes: [],
};

const released = async (files: Parameters<World['release']>[0]): Promise<LinkAssignment> => ({
  ...(await world.release(files)),
  crossing: undefined,
});

let world: World;
let keeper: PackageKeeper;
let told: string[];
const openFeed = (): AssignmentFeed =>
  new AssignmentFeed({
    book: world.context.book,
    upstream: world.context.upstream,
    keeper,
    verifier: { verify: (packageId) => told.push(`verify ${packageId}`) },
    listener: {
      onComplete: () => told.push('complete'),
      onResendStatus: () => told.push('resend'),
    },
  });
beforeEach(async () => {
  told = [];
  world = await createWorld();
  keeper = new PackageKeeper({ context: world.context });
});
afterEach(async () => {
  await keeper.close();
  await world.remove();
});

const isAssigned = (): boolean => world.context.book.get(PACKAGE_ID)!.unassignedAtMs === undefined;

test('what a reconnect does not name is unassigned when its list is complete', async () => {
  const assignment = await released({ 'a.txt': 'one' });
  openFeed().apply({ ...EVENT, assignments: [assignment], complete: true });
  expect(isAssigned()).toBe(true);
  const reconnected = openFeed();
  reconnected.apply(EVENT);
  expect(isAssigned()).toBe(true);
  reconnected.apply({ ...EVENT, complete: true });
  expect(isAssigned()).toBe(false);
  expect(told).toEqual(['complete', 'complete']);
});

test('after the list only what is named changes', async () => {
  const assignment = await released({ 'a.txt': 'one' });
  const feed = openFeed();
  feed.apply({ ...EVENT, assignments: [assignment], complete: true });
  feed.apply({ ...EVENT, verify: [PACKAGE_ID], resendStatus: true });
  expect(isAssigned()).toBe(true);
  feed.apply({ ...EVENT, removed: [PACKAGE_ID] });
  expect(isAssigned()).toBe(false);
  expect(told).toEqual(['complete', `verify ${PACKAGE_ID}`, 'resend']);
});
