import { CanopyError } from '../../../core/errors.ts';
import type { ChildHello, ChildLinkEvent } from '../../../hierarchy/link/link-protocol.ts';
import type { ParentDoor } from '../../../hierarchy/link/parent-door.ts';
import type { ParentConnection } from '../../../hierarchy/link/parent-ports.ts';
import { alteredPage } from './altered-page.ts';
import { copyOf, type Network } from './network.ts';
import type { ChildLinkService, SmpProcess } from './smp-process.ts';

/** Told of what passes; for checkers. */
export interface LinkTap {
  /** An event reached the child. */
  heard(child: SmpProcess, parent: SmpProcess, event: ChildLinkEvent): void;
  /** The child asked something. */
  asked(child: SmpProcess, kind: string): void;
}

const PING_MS = 12_000;
const RESEND_MS = 700;
/** Of a call that is under way when its connection ends, to be heard by the parent all the same. */
const HEARD_ANYWAY = 0.5;

interface InTransit {
  readonly atMs: number;
  readonly arrive: () => void;
}

/**
 * One WebSocket of a child. Events come in their order, as TCP has it; calls are answered each by
 * itself, so they may overtake each other. What a partition holds up arrives when it is over, if
 * the connection lives on: each side finds out for itself that it does not.
 */
export class LinkConnection implements ParentConnection {
  readonly child: SmpProcess;
  readonly parent: SmpProcess;
  readonly door: ParentDoor;
  private readonly network: Network;
  private readonly link: ChildLinkService;
  private readonly tap: LinkTap;
  private readonly parentEnds = new AbortController();
  private childIsOpen = true;
  /** Events that reached the child and were not taken; `undefined` is the end of them. */
  private readonly arrived: (ChildLinkEvent | undefined)[] = [];
  private endedBy: CanopyError | undefined;
  private wake: (() => void) | undefined;
  private readonly inTransit: InTransit[] = [];
  private readonly waiting = new Set<(error: CanopyError) => void>();

  constructor(
    network: Network,
    ends: { readonly child: SmpProcess; readonly parent: SmpProcess; readonly tap: LinkTap },
    link: ChildLinkService,
  ) {
    this.network = network;
    this.child = ends.child;
    this.parent = ends.parent;
    this.tap = ends.tap;
    this.link = link;
    this.door = this.openDoor();
    this.ping();
  }

  get isOpen(): boolean {
    const childLives = this.childIsOpen && this.child.isAlive;
    return childLives || (!this.parentEnds.signal.aborted && this.parent.isAlive);
  }

  /** The child ends it. The parent hears of that when it can. */
  close(): void {
    if (!this.childIsOpen) return;
    this.endChildSide(new CanopyError('NOT_READY', 'The connection was closed.'));
    this.tellParent();
  }

  /** A fault cuts it; both sides notice. */
  reset(): void {
    this.tellParent();
    this.tellChild(new CanopyError('NOT_READY', 'The connection was reset.'));
  }

  /** A process of it died. `silently`: its machine went too, so that nothing says so. */
  died(process: SmpProcess, silently: boolean): void {
    if (silently) return;
    if (process === this.child) this.tellParent();
    else this.tellChild(new CanopyError('NOT_READY', 'The parent closed the connection.'));
  }

  private openDoor(): ParentDoor {
    const { link } = this;
    return {
      events: (hello, signal) => this.events(hello, signal),
      acknowledge: (cursor) =>
        this.call(cursor === '' ? '' : 'acknowledge', () => link.acknowledgeTree(cursor)),
      digests: (question) => this.call('digests', () => link.treeDigests(copyOf(question))),
      items: (keys) => this.call('items', () => link.treeItems(keys)),
      offerNewer: (items) => this.call('offerNewer', () => link.offerTreeItems(copyOf(items))),
      report: (page) => this.call('report', () => link.reportTree(copyOf(page))),
      answer: (answer) => this.call('answer', () => link.answerOperation(copyOf(answer))),
      blob: (sha256) => this.call('blob', () => this.parent.machine.content.readBlob(sha256)),
      ticket: (packageId, version) =>
        this.call('ticket', () => link.downloadTicket(packageId, version)),
      leave: () => this.call('leave', () => link.leaveParent()),
    };
  }

  private async *events(hello: ChildHello, signal: AbortSignal): AsyncGenerator<ChildLinkEvent> {
    const { random } = this.network;
    this.transmit('hello', () => void this.pump(hello));
    const stop = (): void => this.wake?.();
    signal.addEventListener('abort', stop);
    for (;;) {
      signal.throwIfAborted();
      if (this.arrived.length > 0) {
        const event = this.arrived.shift();
        if (!event) break;
        yield event;
        const isTwice = event.kind === 'PAGE' && random.chance(this.network.weather.duplicate);
        if (isTwice) yield copyOf(event);
        continue;
      }
      if (!this.childIsOpen) break;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.wake = resolve;
      await promise;
    }
    if (this.endedBy) throw this.endedBy;
  }

  /** The parent's side: its stream, for as long as it and this process last. */
  private async pump(hello: ChildHello): Promise<void> {
    const { signal } = this.parentEnds;
    let failure: CanopyError | undefined;
    try {
      for await (const event of this.link.openChildLink(hello, signal)) {
        this.send(() => this.arriveAtChild(event));
      }
    } catch (error) {
      failure = this.network.asSent(error, `link at ${this.parent.machine.name}`);
    }
    this.send(() => this.endChildSide(failure));
    this.parentEnds.abort();
  }

  private arriveAtChild(event: ChildLinkEvent): void {
    const { random, weather } = this.network;
    const whole = copyOf(event);
    const sent = random.chance(weather.altered) ? alteredPage(whole) : whole;
    if (sent.kind !== 'HEARTBEAT') {
      const more = sent.kind === 'PAGE' ? ` of ${sent.page.items.length}` : '';
      this.network.note(
        `${this.parent.machine.name} => ${this.child.machine.name} ${sent.kind}${more}`,
      );
    }
    this.tap.heard(this.child, this.parent, sent);
    this.arrived.push(sent);
    this.wake?.();
  }

  /** Towards the child, in order. */
  private send(arrive: () => void): void {
    if (!this.parent.isAlive) return;
    const { time } = this.network;
    const last = this.inTransit.at(-1)?.atMs ?? 0;
    const atMs = Math.max(last, time.nowMs + this.network.delayMs());
    this.inTransit.push({ atMs, arrive });
    if (this.inTransit.length === 1) time.after(atMs - time.nowMs, () => this.deliver());
  }

  private deliver(): void {
    const { time, random, weather } = this.network;
    const [next] = this.inTransit;
    if (!next || !this.childIsOpen || !this.child.isAlive) return;
    if (this.network.isBlocked(this.parent.machine, this.child.machine)) {
      time.after(RESEND_MS, () => this.deliver());
      return;
    }
    if (random.chance(weather.reset)) return this.reset();
    this.inTransit.shift();
    next.arrive();
    const [after] = this.inTransit;
    if (after) time.after(Math.max(0, after.atMs - time.nowMs), () => this.deliver());
  }

  private call<T>(kind: string, work: () => Promise<T>): Promise<T> {
    const ended = new CanopyError('NOT_READY', 'The connection ended.');
    if (!this.childIsOpen) return Promise.reject(ended);
    this.tap.asked(this.child, kind);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.waiting.add(reject);
    const settle = (how: () => void): void => {
      if (!this.childIsOpen || !this.waiting.delete(reject)) return;
      if (this.child.isAlive) how();
    };
    const run = (): void => {
      work().then(
        (value) => this.answer(() => settle(() => resolve(copyOf(value)))),
        (error: unknown) => {
          if (!this.parent.isAlive) return;
          const sent = this.network.asSent(error, `${kind} at ${this.parent.machine.name}`);
          this.answer(() => settle(() => reject(sent)));
        },
      );
    };
    this.transmit(kind, run);
    if (this.network.random.chance(this.network.weather.duplicate)) this.transmit(kind, run);
    return promise;
  }

  /** Towards the parent. */
  private transmit(kind: string, arrive: () => void): void {
    const { time, random, weather } = this.network;
    const attempt = (): void => {
      if (!this.parent.isAlive) return;
      if (!this.childIsOpen && !random.chance(HEARD_ANYWAY)) return;
      if (this.network.isBlocked(this.child.machine, this.parent.machine)) {
        time.after(RESEND_MS, attempt);
        return;
      }
      if (random.chance(weather.reset)) return this.reset();
      if (kind !== '') {
        this.network.note(`${this.child.machine.name} -> ${this.parent.machine.name} ${kind}`);
      }
      arrive();
    };
    time.after(this.network.delayMs(), attempt);
  }

  private answer(arrive: () => void): void {
    if (!this.parent.isAlive) return;
    const { time } = this.network;
    const attempt = (): void => {
      if (!this.childIsOpen) return;
      if (this.network.isBlocked(this.parent.machine, this.child.machine)) {
        time.after(RESEND_MS, attempt);
      } else arrive();
    };
    time.after(this.network.delayMs(), attempt);
  }

  /** As the server does: a socket that does not answer is cut. */
  private ping(): void {
    this.network.time.after(PING_MS, () => {
      if (this.parentEnds.signal.aborted || !this.parent.isAlive) return;
      const { network, child, parent } = this;
      const isCut =
        !this.childIsOpen ||
        !child.isAlive ||
        network.isBlocked(child.machine, parent.machine) ||
        network.isBlocked(parent.machine, child.machine);
      if (!isCut) return this.ping();
      this.parentEnds.abort();
      this.tellChild(new CanopyError('NOT_READY', 'The parent closed the connection.'));
    });
  }

  private tellParent(): void {
    this.network.time.after(this.network.delayMs(), () => {
      // Otherwise the parent finds out by its next ping.
      if (this.network.isBlocked(this.child.machine, this.parent.machine)) return;
      this.parentEnds.abort();
    });
  }

  private tellChild(error: CanopyError): void {
    this.network.time.after(this.network.delayMs(), () => {
      // Otherwise the child finds out by the silence.
      if (this.network.isBlocked(this.parent.machine, this.child.machine)) return;
      this.endChildSide(error);
    });
  }

  private endChildSide(error: CanopyError | undefined): void {
    if (!this.childIsOpen) return;
    this.childIsOpen = false;
    this.endedBy = error;
    this.arrived.push(undefined);
    const ended = new CanopyError('NOT_READY', 'The connection ended.');
    for (const reject of this.waiting) if (this.child.isAlive) reject(ended);
    this.waiting.clear();
    this.wake?.();
  }
}
