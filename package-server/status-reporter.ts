import {
  ReportPackageServerDocument,
  type HoldingReportInput,
  type ProbeResultInput,
  type SmpClient,
} from '../client-sdk/src/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { PackageBook } from './package-book.ts';
import type { PackageRecord } from './package-record.ts';
import type { Probe } from './upstream-probes.ts';

export interface StatusReporterOptions {
  readonly book: PackageBook;
  readonly client: SmpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** These reports were taken; told after each of them. */
  onReported(packages: readonly Guid[]): void;
}

/**
 * A change waits so long for others, to become one report with them: the longer, the more reports
 * there were lately. Of a thousand packages that arrive in a row a few hundred are told together.
 */
const GATHER = { firstMs: 200, maximumMs: 5_000 };
/** Made once: with a stack each it would cost more than what it wakes. */
const WOKEN = new DOMException('Woken.', 'AbortError');
const PROGRESS_INTERVAL_MS = 2_000;
const RETRY = { firstMs: 1_000, maximumMs: 30_000 };
/** What the protocol allows in one report. */
const MAX_HOLDINGS = 5_000;

/**
 * Tells the SMP what is here: everything at the start of each connection and when it asks, then
 * what changes. What could not be sent is sent again, in its state at that moment.
 */
export class StatusReporter {
  private readonly options: StatusReporterOptions;
  private readonly dirty = new Set<Guid>();
  private readonly moving = new Set<Guid>();
  private needsFull = false;
  private probes: readonly Probe[] | undefined;
  private bootCounter: number | undefined;
  /** Rises over all connections of this start. */
  private sequence = 0;
  private alarm = new AbortController();
  /** Aborted when something was withdrawn: whoever is sent here meanwhile comes in vain. */
  private urgent = new AbortController();
  private gatherMs = GATHER.firstMs;
  private changesSentAtMs = -Infinity;
  private progressSentAtMs = -Infinity;
  private lastFailure: string | undefined;

  constructor(options: StatusReporterOptions) {
    this.options = options;
    options.book.onChange((packageId, what) => {
      if (what === 'RECORD') this.dirty.add(packageId);
      else this.moving.add(packageId);
      if (options.book.get(packageId)?.status === 'INVALID') this.urgent.abort(WOKEN);
      this.alarm.abort(WOKEN);
    });
  }

  /** The SMP listens on a connection with this boot counter. Nothing is sent before. */
  open(bootCounter: number): void {
    this.bootCounter = bootCounter;
    this.resend();
  }

  /** Nothing can be reported for now. */
  suspend(): void {
    this.bootCounter = undefined;
  }

  /** The next report says everything. */
  resend(): void {
    this.needsFull = true;
    this.alarm.abort(WOKEN);
  }

  /** Reports a package although nothing about it changed. */
  confirm(packageId: Guid): void {
    this.dirty.add(packageId);
    this.alarm.abort();
  }

  /** Reports how the package servers of the parent are reached. */
  tellProbes(probes: readonly Probe[]): void {
    this.probes = probes;
    this.alarm.abort();
  }

  /** Why the last report did not go through; `undefined` when it did. */
  get failure(): string | undefined {
    return this.lastFailure;
  }

  /** Reports until the signal is aborted; resolves then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      await this.sleep(this.idleMs(), signal);
      if (signal.aborted || !this.isDue()) continue;
      await this.gather(signal);
      try {
        await this.send(signal);
        failures = 0;
        this.lastFailure = undefined;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        this.lastFailure = (error as Error).message;
        const ceilingMs = Math.min(RETRY.maximumMs, RETRY.firstMs * 2 ** Math.min(failures, 10));
        const delayMs = ceilingMs * (0.5 + 0.5 * random.fraction());
        logger.warn({ delayMs }, `A report did not go through: ${this.lastFailure}`);
        await clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  /** Lets a burst come to its end, within bounds. */
  private async gather(signal: AbortSignal): Promise<void> {
    const { clock } = this.options;
    const sinceMs = clock.monotonicMs() - this.changesSentAtMs;
    const isFlowing = sinceMs < 2 * this.gatherMs;
    this.gatherMs = isFlowing ? Math.min(GATHER.maximumMs, 2 * this.gatherMs) : GATHER.firstMs;
    const urgent = AbortSignal.any([signal, this.urgent.signal]);
    await clock.sleep(this.gatherMs, urgent).catch(() => undefined);
  }

  private isDue(): boolean {
    if (this.bootCounter === undefined) return false;
    return (
      this.needsFull || this.probes !== undefined || this.dirty.size > 0 || this.isProgressDue()
    );
  }

  private isProgressDue(): boolean {
    const sinceMs = this.options.clock.monotonicMs() - this.progressSentAtMs;
    return this.moving.size > 0 && sinceMs >= PROGRESS_INTERVAL_MS;
  }

  private idleMs(): number {
    if (this.isDue()) return 0;
    return this.bootCounter !== undefined && this.moving.size > 0 ? PROGRESS_INTERVAL_MS : 60_000;
  }

  private async sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    this.alarm = new AbortController();
    if (delayMs === 0) return;
    const woken = AbortSignal.any([signal, this.alarm.signal]);
    await this.options.clock.sleep(delayMs, woken).catch(() => undefined);
  }

  private async send(signal: AbortSignal): Promise<void> {
    const { book } = this.options;
    const { bootCounter } = this;
    if (bootCounter === undefined) return;
    const full = this.needsFull;
    const packages = full
      ? book.all().map(({ packageId }) => packageId)
      : [...new Set([...this.dirty, ...this.moving])];
    const [first = [], ...more] = chunks(packages, MAX_HOLDINGS);
    if (this.dirty.size > 0) this.changesSentAtMs = this.options.clock.monotonicMs();
    this.urgent = new AbortController();
    // Before sending: what changes during it is dirty again.
    for (const set of [this.dirty, this.moving]) for (const id of packages) set.delete(id);
    this.needsFull = false;
    const { probes } = this;
    this.probes = undefined;
    this.progressSentAtMs = this.options.clock.monotonicMs();
    try {
      await this.sendOne(bootCounter, { full, packages: first, probes }, signal);
      for (const packages of more)
        await this.sendOne(bootCounter, { full: false, packages }, signal);
    } catch (error) {
      for (const packageId of packages) this.dirty.add(packageId);
      this.needsFull ||= full;
      this.probes ??= probes;
      throw error;
    }
  }

  private async sendOne(
    bootCounter: number,
    { full, packages, probes }: PartialReport,
    signal: AbortSignal,
  ): Promise<void> {
    const { book, client, logger } = this.options;
    const holdings = packages.flatMap((packageId) => this.holdingOf(packageId) ?? []);
    if (holdings.length === 0 && !full && !probes) return;
    this.sequence += 1;
    const input = {
      bootCounter,
      sequence: this.sequence,
      full,
      holdings,
      probes: probes?.map(probeInput),
    };
    const answer = await client.withSignal(signal).execute(ReportPackageServerDocument, { input });
    for (const { code, message } of answer.reportPackageServer.userErrors) {
      logger.warn({ code }, `The SMP refused a part of the report: ${message}`);
    }
    this.options.onReported(packages.filter((packageId) => book.get(packageId)));
  }

  private holdingOf(packageId: Guid): HoldingReportInput | undefined {
    const { book } = this.options;
    const record = book.get(packageId);
    if (!record) return undefined;
    const progress = book.progress(packageId);
    return {
      packageGuid: packageId,
      status: record.status,
      reason: record.reason,
      held: attestedOf(record),
      doneBytes: progress?.doneBytes,
      totalBytes: progress?.totalBytes,
      bytesPerSecond: progress?.bytesPerSecond,
      nextTryAt:
        record.nextTryAtMs === undefined ? undefined : new Date(record.nextTryAtMs).toISOString(),
    };
  }
}

interface PartialReport {
  readonly full: boolean;
  readonly packages: readonly Guid[];
  readonly probes?: readonly Probe[] | undefined;
}

function probeInput({ server, atMs, ...probe }: Probe): ProbeResultInput {
  return { ...probe, packageServerGuid: server.packageServerId, at: new Date(atMs).toISOString() };
}

function attestedOf({ held }: PackageRecord): HoldingReportInput['held'] {
  return held.flatMap(({ internalVersion, rootHash, attestation }) =>
    attestation === undefined ? [] : [{ internalVersion, rootHash, attestation }],
  );
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size));
}
