import { Bell } from '../../catalog/bell.ts';
import type { Change } from '../../catalog/items.ts';
import type { PackagePriority } from '../../catalog/model.ts';
import type { PackageServerLinks } from '../../catalog/package-server-links.ts';
import type { PackageServerReport } from '../../catalog/package-server-protocol.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import { TICKET_LIFE_MS, ticketText, type DownloadTicket } from '../../content/download-ticket.ts';
import type { Clock } from '../../core/clock.ts';
import { CanopyError } from '../../core/errors.ts';
import type { Guid } from '../../core/guid.ts';
import type { Logger } from '../../core/logger.ts';
import {
  crossablePackage,
  crossingServers,
  mayKeep,
  mayTake,
  type CrossingServer,
} from './crossing-servers.ts';
import { LeaseTrials } from './lease-trials.ts';

export interface LeaseKeeperOptions {
  readonly model: ReadModel;
  readonly links: PackageServerLinks;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asks the parent; throws when it cannot be asked or refuses. */
  ticket(packageId: Guid, internalVersion: number): Promise<DownloadTicket>;
}

/** A package server that got a lease must have begun within so long. */
const START_MS = 30_000;
/** And must be heard of again within so long while it fetches. */
const HEARTBEAT_MS = 60_000;
/** A link that breaks is usually back at once. */
const DISCONNECTED_MS = 10_000;
/** Leases of one package server at a time: a few more than it fetches side by side. */
const LEASES_A_SERVER = 6;
/** A ticket is renewed this long before it ends. */
const RENEW_BEFORE_MS = 10 * 60_000;
const TICKET_RETRY_MS = 60_000;
const TICKET_WAIT_MS = 10_000;
const TICK_MS = 5_000;

interface Held {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly packageServerId: Guid;
  /** `false` while the ticket is asked for: the package server does not know yet. */
  isGiven: boolean;
  /** It reported that it is fetching. */
  hasBegun: boolean;
  deadlineMs: number;
  disconnectedAtMs: number | undefined;
  renewAtMs: number;
  ticketEndsAtMs: number;
}

/**
 * Gives the lease of each package that is to come from the parent to one package server, renews it
 * with its reports, and gives it to the next when it failed, fell silent or may not cross any more.
 * Nothing is stored: after a restart whoever is fetching is chosen first.
 */
export class LeaseKeeper {
  private readonly options: LeaseKeeperOptions;
  private readonly held = new Map<Guid, Held>();
  private readonly waiting = new Set<Guid>();
  private readonly touched = new Set<Guid>();
  private readonly trials: LeaseTrials;
  private readonly bell = new Bell();
  private everything = true;

  constructor(options: LeaseKeeperOptions) {
    this.options = options;
    this.trials = new LeaseTrials(options.clock);
  }

  /** Leases that are out. */
  get count(): number {
    return this.held.size;
  }

  /** Gives and ends leases until `signal` aborts; ends all of them then. */
  async run(signal: AbortSignal): Promise<void> {
    const { model, links, clock } = this.options;
    const unwatch = [
      model.watch((change) => this.note(change)),
      links.watch((id, report) => this.noteReport(id, report)),
    ];
    try {
      while (!signal.aborted) {
        this.step();
        await this.bell.waitAtMost(clock, TICK_MS, signal);
      }
    } finally {
      for (const end of unwatch) end();
      for (const { packageId } of [...this.held.values()]) this.end(packageId);
    }
  }

  note(change: Change | undefined): void {
    switch (change?.kind) {
      case 'package':
      case 'upstreamOffer':
        this.touched.add(change.key as Guid);
        break;
      case 'snapshot':
        this.touched.add(change.key.split('/')[0] as Guid);
        break;
      case 'holding': {
        const packageId = change.key.split('/')[1] as Guid;
        if (!this.options.model.tree.upstreamOffer(packageId)) return;
        this.touched.add(packageId);
        break;
      }
      case undefined:
      case 'site':
      case 'subnet':
      case 'packageServer':
      case 'settings':
      case 'parent':
        this.everything = true;
        break;
      default:
        return;
    }
    this.bell.ring();
  }

  /** A report is the heartbeat of the leases of whoever sends it. */
  noteReport(packageServerId: Guid, report: PackageServerReport | undefined): void {
    const nowMs = this.options.clock.monotonicMs();
    for (const { packageId, status } of report?.holdings ?? []) {
      const held = this.held.get(packageId);
      if (held?.packageServerId !== packageServerId || !held.isGiven) continue;
      if (status === 'DOWNLOADING') {
        held.hasBegun = true;
        held.deadlineMs = nowMs + HEARTBEAT_MS;
      } else if (held.hasBegun && status !== 'READY') {
        this.fail(held, `it reported ${status}`);
      }
    }
    if (!report || this.held.size > 0 || this.waiting.size > 0) this.bell.ring();
  }

  /** Everything that is due now. */
  step(): void {
    const { model, links, clock } = this.options;
    const nowMs = clock.monotonicMs();
    for (const packageId of this.takeTouched()) {
      if (crossablePackage(model, packageId)) this.waiting.add(packageId);
      else this.waiting.delete(packageId);
    }
    if (this.held.size === 0 && this.waiting.size === 0) return;
    const servers = crossingServers(model);
    for (const held of [...this.held.values()]) this.look(held, { servers, nowMs });
    this.giveAll(
      servers.filter(({ packageServer }) => links.stateOf(packageServer.id).connectedAtMs),
    );
  }

  private takeTouched(): Guid[] {
    const { model } = this.options;
    const offered = this.everything
      ? [...model.tree.upstreamOffers()].map(({ packageId }) => packageId)
      : [];
    const touched = this.everything ? [...this.waiting, ...offered, ...this.touched] : this.touched;
    const taken = [...new Set(touched)];
    this.everything = false;
    this.touched.clear();
    return taken;
  }

  /** Whether a lease goes on. */
  private look(
    held: Held,
    { servers, nowMs }: { readonly servers: readonly CrossingServer[]; readonly nowMs: number },
  ): void {
    const { model } = this.options;
    const { packageId, packageServerId } = held;
    const one = crossablePackage(model, packageId);
    const server = servers.find(({ packageServer }) => packageServer.id === packageServerId);
    const isSame = one?.internalVersion === held.internalVersion;
    if (!one || !server || !isSame || (held.isGiven && !mayKeep(model, one, server))) {
      this.end(packageId);
      if (one && server && isSame) this.trials.succeeded(packageId);
      return;
    }
    if (this.isConnected(packageServerId)) held.disconnectedAtMs = undefined;
    else held.disconnectedAtMs ??= nowMs;
    const awayMs = held.disconnectedAtMs === undefined ? 0 : nowMs - held.disconnectedAtMs;
    if (awayMs >= DISCONNECTED_MS) return this.fail(held, 'its link broke');
    if (held.isGiven && nowMs >= held.deadlineMs) {
      return this.fail(held, held.hasBegun ? 'it fell silent' : 'it did not begin');
    }
    if (held.isGiven && nowMs >= held.renewAtMs) void this.give(held);
  }

  private giveAll(servers: readonly CrossingServer[]): void {
    if (servers.length === 0) return;
    const { model } = this.options;
    const counts = new Map<Guid, number>();
    for (const { packageServerId } of this.held.values()) {
      counts.set(packageServerId, (counts.get(packageServerId) ?? 0) + 1);
    }
    const countOf = ({ packageServer }: CrossingServer): number =>
      counts.get(packageServer.id) ?? 0;
    for (const packageId of this.inOrder()) {
      const free = servers.filter((server) => countOf(server) < LEASES_A_SERVER);
      if (free.length === 0) return;
      const one = crossablePackage(model, packageId);
      if (!one || this.held.has(packageId)) continue;
      const able = free.filter(
        (server) =>
          this.trials.mayTry(packageId, server.packageServer.id) && mayTake(model, one, server),
      );
      const chosen = this.choose(packageId, able, countOf);
      if (!chosen) continue;
      const { id } = chosen.packageServer;
      counts.set(id, countOf(chosen) + 1);
      const { internalVersion } = one;
      this.take({ packageId, internalVersion, packageServerId: id });
    }
  }

  /** High priority first, then by GUID, so that the order does not hang on that of changes. */
  private inOrder(): Guid[] {
    const { model } = this.options;
    const rank = (id: Guid): number => PRIORITY_RANK[model.package(id)?.priority ?? 'LOW'];
    return [...this.waiting].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  }

  /**
   * Whoever is fetching it already; then whoever failed least recently, so that nobody is passed
   * over for ever; then whoever has the fewest leases; then by GUID.
   */
  private choose(
    packageId: Guid,
    servers: readonly CrossingServer[],
    countOf: (server: CrossingServer) => number,
  ): CrossingServer | undefined {
    const { model } = this.options;
    const idle = ({ packageServer }: CrossingServer): number =>
      model.holding(packageServer.id, packageId)?.status === 'DOWNLOADING' ? 0 : 1;
    const failedAt = ({ packageServer }: CrossingServer): number =>
      this.trials.lastFailureMs(packageId, packageServer.id);
    return [...servers].sort(
      (a, b) =>
        failedAt(a) - failedAt(b) ||
        idle(a) - idle(b) ||
        countOf(a) - countOf(b) ||
        (a.packageServer.id < b.packageServer.id ? -1 : 1),
    )[0];
  }

  private take(lease: Pick<Held, 'packageId' | 'internalVersion' | 'packageServerId'>): void {
    const held: Held = {
      ...lease,
      isGiven: false,
      hasBegun: false,
      deadlineMs: Infinity,
      disconnectedAtMs: undefined,
      renewAtMs: Infinity,
      ticketEndsAtMs: 0,
    };
    this.held.set(lease.packageId, held);
    void this.give(held);
  }

  /** Asks for a ticket and gives the lease with it; without one too, for it is no condition. */
  private async give(held: Held): Promise<void> {
    const { model, clock } = this.options;
    const { packageId, internalVersion, packageServerId } = held;
    held.renewAtMs = Infinity;
    const ticket = await this.askTicket(held);
    if (this.held.get(packageId) !== held) return;
    const nowMs = clock.monotonicMs();
    if (ticket !== undefined) held.ticketEndsAtMs = nowMs + TICKET_LIFE_MS;
    held.renewAtMs = nowMs + (ticket === undefined ? TICKET_RETRY_MS : RENEW_AFTER_MS);
    if (!held.isGiven) held.deadlineMs = nowMs + START_MS;
    held.isGiven = true;
    // One that has ended would be refused, and none is not.
    const isOldGood = held.ticketEndsAtMs > nowMs + 2 * TICKET_RETRY_MS;
    const old = isOldGood ? model.crossings.leaseOf(packageId)?.ticket : undefined;
    const lease = { packageId, internalVersion, packageServerId, ticket: ticket ?? old ?? '' };
    model.crossings.setLease(lease);
    this.bell.ring();
  }

  /** `undefined` when the parent refuses, is away or takes too long. */
  private async askTicket({ packageId, internalVersion }: Held): Promise<string | undefined> {
    const { clock, logger } = this.options;
    const answered = new AbortController();
    const late = clock.sleep(TICKET_WAIT_MS, answered.signal).then(() => {
      throw new CanopyError('TIMEOUT', 'the parent did not answer in time');
    });
    try {
      const asked = this.options.ticket(packageId, internalVersion);
      return ticketText(await Promise.race([asked, late]));
    } catch (error) {
      const reason = (error as Error).message;
      logger.warn({ packageId }, `The parent gave no ticket; it is fetched without one: ${reason}`);
      return undefined;
    } finally {
      late.catch(() => undefined);
      answered.abort();
    }
  }

  private fail(held: Held, why: string): void {
    const { packageId, packageServerId } = held;
    this.options.logger.info({ packageId, packageServerId }, `A lease to cross ended: ${why}.`);
    this.trials.failed(packageId, packageServerId);
    this.end(packageId);
  }

  private end(packageId: Guid): void {
    this.held.delete(packageId);
    this.options.model.crossings.endLease(packageId);
    this.touched.add(packageId);
    this.bell.ring();
  }

  private isConnected(id: Guid): boolean {
    return this.options.links.stateOf(id).connectedAtMs !== undefined;
  }
}

const RENEW_AFTER_MS = TICKET_LIFE_MS - RENEW_BEFORE_MS;
const PRIORITY_RANK: { readonly [P in PackagePriority]: number } = { HIGH: 0, NORMAL: 1, LOW: 2 };
