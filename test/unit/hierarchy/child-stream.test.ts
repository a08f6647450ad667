// The parent's end of a link with a clock that a test moves: heartbeats, replacement, and the end.
import type { Principal } from '../../../catalog/authority.ts';
import type { CatalogContext } from '../../../catalog/context.ts';
import type { CatalogTransaction } from '../../../catalog/ports.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import type { Child } from '../../../catalog/tree-model.ts';
import { generateIdentity } from '../../../core/identity.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import { ChildSessions } from '../../../hierarchy/link/child-sessions.ts';
import { childStream } from '../../../hierarchy/link/child-stream.ts';
import type { ChildLinkEvent } from '../../../hierarchy/link/link-protocol.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import { changeOf } from '../../support/catalog-world.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { SimpleChildServices } from '../../support/link-doubles.ts';
import { treeItems } from '../../support/tree-items.ts';

function aParent() {
  const clock = new HandClock();
  const wakeups = createWakeups();
  const child: Child = treeItems(systemRandom.guid()).child;
  const model = new ReadModel({
    id: systemRandom.guid(),
    name: 'parent',
    scheme: 'http',
    publicUrl: '',
    addresses: [],
    uncRoot: '',
  });
  const put = (item: Child): void =>
    model.apply([changeOf('child', item)], { epoch: 'test', revision: 1 });
  put(child);
  const log = { run: 'run', position: async () => ({ epoch: 'test', revision: 1 }) };
  const states = { read: async () => ({ states: [], upTo: 1, more: false, isHeld: true }) };
  const empty = {
    get: async () => undefined,
    list: async () => [],
  } as unknown as CatalogTransaction;
  const transact = async <T>(work: (tx: CatalogTransaction) => Promise<T>) => ({
    value: await work(empty),
  });
  const store = { log, states, transact };
  const context = {
    store,
    model,
    clock,
    random: systemRandom,
    identity: generateIdentity(),
    logger: silentLogger,
    write: async () => undefined,
  } as unknown as CatalogContext;
  const sessions = new ChildSessions({
    store: store as never,
    wakeups,
    clock,
    logger: silentLogger,
    revisionOf: () => 1,
  });
  const services = new SimpleChildServices(context, new Uint8Array(32));
  const { id: childId, name, publicKey } = child;
  const principal: Principal = { role: 'CHILD', childId, name, publicKey };
  const inputs = { context, sessions, services, serverTimeMs: () => 7, current: () => principal };
  const open = (bootCounter = 1) => {
    const heard: ChildLinkEvent[] = [];
    const stopping = new AbortController();
    const hello = {
      bootCounter,
      protocolVersion: 1,
      softwareVersion: '1',
      name: 'child',
      url: '',
      cursor: '',
    };
    const ended = (async () => {
      for await (const event of childStream(inputs, hello, stopping.signal)) heard.push(event);
    })().catch((error: unknown) => (error as { code: string }).code);
    return {
      heard,
      ended,
      kinds: () => heard.map(({ kind }) => kind),
      stop: () => stopping.abort(),
    };
  };
  return { clock, child, put, sessions, services, open };
}

test('standing first, then servers, then a heartbeat every ten seconds also between others', async () => {
  const { clock, services, open } = aParent();
  const link = open();
  await clock.settle();
  expect(link.kinds()).toEqual(['STANDING', 'SERVERS']);
  for (let second = 0; second < 30; second++) {
    services.offer({ kind: 'OFFERS', offers: [], withdrawn: [], complete: false });
    await clock.advance(1_000);
  }
  expect(link.kinds().filter((kind) => kind === 'HEARTBEAT')).toHaveLength(3);
  expect(link.kinds().filter((kind) => kind === 'OFFERS')).toHaveLength(30);
  link.stop();
  expect(await link.ended).toBeUndefined();
});

test('a child that says nothing for three heartbeats is stale until it is heard', async () => {
  const { clock, child, sessions, open } = aParent();
  expect(sessions.stateOf(child.id)).toMatchObject({ stale: true, connectedSinceMs: undefined });
  const link = open();
  await clock.advance(29_000);
  expect(sessions.stateOf(child.id).stale).toBe(false);
  await clock.advance(1_000);
  expect(sessions.stateOf(child.id).stale).toBe(true);
  sessions.heard(child.id);
  expect(sessions.stateOf(child.id).stale).toBe(false);
  link.stop();
  await link.ended;
  expect(sessions.stateOf(child.id)).toMatchObject({
    stale: true,
    reason: 'The child ended the link.',
  });
});

test('a link that the parent begins anew says so, and the next one is taken', async () => {
  const { clock, child, open, sessions } = aParent();
  const first = open(1);
  await clock.settle();
  sessions.restart(child, 'it was known elsewhere.');
  expect(await first.ended).toBe('NOT_READY');
  expect(sessions.stateOf(child.id).reason).toContain('it was known elsewhere.');
  const second = open(1);
  await clock.settle();
  expect(sessions.openCount).toBe(1);
  second.stop();
  await second.ended;
  sessions.restart(child, 'nobody is there.');
  expect(sessions.openCount).toBe(0);
});

test('a later start replaces the link; of two of one start none stays', async () => {
  const { clock, child, open, sessions } = aParent();
  const first = open(1);
  await clock.settle();
  const second = open(2);
  expect(await first.ended).toBe('LINK_REPLACED');
  expect(await open(1).ended).toBe('LINK_REPLACED');
  expect(await open(2).ended).toBe('LINK_DOUBLED');
  expect(await second.ended).toBe('LINK_DOUBLED');
  expect(sessions.openCount).toBe(0);
  // Whoever looks later sees that there may be a copy, also once one of them is connected again.
  const third = open(3);
  await clock.settle();
  expect(sessions.stateOf(child.id)).toMatchObject({
    doubledAtMs: clock.nowMs(),
    reason: '',
    protocolVersion: 1,
  });
  third.stop();
  await third.ended;
});

test('a child that was put back is remembered as such, beyond its link', async () => {
  const { clock, child, sessions, services, open } = aParent();
  services.readPage = async () => ({ kind: 'COMPARE', reason: 'CHILD_REWOUND' }) as never;
  const link = open(1);
  await clock.settle();
  const atMs = clock.nowMs();
  expect(link.heard.at(-1)).toEqual({ kind: 'COMPARE', reason: 'CHILD_REWOUND' });
  link.stop();
  await link.ended;
  await clock.advance(60_000);
  services.readPage = async () => ({ kind: 'NOTHING' });
  const again = open(2);
  await clock.settle();
  expect(sessions.stateOf(child.id)).toMatchObject({
    rewoundAtMs: atMs,
    doubledAtMs: undefined,
    lastComparison: undefined,
  });
  again.stop();
  await again.ended;
});

test('a change of the standing is told; removal ends the link', async () => {
  const { clock, child, put, services, open } = aParent();
  const link = open();
  await clock.settle();
  put({ ...child, state: 'JOINED', deletePolicy: 'ALL' });
  await clock.settle();
  expect(link.heard.at(-1)).toMatchObject({ kind: 'STANDING', standing: { deletePolicy: 'ALL' } });
  put({ ...child, state: 'REMOVED', keepsItems: true });
  expect(await link.ended).toBe('NOT_A_CHILD');
  expect(link.heard.at(-1)).toEqual({ kind: 'REMOVED', keepsItems: true });
  expect(services.farewells).toHaveLength(1);
});
