// Shows: who may fetch a package across, for how long, and who comes next; on a hand clock.
import { SilenceWatch } from '../../../../catalog/silence-watch.ts';
import {
  issueTicket,
  TICKET_LIFE_MS,
  type DownloadTicket,
} from '../../../../content/download-ticket.ts';
import type { Guid } from '../../../../core/guid.ts';
import { generateIdentity } from '../../../../core/identity.ts';
import { silentLogger } from '../../../../core/logger.ts';
import { LeaseKeeper } from '../../../../hierarchy/crossing/lease-keeper.ts';
import { A, B, C, CrossingModel, guid, OTHER, TOOL, VERSION } from './crossing-model.ts';

const parent = generateIdentity();
let world: CrossingModel;
let keeper: LeaseKeeper;
let silence: SilenceWatch;
let asked: string[];
let ticket: (packageId: Guid, internalVersion: number) => Promise<DownloadTicket>;
let unwatch: (() => void)[];

beforeEach(() => {
  world = new CrossingModel();
  asked = [];
  ticket = async (packageId, internalVersion) => {
    const facts = { packageId, internalVersion, childNodeId: 'child' };
    return issueTicket(parent, { ...facts, nowMs: world.clock.nowMs() });
  };
  const { model, links, clock } = world;
  silence = new SilenceWatch(world);
  keeper = new LeaseKeeper({
    ...{ model, links, clock, logger: silentLogger },
    ticket: (packageId, internalVersion) => {
      asked.push(packageId);
      return ticket(packageId, internalVersion);
    },
  });
  unwatch = [
    model.watch((change) => keeper.note(change)),
    links.watch((id, report) => keeper.noteReport(id, report)),
  ];
});
afterEach(() => unwatch.forEach((end) => end()));

function tool(...servers: readonly Guid[]): void {
  world.putPackage(TOOL);
  world.putOffer(TOOL);
  for (const id of servers) {
    world.putServer(id);
    world.connect(id);
  }
}

/** Lets what is due happen, and the parent answer. */
async function settle(): Promise<void> {
  silence.step();
  keeper.step();
  await new Promise(setImmediate);
}

async function pass(ms: number): Promise<void> {
  world.clock.advance(ms);
  await settle();
}

const holder = (packageId = TOOL): Guid | undefined =>
  world.model.crossings.leaseOf(packageId)?.packageServerId;

test('one package server gets the lease with a ticket, and the others wait', async () => {
  tool(B, A, C);
  await settle();
  expect(holder()).toBe(A);
  expect(world.model.crossings.leaseOf(TOOL)!.ticket).not.toBe('');
  world.report(A, TOOL, 'DOWNLOADING');
  await pass(50_000);
  expect([holder(), asked]).toEqual([A, [TOOL]]);
});

test('only those that the rule lets cross are given one', async () => {
  tool();
  world.putServer(A, { constrained: true });
  world.putServer(B, { addresses: ['10.7.0.1'] });
  world.putServer(C, { enabled: false });
  world.putServer(guid('d1'), { kind: 'LEGACY' });
  world.putServer(guid('d2'));
  for (const id of [A, B, C, guid('d1')]) world.connect(id);
  await settle();
  expect(holder()).toBeUndefined();
  world.connect(guid('d2'));
  await settle();
  expect(holder()).toBe(guid('d2'));
});

test('its reports keep it; silence ends it and the next one gets it', async () => {
  tool(A, B);
  await settle();
  for (let beat = 0; beat < 5; beat += 1) {
    world.report(A, TOOL, 'DOWNLOADING');
    await pass(59_000);
    expect(holder()).toBe(A);
  }
  await pass(2_000);
  await settle();
  expect(holder()).toBe(B);
});

test('whoever does not begin loses it soon', async () => {
  tool(A, B);
  await settle();
  await pass(29_000);
  expect(holder()).toBe(A);
  await pass(1_000);
  await settle();
  expect(holder()).toBe(B);
});

test('a failure gives it to the next at once, and to the same one only after a wait that grows', async () => {
  tool(A, B);
  await settle();
  world.report(A, TOOL, 'DOWNLOADING');
  world.report(A, TOOL, 'RETRYING');
  await settle();
  expect(holder()).toBe(B);
  world.report(B, TOOL, 'DOWNLOADING');
  world.report(B, TOOL, 'INVALID');
  await settle();
  expect(holder()).toBeUndefined();
  await pass(5_000);
  expect(holder()).toBe(A);
  world.report(A, TOOL, 'DOWNLOADING');
  world.report(A, TOOL, 'RETRYING');
  await settle();
  expect(holder()).toBe(B);
  world.report(B, TOOL, 'DOWNLOADING');
  world.report(B, TOOL, 'RETRYING');
  await pass(9_000);
  expect(holder()).toBeUndefined();
  await pass(1_000);
  expect(holder()).toBe(A);
});

test('nobody is passed over for ever', async () => {
  tool(A, B, C);
  const got = new Set<Guid>();
  for (let round = 0; round < 3; round += 1) {
    await settle();
    const lucky = holder()!;
    got.add(lucky);
    world.report(lucky, TOOL, 'DOWNLOADING');
    world.report(lucky, TOOL, 'RETRYING');
  }
  expect(got).toEqual(new Set([A, B, C]));
});

test('success ends it, and nobody else crosses for the version', async () => {
  tool(A, B);
  await settle();
  world.report(A, TOOL, 'DOWNLOADING');
  world.report(A, TOOL, 'READY');
  await settle();
  expect([holder(), keeper.count]).toEqual([undefined, 0]);
  await pass(30_000);
  expect(holder()).toBeUndefined();
});

test('one that has the version and went away is not waited for for ever', async () => {
  tool(A, B);
  world.hold(A, TOOL, [VERSION]);
  await settle();
  expect(holder()).toBeUndefined();
  world.disconnect(A);
  await pass(119_000);
  expect(holder()).toBeUndefined();
  await pass(1_000);
  expect(holder()).toBe(B);
});

test('a link that is back at once costs nothing, one that stays away the lease', async () => {
  tool(A, B);
  await settle();
  world.report(A, TOOL, 'DOWNLOADING');
  world.disconnect(A);
  await pass(5_000);
  world.connect(A);
  await pass(6_000);
  expect(holder()).toBe(A);
  world.disconnect(A);
  await settle();
  await pass(10_000);
  await settle();
  expect(holder()).toBe(B);
});

test('after a restart whoever is fetching already goes on', async () => {
  tool(A, B);
  world.hold(B, TOOL, [], 'DOWNLOADING');
  await settle();
  expect(holder()).toBe(B);
});

test('a withdrawn offer, another version, a constraint and the end of the assignment end it', async () => {
  const ends: (() => void)[] = [
    () => world.remove('upstreamOffer', TOOL),
    () => world.putPackage(TOOL, {}, VERSION + 1),
    () => world.putServer(A, { constrained: true }),
    () => world.putPackage(TOOL, { assignmentMode: 'INDIVIDUALLY' }),
    () => world.putPackage(TOOL, { enabled: false }),
    () => world.remove('packageServer', A),
  ];
  for (const end of ends) {
    tool(A);
    await settle();
    expect(holder()).toBe(A);
    end();
    await settle();
    expect(holder()).toBeUndefined();
    world.disconnect(A);
  }
});

test('without a ticket it is fetched all the same, and the ticket follows', async () => {
  tool(A);
  const good = ticket;
  ticket = () => Promise.reject(new Error('away'));
  await settle();
  expect(world.model.crossings.leaseOf(TOOL)).toMatchObject({ packageServerId: A, ticket: '' });
  ticket = good;
  world.report(A, TOOL, 'DOWNLOADING');
  await pass(59_000);
  world.report(A, TOOL, 'DOWNLOADING');
  await pass(1_000);
  expect(world.model.crossings.leaseOf(TOOL)!.ticket).not.toBe('');
});

test('a parent that does not answer holds nothing up', async () => {
  tool(A);
  ticket = () => new Promise(() => undefined);
  await settle();
  expect(holder()).toBeUndefined();
  await pass(10_000);
  expect(world.model.crossings.leaseOf(TOOL)).toMatchObject({ packageServerId: A, ticket: '' });
});

test('a ticket that cannot be renewed is not shown beyond its end', async () => {
  tool(A);
  await settle();
  ticket = () => Promise.reject(new Error('away'));
  const shown = async (untilMs: number): Promise<string> => {
    while (world.clock.elapsedMs < untilMs) {
      world.report(A, TOOL, 'DOWNLOADING');
      await pass(30_000);
    }
    return world.model.crossings.leaseOf(TOOL)!.ticket;
  };
  expect(await shown(TICKET_LIFE_MS - 5 * 60_000)).not.toBe('');
  expect(await shown(TICKET_LIFE_MS)).toBe('');
  expect(holder()).toBe(A);
});

test('a version that came another way meanwhile ends it', async () => {
  tool(A, B);
  await settle();
  world.report(A, TOOL, 'DOWNLOADING');
  world.hold(B, TOOL, [VERSION]);
  await settle();
  expect([holder(), keeper.count]).toEqual([undefined, 0]);
});

test('a ticket is renewed before it ends', async () => {
  tool(A);
  await settle();
  const first = world.model.crossings.leaseOf(TOOL)!.ticket;
  for (let passed = 0; passed < TICKET_LIFE_MS - 5 * 60_000; passed += 50_000) {
    world.report(A, TOOL, 'DOWNLOADING');
    await pass(50_000);
  }
  expect([holder(), asked.length]).toEqual([A, 2]);
  expect(world.model.crossings.leaseOf(TOOL)!.ticket).not.toBe(first);
});

test('many packages are spread, a few at a time, high priority first', async () => {
  tool(A, B);
  const many = Array.from({ length: 20 }, (_, index) => guid(`${index + 100}`));
  for (const id of many) {
    world.putPackage(id);
    world.putOffer(id);
  }
  world.putPackage(OTHER, { priority: 'HIGH' });
  world.putOffer(OTHER);
  await settle();
  const holders = [TOOL, OTHER, ...many].map((id) => holder(id)).filter((id) => id !== undefined);
  expect([holders.filter((id) => id === A).length, holders.length]).toEqual([6, 12]);
  expect(holder(OTHER)).toBeDefined();
  const first = many.find((id) => holder(id) === A)!;
  world.report(A, first, 'READY');
  await settle();
  expect(keeper.count).toBe(12);
});
