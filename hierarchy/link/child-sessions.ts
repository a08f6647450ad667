import { LinkSessions, type LinkOpener, type LinkSession } from '../../catalog/link-sessions.ts';
import type { Child } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import { CanopyError, isCanopyError } from '../../core/errors.ts';
import { ChildSession, type Comparison } from './child-session.ts';
import { DownWatch, type DownWatchOptions } from './down-watch.ts';
import { SILENCE_MS, type ChildHello, type OperationAnswer } from './link-protocol.ts';
import type { OperationOutcome, OperationRequest } from './operation-queue.ts';

/** How the link of a child is doing, as this process sees it. */
export interface ChildLink {
  /** `undefined`: not connected. */
  readonly connectedSinceMs: number | undefined;
  /** `undefined`: not since this process started. */
  readonly lastHeardAtMs: number | undefined;
  readonly softwareVersion: string | undefined;
  /** Revisions that the child has not acknowledged; `undefined` when that is not known. */
  readonly lag: number | undefined;
  readonly acknowledgedAtMs: number | undefined;
  /** Not connected, or silent for three heartbeats. */
  readonly stale: boolean;
  /** Why it is not connected; empty when it is. */
  readonly reason: string;
  readonly protocolVersion: number | undefined;
  /** The last that it was told to make over its present or last link. */
  readonly lastComparison: Comparison | undefined;
  /** When it was last found to be put back to an earlier state. */
  readonly rewoundAtMs: number | undefined;
  /** When two links came from one start of it: its data directory may have a copy that runs. */
  readonly doubledAtMs: number | undefined;
}

export interface ChildSessionsOptions extends DownWatchOptions {
  /** The revision that a cursor of this server stands for; `undefined` for any other text. */
  readonly revisionOf: (cursor: string) => number | undefined;
}

interface Known {
  session: ChildSession;
  softwareVersion: string;
  protocolVersion: number;
  reason: string;
}

/** What is remembered of a child over its links. */
interface Trouble {
  rewoundAtMs?: number;
  doubledAtMs?: number;
}

/** The links of children, as this process has them. Nothing here is stored. */
export class ChildSessions {
  readonly down: DownWatch;
  private readonly options: ChildSessionsOptions;
  private readonly links: LinkSessions;
  private readonly known = new Map<Guid, Known>();
  private readonly troubles = new Map<Guid, Trouble>();
  private readonly listeners = new Set<() => void>();
  private opened = 0;

  constructor(options: ChildSessionsOptions) {
    this.options = options;
    this.links = new LinkSessions(options.clock, () => {
      for (const listener of this.listeners) listener();
    });
    this.down = new DownWatch(options);
  }

  /** Throws as `LinkSessions.open`. The caller ends it with {@link close}. */
  open({ id, name }: Child, hello: ChildHello): ChildSession {
    const { bootCounter, softwareVersion, protocolVersion, cursor } = hello;
    const link = this.openLink({ id, name, bootCounter });
    const session = new ChildSession(link, this.options.clock, cursor);
    this.known.set(id, { session, softwareVersion, protocolVersion, reason: '' });
    this.opened += 1;
    this.options.logger.info({ childId: id, softwareVersion }, `${name} opened its link.`);
    return session;
  }

  close({ id, name }: Child, session: ChildSession, reason: string): void {
    session.link.close();
    session.operations.close();
    session.end(reason);
    this.noteRewound(id, session);
    const known = this.known.get(id);
    if (known?.session === session) known.reason = reason;
    this.options.logger.info({ childId: id, reason }, `The link of ${name} ended.`);
  }

  /** The child said something. */
  heard(id: Guid): void {
    this.links.heard(id);
    this.sessionOf(id)?.heard();
  }

  acknowledge(id: Guid, cursor: string): void {
    this.sessionOf(id)?.acknowledge(cursor);
  }

  /**
   * The child is to compare everything: resolves when it has. `undefined`: it is not connected.
   * Rejects with `NOT_READY` when its link ends first.
   */
  requestComparison(id: Guid): Promise<void> | undefined {
    return this.sessionOf(id)?.requestComparison();
  }

  /** Resolves when the child has everything that there is now; else as {@link requestComparison}. */
  catchUp(id: Guid): Promise<void> | undefined {
    return this.sessionOf(id)?.catchUp();
  }

  /**
   * Has a child answer an operation. Rejects with the signal's reason when the asker goes away,
   * and with `BUSY` when the child has too many to answer already.
   */
  async delegate(
    id: Guid,
    operation: OperationRequest,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OperationOutcome> {
    const session = this.sessionOf(id);
    return session ? session.operations.ask(operation, timeoutMs, signal) : 'UNREACHABLE';
  }

  answer(id: Guid, answer: OperationAnswer): void {
    this.sessionOf(id)?.operations.answer(answer);
  }

  stateOf(id: Guid): ChildLink {
    const known = this.known.get(id);
    const session = this.sessionOf(id);
    if (known) this.noteRewound(id, known.session);
    const { rewoundAtMs, doubledAtMs } = this.troubles.get(id) ?? {};
    return {
      rewoundAtMs,
      doubledAtMs,
      protocolVersion: known?.protocolVersion,
      lastComparison: known?.session.lastComparison,
      connectedSinceMs: session?.link.openedAtMs,
      lastHeardAtMs: this.links.lastHeardAtMs(id),
      softwareVersion: known?.softwareVersion,
      lag: known && this.lagOf(known.session, session !== undefined),
      acknowledgedAtMs: known?.session.acknowledgedAtMs,
      stale: !session || session.silenceMs >= SILENCE_MS,
      reason: session ? '' : (known?.reason ?? 'It has not connected since this server started.'),
    };
  }

  /** Ends the link of a child, which opens it again. */
  restart({ id, name }: Child, reason: string): void {
    this.links.end(id, new CanopyError('NOT_READY', `The link of ${name} begins anew: ${reason}`));
  }

  forget(id: Guid): void {
    this.links.forget(id);
    this.known.delete(id);
    this.troubles.delete(id);
  }

  isOpen(id: Guid): boolean {
    return this.links.of(id) !== undefined;
  }

  /** `listener` is called when a link opened or ended. Ends with the function that it answers. */
  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  get openCount(): number {
    return this.links.openCount;
  }
  /** Links that were opened since the start of this process. */
  get openedCount(): number {
    return this.opened;
  }
  /** The largest lag of a connected child. */
  get largestLag(): number {
    const open = [...this.known.keys()].flatMap((id) => this.sessionOf(id) ?? []);
    return Math.max(0, ...open.map((session) => this.lagOf(session, true) ?? 0));
  }

  private openLink(opener: LinkOpener): LinkSession {
    try {
      return this.links.open(opener);
    } catch (error) {
      const { id } = opener;
      const isDoubled = isCanopyError(error) && error.code === 'LINK_DOUBLED';
      const doubledAtMs = this.options.clock.nowMs();
      if (isDoubled) this.troubles.set(id, { ...this.troubles.get(id), doubledAtMs });
      throw error;
    }
  }

  private noteRewound(id: Guid, { lastComparison }: ChildSession): void {
    if (lastComparison?.reason !== 'CHILD_REWOUND') return;
    this.troubles.set(id, { ...this.troubles.get(id), rewoundAtMs: lastComparison.atMs });
  }

  /** With a link that is open. */
  private sessionOf(id: Guid): ChildSession | undefined {
    const session = this.known.get(id)?.session;
    return session && this.links.of(id) === session.link ? session : undefined;
  }

  /** What the child's rule leaves out makes a link that is open lag by nothing. */
  private lagOf(session: ChildSession, isOpen: boolean): number | undefined {
    if (isOpen && session.isCaughtUp) return 0;
    const acknowledged = this.options.revisionOf(session.acknowledgedCursor);
    if (acknowledged === undefined) return undefined;
    return Math.max(isOpen ? 1 : 0, this.down.revision - acknowledged);
  }
}
