import type { Clock } from '../core/clock.ts';
import { CanopyError } from '../core/errors.ts';
import type { Guid } from '../core/guid.ts';
import { Bell } from './bell.ts';
import type { PackageServer } from './model.ts';
import type {
  PackageServerHello,
  ProbeResult,
  PackageServerReport,
  TransferProgress,
} from './package-server-protocol.ts';

/** What the administrator sees of a link. */
export interface LinkState {
  /** `undefined`: not connected. */
  readonly connectedAtMs: number | undefined;
  readonly lastHeardAtMs: number | undefined;
  readonly agentVersion: string | undefined;
}

/** What was asked of a package server and not told yet. */
export interface LinkDemands {
  readonly verify: readonly Guid[];
  readonly resendStatus: boolean;
}

/** One open link. */
export interface LinkSession {
  readonly bell: Bell;
  /** Throws `LINK_REPLACED` or `LINK_DOUBLED` once another link ended this one. */
  requireOpen(): void;
  takeDemands(): LinkDemands;
  close(): void;
}

interface Known {
  session: Session | undefined;
  lastHeardAtMs: number | undefined;
  agentVersion: string | undefined;
  lastReport: { readonly bootCounter: number; readonly sequence: number } | undefined;
  readonly progress: Map<Guid, TransferProgress>;
  readonly verify: Set<Guid>;
  resendStatus: boolean;
  probes: readonly ProbeResult[];
}

/** Told when a link opens or closes (without a report), and at each report. */
export type LinkWatcher = (packageServerId: Guid, report: PackageServerReport | undefined) => void;

/** So long a package server whose links were doubled waits before it comes again. */
const DOUBLED_RETRY_MS = 2_000;

/**
 * The links of package servers, as this process has them: who is connected, how transfers go, what
 * is to be asked. Nothing here is stored; after a restart each package server reports anew.
 */
export class PackageServerLinks {
  private readonly clock: Clock;
  private readonly known = new Map<Guid, Known>();
  private readonly watchers = new Set<LinkWatcher>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /**
   * Opens the link of a package server. A later start of it replaces the link of an earlier one.
   * Throws `LINK_REPLACED` when this is the earlier one, and `LINK_DOUBLED` when the same start
   * has a link already: that one is ended too, for one of them is a copy, or a connection that
   * broke unnoticed.
   */
  open({ id, name }: PackageServer, hello: PackageServerHello): LinkSession {
    const known = this.of(id);
    const before = known.session;
    if (before && before.bootCounter > hello.bootCounter) throw replaced(name);
    if (before) {
      const isCopy = before.bootCounter === hello.bootCounter;
      before.end(isCopy ? doubled(name) : replaced(name));
      known.session = undefined;
      if (isCopy) throw doubled(name);
    }
    const session = new Session(hello.bootCounter, this.clock.nowMs(), {
      demands: () => takeDemands(known),
      closed: () => {
        if (known.session !== session) return;
        known.session = undefined;
        this.tell(id, undefined);
      },
    });
    known.session = session;
    known.agentVersion = hello.agentVersion;
    this.heard(id);
    this.tell(id, undefined);
    return session;
  }

  heard(id: Guid): void {
    this.of(id).lastHeardAtMs = this.clock.nowMs();
  }

  stateOf(id: Guid): LinkState {
    const known = this.known.get(id);
    return {
      connectedAtMs: known?.session?.openedAtMs,
      lastHeardAtMs: known?.lastHeardAtMs,
      agentVersion: known?.agentVersion,
    };
  }

  progressOf(packageServerId: Guid, packageId: Guid): TransferProgress | undefined {
    return this.known.get(packageServerId)?.progress.get(packageId);
  }

  /** What a package server last said of reaching those of the parent. */
  probesOf(packageServerId: Guid): readonly ProbeResult[] {
    return this.known.get(packageServerId)?.probes ?? [];
  }

  /** Calls `watcher` from now on, until the function that it answers is called. */
  watch(watcher: LinkWatcher): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** Links that are open. */
  get openCount(): number {
    return [...this.known.values()].filter(({ session }) => session).length;
  }

  /** Told with the next event; when there is no link, with the first of the next link. */
  askToVerify(id: Guid, packageId: Guid): void {
    const known = this.of(id);
    known.verify.add(packageId);
    known.session?.bell.ring();
  }

  askToResend(id: Guid): void {
    const known = this.of(id);
    known.resendStatus = true;
    known.session?.bell.ring();
  }

  /**
   * False for a report that was overtaken by a later one of the same start. Throws `LINK_REPLACED`
   * for one of an earlier start than the one that has the link.
   */
  isNews({ id, name }: PackageServer, { bootCounter, sequence }: PackageServerReport): boolean {
    const known = this.known.get(id);
    if (known?.session && known.session.bootCounter > bootCounter) throw replaced(name);
    const last = known?.lastReport;
    return last?.bootCounter !== bootCounter || sequence >= last.sequence;
  }

  /** Keeps what is not stored of a report. */
  noteReport(id: Guid, report: PackageServerReport): void {
    const known = this.of(id);
    const { bootCounter, sequence } = report;
    known.lastReport = { bootCounter, sequence };
    if (report.full) known.progress.clear();
    for (const { packageId, progress } of report.holdings) {
      const isEmpty = Object.values(progress).every((value) => value === undefined);
      if (isEmpty) known.progress.delete(packageId);
      else known.progress.set(packageId, progress);
    }
    if (report.probes) known.probes = report.probes;
    this.tell(id, report);
  }

  /** Everything about a package server that was deleted or enrols anew. */
  forget(id: Guid): void {
    this.known.get(id)?.session?.bell.ring();
    this.known.delete(id);
  }

  private tell(id: Guid, report: PackageServerReport | undefined): void {
    for (const watcher of this.watchers) watcher(id, report);
  }

  private of(id: Guid): Known {
    let known = this.known.get(id);
    if (!known) {
      known = {
        session: undefined,
        lastHeardAtMs: undefined,
        agentVersion: undefined,
        lastReport: undefined,
        progress: new Map(),
        verify: new Set(),
        resendStatus: false,
        probes: [],
      };
      this.known.set(id, known);
    }
    return known;
  }
}

class Session implements LinkSession {
  readonly bell = new Bell();
  readonly bootCounter: number;
  readonly openedAtMs: number;
  private readonly owner: { readonly demands: () => LinkDemands; readonly closed: () => void };
  private ended: CanopyError | undefined;

  constructor(bootCounter: number, openedAtMs: number, owner: Session['owner']) {
    this.bootCounter = bootCounter;
    this.openedAtMs = openedAtMs;
    this.owner = owner;
  }

  end(reason: CanopyError): void {
    this.ended = reason;
    this.bell.ring();
  }

  requireOpen(): void {
    if (this.ended) throw this.ended;
  }

  takeDemands(): LinkDemands {
    return this.owner.demands();
  }

  close(): void {
    this.owner.closed();
  }
}

function takeDemands(known: Known): LinkDemands {
  const demands = { verify: [...known.verify], resendStatus: known.resendStatus };
  known.verify.clear();
  known.resendStatus = false;
  return demands;
}

function replaced(name: string): CanopyError {
  return new CanopyError('LINK_REPLACED', `${name} was started again later and has the link now.`, {
    hint: 'End this process; only one may run with this identity.',
  });
}

function doubled(name: string): CanopyError {
  return new CanopyError('LINK_DOUBLED', `Two links came from one start of ${name}.`, {
    hint: 'Connect again. If this goes on, its data directory was copied: register the copy anew.',
    retryAfterMs: DOUBLED_RETRY_MS,
  });
}
