import type { Clock } from '../core/clock.ts';
import { discardBody, type HttpTransport } from '../delivery/index.ts';
import type { ServerClock } from '../core/server-clock.ts';
import type { Upstream, UpstreamServer } from './upstream.ts';

/** Whether a package server of the parent was reached. */
export interface Probe {
  readonly server: UpstreamServer;
  /** The address that answered, or the last one asked; empty when it has none. */
  readonly url: string;
  readonly reachable: boolean;
  /** Why not; empty otherwise. */
  readonly reason: string;
  readonly tookMs: number;
  /** Of the SMP, milliseconds. */
  readonly atMs: number;
}

export interface UpstreamProbesOptions {
  readonly upstream: Upstream;
  readonly transport: HttpTransport;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  /** All results of a round. */
  onProbed(probes: readonly Probe[]): void;
}

const INTERVAL_MS = 5 * 60_000;
const TIMEOUT_MS = 5_000;

/** Asks each package server of the parent whether it is there: every five minutes and on change. */
export class UpstreamProbes {
  private readonly options: UpstreamProbesOptions;
  private changed = new AbortController();
  private latest: readonly Probe[] = [];

  constructor(options: UpstreamProbesOptions) {
    this.options = options;
    options.upstream.onServers(() => this.changed.abort());
  }

  get results(): readonly Probe[] {
    return this.latest;
  }

  /** Probes until the signal is aborted; resolves then. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, upstream } = this.options;
    while (!signal.aborted) {
      this.changed = new AbortController();
      const either = AbortSignal.any([signal, this.changed.signal]);
      const { servers } = upstream;
      const probes = await Promise.all(servers.map((server) => this.probe(server, either)));
      if (signal.aborted) return;
      if (!this.changed.signal.aborted) {
        if (probes.length > 0 || this.latest.length > 0) this.options.onProbed(probes);
        this.latest = probes;
        await clock.sleep(INTERVAL_MS, either).catch(() => undefined);
      }
    }
  }

  private async probe(server: UpstreamServer, signal: AbortSignal): Promise<Probe> {
    const { clock, serverClock } = this.options;
    const startedAtMs = clock.monotonicMs();
    let url = '';
    let reason = 'it has no web address';
    for (url of server.urls) {
      const fault = await this.ask(url, signal);
      reason = fault ?? '';
      if (fault === undefined) break;
    }
    const tookMs = Math.round(clock.monotonicMs() - startedAtMs);
    const reachable = reason === '';
    return { server, url, reachable, reason, tookMs, atMs: Math.floor(serverClock.nowMs()) };
  }

  /** Why it does not answer; `undefined` when it does. */
  private async ask(url: string, signal: AbortSignal): Promise<string | undefined> {
    const { clock, transport } = this.options;
    const over = new AbortController();
    const late = new AbortController();
    const waiting = AbortSignal.any([signal, over.signal]);
    clock.sleep(TIMEOUT_MS, waiting).then(
      () => late.abort(),
      () => undefined,
    );
    try {
      const asking = AbortSignal.any([signal, late.signal]);
      const answer = await transport(`${url}/livez`, { headers: {}, signal: asking });
      await discardBody(answer);
      // A proxy in front may hide the page itself; who answers at all is there.
      return answer.status < 500 ? undefined : `it answers HTTP ${answer.status}`;
    } catch (error) {
      if (late.signal.aborted) return `no answer within ${TIMEOUT_MS / 1_000} s`;
      const { cause, message } = error as Error & { cause?: { code?: string } };
      return `no connection (${cause?.code ?? message})`;
    } finally {
      over.abort();
    }
  }
}
