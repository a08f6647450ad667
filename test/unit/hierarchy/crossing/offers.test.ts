// Shows: what a child is told of the parent's package servers, at first and when something changes.
import type { Change } from '../../../../catalog/items.ts';
import { systemClock } from '../../../../core/clock.ts';
import { generateIdentity } from '../../../../core/identity.ts';
import { silentLogger } from '../../../../core/logger.ts';
import { systemRandom } from '../../../../core/random.ts';
import { verifyTicket, ticketText } from '../../../../content/download-ticket.ts';
import { ticketFor } from '../../../../hierarchy/crossing/crossing-ticket.ts';
import { OfferBook } from '../../../../hierarchy/crossing/offer-book.ts';
import { offerEvents } from '../../../../hierarchy/crossing/offer-events.ts';
import { rootHashOf } from '../../../support/catalog-drafts.ts';
import { A, B, C, CrossingModel, guid, OTHER, TOOL, VERSION } from './crossing-model.ts';

let world: CrossingModel;
let book: OfferBook;
let childId: ReturnType<CrossingModel['putChild']>;

beforeEach(() => {
  world = new CrossingModel();
  childId = world.putChild();
  world.putServer(A, { name: 'a', httpsUrl: 'https://a.example', uncRoot: '\\\\a\\share' });
  world.putPackage(TOOL, { origin: 'LOCAL' });
  world.hold(A, TOOL, [VERSION]);
  book = new OfferBook(world.model, childId);
  world.model.watch((change: Change | undefined) => book.note(change));
});

const braced = `{${TOOL.toUpperCase()}}`;

test('first everything, with addresses as codebases have them; then nothing', () => {
  expect(book.take()).toEqual({
    complete: true,
    withdrawn: [],
    offers: [
      {
        packageId: TOOL,
        internalVersion: VERSION,
        rootHash: rootHashOf(TOOL, VERSION),
        sources: [
          {
            packageServerId: A,
            name: 'a',
            urls: [
              `https://a.example/Altiris/PackageShare/${braced}/7/`,
              `http://ps.example/Altiris/PackageShare/${braced}/7/`,
              `\\\\a\\share\\${braced}\\v7`,
            ],
          },
        ],
      },
    ],
  });
  expect(book.take()).toBeUndefined();
  expect(book.takeServers()).toEqual([
    { packageServerId: A, name: 'a', urls: ['https://a.example', 'http://ps.example'] },
  ]);
  expect(book.takeServers()).toBeUndefined();
});

test('no other site, claim, older version, switched off or unproven holder is a source', () => {
  world.putServer(A, { addresses: ['10.9.0.1'] });
  world.putServer(B, { kind: 'LEGACY' });
  world.putServer(C, { enabled: false });
  for (const id of [B, C]) world.hold(id, TOOL, [VERSION]);
  world.putServer(guid('d1'));
  world.hold(guid('d1'), TOOL, [VERSION - 1]);
  expect(book.take()).toEqual({ offers: [], withdrawn: [], complete: true });
});

test('a package server that becomes ready is told at once, one that is not any more withdrawn', () => {
  book.take();
  world.putServer(B);
  world.hold(B, TOOL, [VERSION]);
  expect(book.take()!.offers[0]!.sources).toHaveLength(2);
  world.hold(A, TOOL, []);
  world.hold(B, TOOL, []);
  expect(book.take()).toEqual({ offers: [], withdrawn: [TOOL], complete: false });
});

test('a new version without a holder withdraws the old offer', () => {
  book.take();
  world.putPackage(TOOL, { origin: 'LOCAL' }, VERSION + 1);
  expect(book.take()).toEqual({ offers: [], withdrawn: [TOOL], complete: false });
});

test('the rule, the switch and metadataOnly of the child decide', () => {
  world.putPackage(OTHER, { origin: 'LOCAL' });
  world.hold(A, OTHER, [VERSION]);
  expect(book.take()!.offers).toHaveLength(2);
  const child = world.model.tree.child(childId)!;
  world.put('child', { ...child, rule: { kind: 'CHOSEN', packageIds: [OTHER] } });
  expect(book.take()).toMatchObject({ offers: [], withdrawn: [TOOL] });
  world.put('child', { ...child, replicationEnabled: false });
  expect(book.take()).toMatchObject({ withdrawn: [OTHER] });
  world.put('child', { ...child, metadataOnly: true });
  expect([book.take(), book.takeServers()]).toEqual([undefined, []]);
  world.put('child', child);
  expect(book.take()!.offers).toHaveLength(2);
});

test('an event carries at most 200, and only the last one of the list is complete', () => {
  for (let index = 0; index < 450; index += 1) {
    const id = guid(`${index + 1_000}`);
    world.putPackage(id, { origin: 'LOCAL' });
    world.hold(A, id, [VERSION]);
  }
  const events = [book.take()!, book.take()!, book.take()!];
  expect(events.map(({ offers }) => offers.length)).toEqual([200, 200, 51]);
  expect(events.map(({ complete }) => complete)).toEqual([false, false, true]);
  expect(book.take()).toBeUndefined();
});

test('the stream says who is there, then everything, then changes, and ends', async () => {
  const { model } = world;
  const events = offerEvents({ model, clock: systemClock }, childId);
  expect((await events.next()).value).toMatchObject({ kind: 'SERVERS' });
  expect((await events.next()).value).toMatchObject({ kind: 'OFFERS', complete: true });
  const next = events.next();
  world.hold(A, TOOL, []);
  expect((await next).value).toMatchObject({ kind: 'OFFERS', withdrawn: [TOOL] });
  const last = events.next();
  await events.return!();
  expect(await last).toMatchObject({ done: true });
});

describe('tickets', () => {
  const identity = generateIdentity();
  const ask = (given: { version?: number } = {}) => {
    const { model, clock } = world;
    const context = {
      ...{ model, clock, identity, random: systemRandom, logger: silentLogger },
      store: undefined as never,
      write: undefined as never,
    };
    return ticketFor(context, world.model.tree.child(childId)!, {
      packageId: TOOL,
      internalVersion: given.version ?? VERSION,
    });
  };

  test('one for what is offered, for an hour, that the package servers can prove', () => {
    const ticket = ask();
    const facts = { publicKey: identity.publicKey, packageId: TOOL, internalVersion: VERSION };
    const text = ticketText(ticket);
    const nowMs = world.clock.nowMs();
    expect(verifyTicket(text, { ...facts, nowMs: nowMs + 3_599_999 })).toEqual(ticket);
    expect(() => verifyTicket(text, { ...facts, nowMs: nowMs + 3_600_000 })).toThrow('expired');
    const foreign = { ...facts, nowMs, publicKey: generateIdentity().publicKey };
    expect(() => verifyTicket(text, foreign)).toThrow('not signed');
    expect(() => verifyTicket(text, { ...facts, nowMs, internalVersion: 8 })).toThrow('another');
    expect(() => verifyTicket('e30', { ...facts, nowMs })).toThrow('cannot be read');
  });

  test('none for another version, or a child that packages do not go to', () => {
    expect(() => ask({ version: 6 })).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    const child = world.model.tree.child(childId)!;
    world.put('child', { ...child, metadataOnly: true });
    expect(() => ask()).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
  });
});
