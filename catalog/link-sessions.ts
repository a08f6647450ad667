import type { Clock } from '../core/clock.ts';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { Bell } from './bell.ts';

/** Who opens a link, and by which start of its process. */
export interface LinkOpener {
  readonly id: Guid;
  /** For messages. */
  readonly name: string;
  readonly bootCounter: number;
}

/** One open link. */
export interface LinkSession {
  /** Wakes the stream of this link. */
  readonly bell: Bell;
  readonly bootCounter: number;
  readonly openedAtMs: number;
  /** Throws `LINK_REPLACED` or `LINK_DOUBLED` once another link ended this one. */
  requireOpen(): void;
  close(): void;
}

/** So long a node whose links were doubled waits before it comes again. */
const DOUBLED_RETRY_MS = 2_000;

/**
 * The links that nodes hold to this process, at most one each. Nothing here is stored; after a
 * restart each node connects anew.
 */
export class LinkSessions {
  private readonly clock: Clock;
  private readonly onChange: (id: Guid) => void;
  private readonly sessions = new Map<Guid, Session>();
  private readonly heardAtMs = new Map<Guid, number>();

  /** `onChange` is called when the link of a node opened or ended. */
  constructor(clock: Clock, onChange: (id: Guid) => void = () => undefined) {
    this.clock = clock;
    this.onChange = onChange;
  }

  /**
   * Opens the link of a node. A later start of it replaces the link of an earlier one. Throws
   * `LINK_REPLACED` when this is the earlier one, and `LINK_DOUBLED` when the same start has a link
   * already: that one is ended too, for one of them is a copy, or a connection that broke unnoticed.
   */
  open({ id, name, bootCounter }: LinkOpener): LinkSession {
    const before = this.sessions.get(id);
    if (before && before.bootCounter > bootCounter) throw replaced(name);
    if (before) {
      const isCopy = before.bootCounter === bootCounter;
      before.end(isCopy ? doubled(name) : replaced(name));
      this.sessions.delete(id);
      if (isCopy) {
        this.onChange(id);
        throw doubled(name);
      }
    }
    const session = new Session(bootCounter, this.clock.nowMs(), () => {
      if (this.sessions.get(id) !== session) return;
      this.sessions.delete(id);
      this.onChange(id);
    });
    this.sessions.set(id, session);
    this.heard(id);
    this.onChange(id);
    return session;
  }

  of(id: Guid): LinkSession | undefined {
    return this.sessions.get(id);
  }

  heard(id: Guid): void {
    this.heardAtMs.set(id, this.clock.nowMs());
  }

  /** `undefined`: not in this process. */
  lastHeardAtMs(id: Guid): number | undefined {
    return this.heardAtMs.get(id);
  }

  /** Throws `LINK_REPLACED` for what an earlier start says than the one that has the link. */
  requireLatest({ id, name, bootCounter }: LinkOpener): void {
    const session = this.sessions.get(id);
    if (session && session.bootCounter > bootCounter) throw replaced(name);
  }

  /** Links that are open. */
  get openCount(): number {
    return this.sessions.size;
  }

  /** Ends the link of a node, if it has one, with what its stream is to throw. */
  end(id: Guid, reason: CanopyError): void {
    const session = this.sessions.get(id);
    if (!session) return;
    session.end(reason);
    session.close();
  }

  /** A node that is gone; its stream is woken to find out. */
  forget(id: Guid): void {
    this.sessions.get(id)?.bell.ring();
    this.sessions.delete(id);
    this.heardAtMs.delete(id);
  }
}

class Session implements LinkSession {
  readonly bell = new Bell();
  readonly bootCounter: number;
  readonly openedAtMs: number;
  readonly close: () => void;
  private ended: CanopyError | undefined;

  constructor(bootCounter: number, openedAtMs: number, close: () => void) {
    this.bootCounter = bootCounter;
    this.openedAtMs = openedAtMs;
    this.close = close;
  }

  end(reason: CanopyError): void {
    this.ended = reason;
    this.bell.ring();
  }

  requireOpen(): void {
    if (this.ended) throw this.ended;
  }
}

function replaced(name: string): CanopyError {
  return new CanopyError('LINK_REPLACED', `${name} was started again later and has the link now.`, {
    hint: 'End this process; only one may run with this identity.',
  });
}

function doubled(name: string): CanopyError {
  return new CanopyError('LINK_DOUBLED', `Two links came from one start of ${name}.`, {
    hint: 'Connect again. If this goes on, its data directory was copied: give the copy an identity of its own.',
    retryAfterMs: DOUBLED_RETRY_MS,
  });
}
