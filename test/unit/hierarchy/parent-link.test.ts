// The child's end of the link against a parent in memory: when it connects again, what it believes,
// and when it stops.
import type { CatalogContext } from '../../../catalog/context.ts';
import type { Parent } from '../../../catalog/tree-model.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import { CanopyError } from '../../../core/errors.ts';
import { generateIdentity } from '../../../core/identity.ts';
import { silentLogger } from '../../../core/logger.ts';
import { systemRandom } from '../../../core/random.ts';
import type { ChildHello, ChildLinkEvent } from '../../../hierarchy/link/link-protocol.ts';
import { ParentLink } from '../../../hierarchy/link/parent-link.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import { changeOf } from '../../support/catalog-world.ts';
import { HandClock } from '../../support/hand-clock.ts';
import { SimpleParentPorts } from '../../support/link-doubles.ts';
import { treeItems } from '../../support/tree-items.ts';

const STANDING: ChildLinkEvent = {
  kind: 'STANDING',
  standing: {
    lineage: [],
    membership: 'signed',
    replicationEnabled: true,
    metadataOnly: false,
    deletePolicy: 'ALL',
  },
  upCursor: '',
  raises: [],
  serverTimeMs: 1,
};

/** A parent that says what a test puts into it, connection after connection. */
class MemoryParent {
  readonly hellos: ChildHello[] = [];
  readonly openedAtMs: number[] = [];
  readonly acknowledged: string[] = [];
  /** Thrown instead of opening. */
  refusal: unknown;
  /** First events of each connection; `undefined` ends it. */
  first: (ChildLinkEvent | undefined)[] = [STANDING];
  private readonly clock: HandClock;
  private say: (event: ChildLinkEvent | undefined) => void = () => undefined;

  constructor(clock: HandClock) {
    this.clock = clock;
  }

  tell(event: ChildLinkEvent | undefined): void {
    this.say(event);
  }

  async open() {
    this.openedAtMs.push(this.clock.monotonicMs());
    if (this.refusal) throw this.refusal;
    const door = {
      events: (hello: ChildHello, signal: AbortSignal) => this.events(hello, signal),
      acknowledge: async (cursor: string) => void this.acknowledged.push(cursor),
      report: async () => undefined,
      digests: async () => ({ answers: [], cursor: 'compared' }),
    };
    return { door: door as never, close: () => undefined };
  }

  private async *events(hello: ChildHello, signal: AbortSignal): AsyncGenerator<ChildLinkEvent> {
    this.hellos.push(hello);
    const queue = [...this.first];
    let wake = (): void => undefined;
    this.say = (event) => {
      queue.push(event);
      wake();
    };
    signal.addEventListener('abort', () => wake());
    for (;;) {
      signal.throwIfAborted();
      if (queue.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      signal.throwIfAborted();
      const event = queue.shift();
      if (!event) return;
      yield event;
    }
  }
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

function start(prepare: (parent: MemoryParent) => void = () => undefined, fraction = 0.5) {
  const clock = new HandClock();
  const parent = new MemoryParent(clock);
  prepare(parent);
  const item: Parent = { ...treeItems(systemRandom.guid()).parent, state: 'JOINED' };
  const model = new ReadModel({
    id: systemRandom.guid(),
    name: 'child',
    scheme: 'http',
    publicUrl: 'http://child.example',
    addresses: [],
    uncRoot: '',
  });
  model.apply([changeOf('parent', item)], { epoch: 'test', revision: 1 });
  const store = {
    transact: async () => ({ value: undefined }),
    log: { run: 'run', position: async () => ({ epoch: 'test', revision: 1 }) },
    states: { read: async () => ({ states: [], upTo: 1, more: false, isHeld: true }) },
  };
  const ports = new SimpleParentPorts();
  const link = new ParentLink(item, {
    context: {
      store,
      model,
      clock,
      random: { ...systemRandom, fraction: () => fraction },
      identity: generateIdentity(),
      logger: silentLogger,
    } as unknown as CatalogContext,
    wakeups: createWakeups(),
    cursorKey: new Uint8Array(32),
    content: {} as never,
    connector: { open: () => parent.open() },
    ports,
    bootCounter: 4,
  });
  const stopping = new AbortController();
  const done = link.run(stopping.signal);
  running.push(async () => {
    stopping.abort();
    await done;
  });
  return { clock, parent, ports, link };
}

test('attempts are apart by half of the absence, at most a minute, and the reason is shown', async () => {
  const { clock, parent, link } = start((one) => {
    one.refusal = new CanopyError('NOT_READY', 'smp1 cannot be reached.');
  }, 1);
  await clock.advance(10 * 60_000);
  const gaps = parent.openedAtMs.slice(1).map((at, index) => at - parent.openedAtMs[index]!);
  const absences = parent.openedAtMs.slice(0, -1).map((at) => at - parent.openedAtMs[0]!);
  expect(gaps).toEqual(absences.map((ms) => Math.min(60_000, Math.max(500, Math.round(ms / 2)))));
  expect(gaps.length).toBeGreaterThan(10);
  expect(link.state).toMatchObject({
    state: 'WAITING',
    connected: false,
    lastError: 'smp1 cannot be reached.',
    lastErrorCode: 'NOT_READY',
    nextTryAtMs: expect.any(Number) as number,
  });
});

test('a link that breaks each time at once is not hammered', async () => {
  const { clock, parent } = start((one) => (one.first = [STANDING, undefined]));
  await clock.advance(5 * 60_000);
  expect(parent.openedAtMs.length).toBeLessThan(30);
});

test('says who it is, confirms the parent, and answers heartbeats with a sign of life', async () => {
  const { clock, parent, ports, link } = start();
  ports.cursorNow = 'stored';
  await clock.settle();
  expect(parent.hellos).toEqual([
    expect.objectContaining({
      bootCounter: 4,
      protocolVersion: 1,
      name: 'child',
      cursor: 'stored',
    }),
  ]);
  expect(ports.standings).toHaveLength(1);
  await clock.advance(9_000);
  parent.tell({ kind: 'HEARTBEAT', serverTimeMs: 5 });
  await clock.settle();
  expect(parent.acknowledged).toEqual(['']);
  expect(link.state).toMatchObject({ state: 'CONNECTED', connected: true });
});

test('silence of three heartbeats ends the connection; less does not', async () => {
  const { clock, parent, link } = start();
  await clock.advance(29_000);
  parent.tell({ kind: 'HEARTBEAT', serverTimeMs: 5 });
  await clock.advance(29_999);
  expect(parent.hellos).toHaveLength(1);
  await clock.advance(1_000);
  expect(parent.hellos).toHaveLength(2);
  expect(link.state).toMatchObject({ connected: true, reconnects: 1 });
});

test('a parent that does not begin with a standing is not listened to', async () => {
  const { clock, ports, link } = start((one) => {
    one.first = [{ kind: 'OFFERS', offers: [], withdrawn: [], complete: true }];
  });
  await clock.settle();
  expect(ports.offered).toEqual([]);
  expect(link.state).toMatchObject({ connected: false, lastErrorCode: 'MALFORMED_REQUEST' });
});

test('NOT_A_CHILD is final; while it cannot be stored it is asked again', async () => {
  const { clock, parent, ports, link } = start((one) => {
    one.refusal = new CanopyError('NOT_A_CHILD', 'No.');
  });
  const store = ports.notAChild.bind(ports);
  ports.notAChild = () => Promise.reject(new Error('The disk is full.'));
  await clock.advance(2_000);
  const tries = parent.openedAtMs.length;
  expect(tries).toBeGreaterThan(1);
  ports.notAChild = store;
  await clock.advance(60_000);
  expect(ports.ended).toEqual([undefined]);
  expect(link.state.state).toBe('ENDED');
  const final = parent.openedAtMs.length;
  await clock.advance(10 * 60_000);
  expect(parent.openedAtMs).toHaveLength(final);
});

test('a place in the tree that changed is compared, whatever pages wait', async () => {
  const page = (cursor: string): ChildLinkEvent => ({
    kind: 'PAGE',
    page: { items: [], cursor, more: false },
  });
  const { clock, parent, ports, link } = start((one) => (one.first = [STANDING, page('one')]));
  const gate = Promise.withResolvers<void>();
  ports.beforeApply = () => gate.promise;
  await clock.settle();
  ports.outcome = 'MOVED';
  parent.tell(page('two'));
  parent.tell(STANDING);
  await clock.settle();
  expect(link.state.lag).toBe(2);
  gate.resolve();
  await clock.settle();
  expect(ports.applied.map(({ cursor }) => cursor)).toEqual(['one']);
  expect(ports.compared).toEqual(['LINEAGE_CHANGED']);
  expect(parent.acknowledged).toEqual(['compared']);
  expect(link.state).toMatchObject({ connected: true, lag: 0 });
});

test('pages are acknowledged together, at once when the parent has more to send', async () => {
  const page = (cursor: string, more = false): ChildLinkEvent => ({
    kind: 'PAGE',
    page: { items: [], cursor, more },
  });
  const { clock, parent, ports } = start((one) => (one.first = [STANDING, page('one')]));
  await clock.settle();
  expect(ports.applied).toHaveLength(1);
  expect(parent.acknowledged).toEqual([]);
  await clock.advance(100);
  expect(parent.acknowledged).toEqual(['one']);
  parent.tell(page('two', true));
  await clock.settle();
  expect(parent.acknowledged).toEqual(['one', 'two']);
  parent.tell(page('three'));
  parent.tell(page('four'));
  await clock.settle();
  expect(parent.acknowledged).toEqual(['one', 'two', 'four']);
  await clock.advance(1_000);
  expect(parent.acknowledged).toEqual(['one', 'two', 'four']);
});

test('a node that leaves because of what it hears does not come again', async () => {
  const { clock, parent, ports, link } = start((one) => {
    one.first = [STANDING, { kind: 'PAGE', page: { items: [], cursor: 'one', more: false } }];
  });
  ports.outcome = 'LEFT';
  await clock.advance(10 * 60_000);
  expect(parent.openedAtMs).toHaveLength(1);
  expect(ports.applied).toEqual([]);
  expect(ports.ended).toEqual([]);
  expect(link.state).toMatchObject({
    state: 'ENDED',
    connected: false,
    lastError: expect.stringContaining('left') as string,
  });
});

test('a page that cannot be stored ends the connection, and its reason is shown', async () => {
  const { clock, parent, ports, link } = start((one) => {
    one.first = [STANDING, { kind: 'PAGE', page: { items: [], cursor: 'one', more: false } }];
  });
  ports.beforeApply = () => Promise.reject(new CanopyError('DISK_FULL', 'No bytes are left.'));
  await clock.settle();
  expect(link.state).toMatchObject({ connected: false, lastErrorCode: 'DISK_FULL' });
  ports.beforeApply = async () => undefined;
  await clock.advance(1_000);
  expect(ports.applied).toHaveLength(1);
  expect(parent.acknowledged).toEqual(['one']);
});
