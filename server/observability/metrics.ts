import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

type Labels<L extends string> = Readonly<Record<L, string | number>>;

/** What the rest of the server sees of a metric, so that the library stays in this file. */
export interface Count<L extends string = never> {
  inc(labels: Labels<L>, value?: number): void;
}
export interface Distribution<L extends string = never> {
  observe(labels: Labels<L>, value: number): void;
}

/** Values that are asked for when the metrics are read. */
export interface MetricSources {
  readonly revision: () => number;
  /** Revisions that the read model is behind the store. */
  readonly readModelLag: () => number;
  readonly sockets: () => number;
  /** Package servers that are connected. */
  readonly packageServerLinks: () => number;
  /** The links of children. */
  readonly childLinks: {
    readonly openCount: number;
    readonly openedCount: number;
    readonly largestLag: number;
  };
  /** The link to the parent; `lag` in pages that came and are not stored. */
  readonly parentLink: () => {
    readonly connected: boolean;
    readonly lag: number;
    readonly reconnects: number;
  };
  /** Items of the parent's that were not taken over; `held`: deletions among them. */
  readonly rejections: () => { readonly all: number; readonly held: number };
  /** Jobs by kind and state, unfinished ones. */
  readonly jobs: () => Promise<readonly { kind: string; state: string; count: number }[]>;
  /** `fsync` calls of the embedded database since the start. */
  readonly fsyncs: () => number;
  /** What the content store holds, each content once, and what is free beside it. */
  readonly content: () => Promise<{ readonly bytes: number; readonly freeBytes: number }>;
}

export interface Metrics {
  readonly requests: Count<'door' | 'status'>;
  readonly requestSeconds: Distribution<'door'>;
  readonly sentBytes: Count<'door'>;
  /** `reason`: `rate`, `connections`, `malformed`. */
  readonly refusals: Count<'reason'>;
  readonly jobsFinished: Count<'kind' | 'state'>;
  readonly quarantined: Count<'door'>;
  /** Registers what can only be read; called once, when the parts are there. */
  connect(sources: MetricSources): void;
  readonly contentType: string;
  /** The Prometheus text exposition. */
  render(): Promise<string>;
}

/** All metrics of a server, in base units; no label takes a GUID, an address or a name. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `canopy_${name}`, help, labelNames, registers });
  collectDefaultMetrics({ register: registry });
  return {
    requests: counter('http_requests_total', 'Requests answered.', ['door', 'status']),
    requestSeconds: new Histogram({
      name: 'canopy_http_request_duration_seconds',
      help: 'From the first byte of a request to the last byte of its answer.',
      labelNames: ['door'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
      registers,
    }),
    sentBytes: counter('http_sent_bytes_total', 'Bytes of answers, with heads.', ['door']),
    refusals: counter('http_refusals_total', 'Requests refused before any door.', ['reason']),
    jobsFinished: counter('jobs_finished_total', 'Jobs that ended.', ['kind', 'state']),
    quarantined: counter('quarantined_events_total', 'Agent messages set aside.', ['door']),
    connect: (sources) => connect(registers, sources),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

function connect(registers: Registry[], sources: MetricSources): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `canopy_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge('change_revision', 'Revision of the last committed change.', sources.revision);
  gauge('read_model_lag_revisions', 'Revisions not yet in the read model.', sources.readModelLag);
  gauge('sockets', 'WebSockets that are open.', sources.sockets);
  gauge('package_server_links', 'Package servers connected.', sources.packageServerLinks);
  const { childLinks } = sources;
  gauge('child_links', 'Child SMPs connected.', () => childLinks.openCount);
  gauge(
    'child_link_lag_revisions',
    'Revisions that the connected child furthest behind has not acknowledged.',
    () => childLinks.largestLag,
  );
  const { parentLink } = sources;
  gauge('parent_link_connected', '1 while the parent is connected.', () =>
    Number(parentLink().connected),
  );
  gauge('parent_link_pages_waiting', 'Pages of the parent that are not stored yet.', () => {
    return parentLink().lag;
  });
  gauge('rejected_items', "Items of the parent's that were not taken over.", () => {
    return sources.rejections().all;
  });
  gauge('held_deletions', 'Deletions of the parent that wait for a person.', () => {
    return sources.rejections().held;
  });
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name: `canopy_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  counter('child_links_opened_total', 'Links that child SMPs opened.', () => {
    return childLinks.openedCount;
  });
  counter('parent_link_ended_total', 'Connections to the parent that ended.', () => {
    return parentLink().reconnects;
  });
  counter('embedded_fsyncs_total', 'fsync calls of the embedded database.', sources.fsyncs);
  connectLabelled(registers, sources);
}

function connectLabelled(
  registers: Registry[],
  { content, jobs }: Pick<MetricSources, 'content' | 'jobs'>,
): void {
  new Gauge({
    name: 'canopy_content_bytes',
    help: 'Bytes of package content: stored, each content once, and free beside it.',
    labelNames: ['state'],
    registers,
    async collect() {
      const { bytes, freeBytes } = await content();
      this.set({ state: 'stored' }, bytes);
      this.set({ state: 'free' }, freeBytes);
    },
  });
  new Gauge({
    name: 'canopy_jobs',
    help: 'Unfinished jobs.',
    labelNames: ['kind', 'state'],
    registers,
    async collect() {
      const unfinished = await jobs();
      this.reset();
      for (const { kind, state, count } of unfinished) this.set({ kind, state }, count);
    },
  });
}
