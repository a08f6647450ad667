import { AssignmentFeed } from './assignment-feed.ts';
import { runLink } from './link.ts';
import type { LinkEvent, LinkSettings } from './link-event.ts';
import { proveNode } from '../core/prove-node.ts';
import type { OpenedWork } from './open-work.ts';
import type { PackageKeeper } from './package-keeper.ts';
import type { PackageVerifier } from './package-verifier.ts';
import { Retention } from './retention.ts';
import { isoTime, type LinkStatus } from './status.ts';
import { StatusReporter } from './status-reporter.ts';
import { UpstreamProbes, type Probe } from './upstream-probes.ts';

/** Well within the time after which the SMP gives a lease to another. */
const LEASE_BEAT_MS = 15_000;

/** Everything that goes on between this package server and its SMP. */
export class LinkWork {
  private readonly opened: OpenedWork;
  private readonly keeper: PackageKeeper;
  private readonly verifier: PackageVerifier;
  private readonly reporter: StatusReporter;
  private readonly retention: Retention;
  private readonly upstreamProbes: UpstreamProbes;
  private settings: LinkSettings | undefined;
  private state: LinkStatus = { connected: false, since: undefined, reason: 'Starting.' };

  constructor(opened: OpenedWork, keeper: PackageKeeper, verifier: PackageVerifier) {
    const { context, client } = opened;
    this.opened = opened;
    this.keeper = keeper;
    this.verifier = verifier;
    this.retention = new Retention({ context, settings: () => this.settings });
    this.reporter = new StatusReporter({
      ...context,
      client,
      onReported: (packages) => this.retention.forgetDeleted(packages),
    });
    this.upstreamProbes = new UpstreamProbes({
      ...context,
      onProbed: (probes) => this.reporter.tellProbes(probes),
    });
  }

  get status(): LinkStatus {
    return this.state;
  }

  get probes(): readonly Probe[] {
    return this.upstreamProbes.results;
  }

  resendStatus(): void {
    this.reporter.resend();
  }

  /** Resolves when the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { context, client } = this.opened;
    const { book, serverClock, fetch, random } = context;
    const { smp } = book.enrollment;
    const bootCounter = this.opened.bootCounter;
    await Promise.all([
      this.reporter.run(signal),
      this.retention.run(signal),
      this.upstreamProbes.run(signal),
      this.keepLeases(signal),
      runLink(
        {
          ...context,
          client,
          prove: async (proving) => {
            const options = { smpUrl: smp.url, fetch, random, signal: proving };
            serverClock.observe((await proveNode(options, smp.nodeId)).serverTimeMs);
          },
          bootCounter,
          publicUrls: this.opened.publicUrls,
          onConnected: () => this.connected(bootCounter),
          onDisconnected: (reason) => this.disconnected(reason),
        },
        signal,
      ),
    ]);
  }

  /** While it fetches under a lease it is heard of, also when no byte arrives or all are read. */
  private async keepLeases(signal: AbortSignal): Promise<void> {
    const { book, clock, upstream } = this.opened.context;
    while (!signal.aborted) {
      await clock.sleep(LEASE_BEAT_MS, signal).catch(() => undefined);
      for (const packageId of upstream.leased) {
        if (book.get(packageId)?.status === 'DOWNLOADING') this.reporter.confirm(packageId);
      }
    }
  }

  private connected(bootCounter: number): (event: LinkEvent) => void {
    const { context } = this.opened;
    const { book, serverClock, logger } = context;
    this.state = { connected: true, since: isoTime(serverClock.nowMs()), reason: '' };
    logger.info({ smp: book.enrollment.smp.url }, 'Linked to the SMP.');
    const feed = new AssignmentFeed({
      book,
      upstream: context.upstream,
      keeper: this.keeper,
      verifier: this.verifier,
      listener: {
        onComplete: () => this.reporter.open(bootCounter),
        onResendStatus: () => this.reporter.resend(),
      },
    });
    return (event) => {
      serverClock.observe(event.serverTimeMs);
      this.settings = event.settings;
      context.budget.setLimit(event.settings);
      feed.apply(event);
    };
  }

  private disconnected(reason: string): void {
    this.reporter.suspend();
    const since = this.state.connected || this.state.since === undefined;
    this.state = {
      connected: false,
      since: since ? isoTime(this.opened.context.serverClock.nowMs()) : this.state.since,
      reason,
    };
  }
}
