import type { Principal } from '../../catalog/authority.ts';
import { notAChild } from '../../catalog/authority.ts';
import type { CatalogContext } from '../../catalog/context.ts';
import type { Change } from '../../catalog/items.ts';
import type { Child } from '../../catalog/tree-model.ts';
import { InputCheck } from '../../catalog/validation.ts';
import type { ChildServices, OfferSource } from './child-services.ts';
import type { ChildSession } from './child-session.ts';
import type { ChildSessions } from './child-sessions.ts';
import { knownChild } from './linked-child.ts';
import {
  CHILD_PROTOCOL_VERSION,
  HEARTBEAT_MS,
  type ChildHello,
  type ChildLinkEvent,
} from './link-protocol.ts';
import { raisesOf, standingOf, upCursorOf } from './standing.ts';

export interface ChildStreamInputs {
  readonly context: CatalogContext;
  readonly sessions: ChildSessions;
  readonly services: ChildServices;
  /** The time by which signatures are judged; children go by it. */
  readonly serverTimeMs: () => number;
  /** Who asks, looked up again at each event. */
  readonly current: () => Principal | undefined;
}

/**
 * The link of the child that asks: its standing, then pages of what goes down as they are
 * committed, offers, servers and operations, and heartbeats. A child
 * that was removed is told so and nothing more. Ends when `signal` aborts. Throws `NOT_A_CHILD`,
 * `LINK_REPLACED`, `LINK_DOUBLED`, and `INVALID_INPUT` for a hello that is wrong.
 */
export async function* childStream(
  inputs: ChildStreamInputs,
  hello: ChildHello,
  signal: AbortSignal,
): AsyncGenerator<ChildLinkEvent> {
  const { context, sessions, services } = inputs;
  const known = knownChild(context, inputs.current());
  if (known.state === 'REMOVED') {
    yield* farewell(inputs, known);
    return;
  }
  checkHello(hello);
  const session = sessions.open(known, hello);
  let reason = 'The child ended the link.';
  let stream: Stream | undefined;
  try {
    const child = await services.confirm(known, hello);
    stream = new Stream(inputs, session, child);
    yield await stream.first(child);
    yield* stream.follow(signal);
  } catch (error) {
    reason = (error as Error).message;
    throw error;
  } finally {
    stream?.close();
    sessions.close(known, session, reason);
  }
}

async function* farewell(
  { context, services }: ChildStreamInputs,
  child: Child,
): AsyncGenerator<ChildLinkEvent> {
  yield { kind: 'REMOVED', keepsItems: child.keepsItems };
  await services.told(child);
  throw notAChild(child.name, context.model.smp.name);
}

function checkHello(hello: ChildHello): void {
  const check = new InputCheck();
  check.integer('hello.bootCounter', hello.bootCounter, { min: 1, max: Number.MAX_SAFE_INTEGER });
  check.line('hello.softwareVersion', hello.softwareVersion, 100);
  if (hello.protocolVersion !== CHILD_PROTOCOL_VERSION) {
    const hint = 'Update the older of the two.';
    check.add('hello.protocolVersion', `${hello.protocolVersion} is not spoken here.`, hint);
  }
  check.refuse();
}

class Stream {
  private readonly inputs: ChildStreamInputs;
  private readonly session: ChildSession;
  private readonly offers: OfferSource;
  private readonly unwatch: (() => void)[];
  private standing = '';
  private servers: string | undefined;
  private serversMayDiffer = true;
  private heartbeatAtMs: number;

  constructor(inputs: ChildStreamInputs, session: ChildSession, child: Child) {
    const { context, sessions, services } = inputs;
    this.inputs = inputs;
    this.session = session;
    this.heartbeatAtMs = context.clock.monotonicMs();
    this.offers = services.openOffers(child, () => session.link.bell.ring());
    this.unwatch = [
      () => this.offers.close(),
      sessions.down.watch((news) => session.wake(news)),
      context.model.watch((change) => this.note(change, child)),
    ];
  }

  async first(child: Child): Promise<ChildLinkEvent> {
    return this.standingEvent(child);
  }

  async *follow(signal: AbortSignal): AsyncGenerator<ChildLinkEvent> {
    const { context, current } = this.inputs;
    const { clock } = context;
    while (!signal.aborted) {
      this.session.link.requireOpen();
      const child = knownChild(context, current());
      if (child.state === 'REMOVED') yield* farewell(this.inputs, child);
      let isQuiet = true;
      for await (const event of this.news(child)) {
        isQuiet = false;
        yield event;
      }
      const leftMs = this.heartbeatAtMs + HEARTBEAT_MS - clock.monotonicMs();
      if (isQuiet) await this.session.link.bell.waitAtMost(clock, leftMs, signal);
    }
  }

  close(): void {
    for (const end of this.unwatch) end();
  }

  /** At most one page a turn, so that an operation never waits behind many. */
  private async *news(child: Child): AsyncGenerator<ChildLinkEvent> {
    const nowMs = this.inputs.context.clock.monotonicMs();
    if (nowMs >= this.heartbeatAtMs + HEARTBEAT_MS) {
      this.heartbeatAtMs = nowMs;
      yield { kind: 'HEARTBEAT', serverTimeMs: this.inputs.serverTimeMs() };
    }
    yield* this.session.operations.take();
    const standing = standingOf(this.inputs.context.model, this.inputs.context.identity, child);
    if (JSON.stringify(standing) !== this.standing) {
      yield await this.standingEvent(child);
    }
    yield* this.newServers(child);
    const offers = this.offers.take();
    if (offers) yield offers;
    if (child.replicationEnabled) yield* this.nextPage(child);
  }

  private *newServers(child: Child): Generator<ChildLinkEvent> {
    if (!this.serversMayDiffer) return;
    this.serversMayDiffer = false;
    const servers = this.inputs.services.servers(child);
    const text = JSON.stringify(servers);
    if (text === this.servers) return;
    this.servers = text;
    yield { kind: 'SERVERS', servers };
  }

  private async *nextPage(child: Child): AsyncGenerator<ChildLinkEvent> {
    const { session } = this;
    if (session.takeComparisonRequest()) {
      session.comparing('REQUESTED');
      yield { kind: 'COMPARE', reason: 'REQUESTED' };
      return;
    }
    const from = session.readFrom;
    if (from === undefined) return;
    const news = session.looking();
    const step = await this.inputs.services.readPage(child, from, news);
    if (step.kind === 'COMPARE') session.comparing(step.reason);
    if (step.kind === 'PAGE') session.sent(step.page.cursor, step.page.more);
    session.looked();
    if (step.kind !== 'NOTHING') yield step;
  }

  private async standingEvent(child: Child): Promise<ChildLinkEvent> {
    const { context, serverTimeMs } = this.inputs;
    const [upCursor, raises] = await Promise.all([
      upCursorOf(context, child),
      raisesOf(context, child),
    ]);
    const standing = standingOf(context.model, context.identity, child);
    this.standing = JSON.stringify(standing);
    return { kind: 'STANDING', standing, upCursor, raises, serverTimeMs: serverTimeMs() };
  }

  private note(change: Change | undefined, child: Child): void {
    const { kind, key } = change ?? {};
    const ofChild = kind === 'child' && key === child.id;
    // A child's rule is part of where it stands: what it left out may come now.
    if (ofChild || !change) this.session.wake();
    const ofServers = kind === 'packageServer' || kind === 'site' || kind === 'subnet';
    if (!ofServers && !ofChild && kind !== 'parent' && change) return;
    this.serversMayDiffer = true;
    this.session.link.bell.ring();
  }
}
