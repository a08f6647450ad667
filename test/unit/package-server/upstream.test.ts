// Shows: to whom a ticket is shown, when the parent's package servers are probed, and what a lost
// lease does to a transfer.
import { TICKET_HEADER } from '../../../content/download-ticket.ts';
import { AssignmentFeed } from '../../../package-server/assignment-feed.ts';
import { PackageKeeper } from '../../../package-server/package-keeper.ts';
import { politeTransport } from '../../../package-server/polite-transport.ts';
import { ServerClock } from '../../../core/server-clock.ts';
import { UpstreamProbes, type Probe } from '../../../package-server/upstream-probes.ts';
import { Upstream } from '../../../package-server/upstream.ts';
import { createWorld, PACKAGE_ID, SettableClock } from './world.ts';

const UP = { packageServerId: PACKAGE_ID, name: 'up', urls: ['https://up.test', 'http://up.test'] };

const EVENT = {
  serverTimeMs: 0,
  settings: {
    deletePackageFilesAfterMinutes: 60,
    versionGraceMinutes: 60,
    maxBytesPerSecond: undefined,
    blackout: undefined,
  },
  removed: [],
  complete: false,
  verify: [],
  resendStatus: false,
  probes: [],
};

test("only the parent's package servers are shown the ticket of the package", async () => {
  const upstream = new Upstream();
  upstream.setServers([UP]);
  const shown: (string | null)[] = [];
  const transport = upstream.transportFor(PACKAGE_ID, async (_, { headers }) => {
    expect(headers['range']).toBe('bytes=0-1');
    shown.push(new Headers(headers).get('canopy-ticket'));
    return new Response();
  });
  const request = { headers: { range: 'bytes=0-1' }, signal: new AbortController().signal };
  const urls = [
    'http://up.test/a',
    'https://up.test/a',
    'http://up.test.evil/a',
    'http://ps.test/a',
  ];
  for (const url of urls) await transport(url, request);
  upstream.setLease(PACKAGE_ID, { ticket: 'yes' });
  for (const url of urls) await transport(url, request);
  expect(shown).toEqual([null, null, null, null, 'yes', 'yes', null, null]);
  expect(upstream.setLease(PACKAGE_ID, undefined)).toBe(true);
  expect(upstream.setLease(PACKAGE_ID, undefined)).toBe(false);
});

describe('probes', () => {
  const clock = new SettableClock();
  const upstream = new Upstream();
  const asked: string[] = [];
  let rounds: (readonly Probe[])[] = [];
  let answer: (url: string, signal: AbortSignal) => Promise<Response>;
  const stopping = new AbortController();
  const probes = new UpstreamProbes({
    upstream,
    clock,
    serverClock: new ServerClock(clock),
    transport: async (url, { signal }) => {
      asked.push(url);
      return await answer(url, signal);
    },
    onProbed: (round) => rounds.push(round),
  });
  const settled = (): Promise<void> => new Promise(setImmediate);
  let running: Promise<void>;
  beforeAll(() => {
    running = probes.run(stopping.signal);
  });
  beforeEach(() => {
    asked.length = 0;
    rounds = [];
  });
  afterAll(async () => {
    stopping.abort();
    await running;
  });

  test('a new list is probed at once, by its first address that answers', async () => {
    answer = async (url) => {
      if (url.startsWith('https:'))
        throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
      return new Response('', { status: 404 });
    };
    upstream.setServers([UP]);
    await settled();
    expect(asked).toEqual(['https://up.test/livez', 'http://up.test/livez']);
    expect(rounds).toMatchObject([[{ reachable: true, url: 'http://up.test', reason: '' }]]);
    upstream.setServers([UP]);
    await settled();
    expect(rounds).toHaveLength(1);
  });

  test('again after five minutes; the fault is named', async () => {
    answer = async () => new Response('', { status: 502 });
    clock.advance(299_000);
    await settled();
    expect(rounds).toEqual([]);
    clock.advance(1_000);
    await settled();
    expect(rounds).toMatchObject([[{ reachable: false, reason: 'it answers HTTP 502' }]]);
  });

  test('who does not answer within five seconds is not there', async () => {
    answer = (_, signal) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    upstream.setServers([{ ...UP, urls: ['http://slow.test'] }]);
    await settled();
    clock.advance(5_000);
    await settled();
    expect(rounds).toMatchObject([[{ reachable: false, reason: 'no answer within 5 s' }]]);
  });
});

test('a transfer whose lease ended starts anew, and asks the SMP where to go', async () => {
  const world = await createWorld();
  const { book, upstream } = world.context;
  let aborted = 0;
  let questions = 0;
  const { packageInfo } = world.context.door;
  const held = Promise.withResolvers<void>();
  const context = {
    ...world.context,
    door: {
      ...world.context.door,
      packageInfo: async (...args: Parameters<typeof packageInfo>) => {
        questions += 1;
        if (questions > 1) return await packageInfo(...args);
        held.resolve();
        return await new Promise<never>((_, reject) => {
          args[1].signal.addEventListener('abort', () => {
            aborted += 1;
            reject(args[1].signal.reason as Error);
          });
        });
      },
    },
  };
  const crossing = new PackageKeeper({ context });
  const listener = { onComplete: () => undefined, onResendStatus: () => undefined };
  const verifier = { verify: () => undefined };
  const feed = new AssignmentFeed({ book, upstream, keeper: crossing, verifier, listener });
  const assignment = await world.release({ 'a.txt': 'one' });
  feed.apply({ ...EVENT, assignments: [{ ...assignment, crossing: { ticket: 't' } }] });
  await held.promise;
  const ready = new Promise<void>((resolve) =>
    book.onChange(() => {
      if (book.get(PACKAGE_ID)?.status === 'READY') resolve();
    }),
  );
  feed.apply({ ...EVENT, assignments: [{ ...assignment, crossing: undefined }] });
  await ready;
  expect([aborted, questions, upstream.leased]).toEqual([1, 2, []]);
  expect(JSON.stringify(book.get(PACKAGE_ID))).not.toContain('ticket');
  await crossing.close();
  await world.remove();
});

test('every question about files of a leased package says who asks and shows the ticket', async () => {
  const world = await createWorld();
  const { book, clock, random, upstream } = world.context;
  const asked: unknown[] = [];
  const transport = politeTransport({
    packageServerId: book.enrollment.packageServerId,
    transport: (url, request) => {
      const { method = 'GET', headers } = request;
      asked.push([method, headers['x-sma-id'], headers[TICKET_HEADER]]);
      return world.context.transport(url, request);
    },
    clock,
    random,
  });
  const keeper = new PackageKeeper({ context: { ...world.context, transport } });
  const ready = new Promise<void>((resolve) =>
    book.onChange(() => {
      if (book.get(PACKAGE_ID)?.status === 'READY') resolve();
    }),
  );
  const listener = { onComplete: () => undefined, onResendStatus: () => undefined };
  const verifier = { verify: () => undefined };
  const feed = new AssignmentFeed({ book, upstream, keeper, verifier, listener });
  const assignment = await world.release({ 'a.txt': 'one' });
  const probes = [{ ...UP, urls: ['http://source.test'] }];
  feed.apply({ ...EVENT, probes, assignments: [{ ...assignment, crossing: { ticket: 'yes' } }] });
  await ready;
  const { packageServerId } = book.enrollment;
  expect(asked).toContainEqual(['GET', packageServerId, 'yes']);
  expect(asked).toContainEqual(['OPTIONS', packageServerId, 'yes']);
  expect(new Set(asked.map((request) => JSON.stringify(request))).size).toBe(2);
  await keeper.close();
  await world.remove();
});
