import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import { Turns } from '../core/turns.ts';
import { LinkSessions, type LinkSession } from './link-sessions.ts';
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

interface Known {
  agentVersion: string | undefined;
  lastReport: { readonly bootCounter: number; readonly sequence: number } | undefined;
  readonly progress: Map<Guid, TransferProgress>;
  readonly verify: Set<Guid>;
  resendStatus: boolean;
  probes: readonly ProbeResult[];
}

/** Told when a link opens or closes (without a report), and at each report. */
export type LinkWatcher = (packageServerId: Guid, report: PackageServerReport | undefined) => void;

/**
 * The links of package servers, as this process has them: who is connected, how transfers go, what
 * is to be asked. Nothing here is stored; after a restart each package server reports anew.
 */
export class PackageServerLinks {
  /** Shared by all links: what many of them have to look at must not keep agents waiting. */
  readonly turns = new Turns();
  private readonly sessions: LinkSessions;
  private readonly known = new Map<Guid, Known>();
  private readonly watchers = new Set<LinkWatcher>();

  constructor(clock: Clock) {
    this.sessions = new LinkSessions(clock, (id) => this.tell(id, undefined));
  }

  /** Opens the link of a package server; throws as {@link LinkSessions.open}. */
  open(
    { id, name }: PackageServer,
    { bootCounter, agentVersion }: PackageServerHello,
  ): LinkSession {
    const session = this.sessions.open({ id, name, bootCounter });
    this.of(id).agentVersion = agentVersion;
    return session;
  }

  heard(id: Guid): void {
    this.sessions.heard(id);
  }

  stateOf(id: Guid): LinkState {
    return {
      connectedAtMs: this.sessions.of(id)?.openedAtMs,
      lastHeardAtMs: this.sessions.lastHeardAtMs(id),
      agentVersion: this.known.get(id)?.agentVersion,
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
    return this.sessions.openCount;
  }

  /** Told with the next event; when there is no link, with the first of the next link. */
  askToVerify(id: Guid, packageId: Guid): void {
    this.of(id).verify.add(packageId);
    this.sessions.of(id)?.bell.ring();
  }

  askToResend(id: Guid): void {
    this.of(id).resendStatus = true;
    this.sessions.of(id)?.bell.ring();
  }

  /** Takes what was asked of it and not told yet. */
  takeDemands(id: Guid): LinkDemands {
    const known = this.of(id);
    const demands = { verify: [...known.verify], resendStatus: known.resendStatus };
    known.verify.clear();
    known.resendStatus = false;
    return demands;
  }

  /**
   * False for a report that was overtaken by a later one of the same start. Throws `LINK_REPLACED`
   * for one of an earlier start than the one that has the link.
   */
  isNews({ id, name }: PackageServer, { bootCounter, sequence }: PackageServerReport): boolean {
    this.sessions.requireLatest({ id, name, bootCounter });
    const last = this.known.get(id)?.lastReport;
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
    this.sessions.forget(id);
    this.known.delete(id);
  }

  private tell(id: Guid, report: PackageServerReport | undefined): void {
    for (const watcher of this.watchers) watcher(id, report);
  }

  private of(id: Guid): Known {
    let known = this.known.get(id);
    if (!known) {
      known = {
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
