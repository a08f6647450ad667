import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { PackageBook } from './package-book.ts';

/** The Prometheus text exposition of a package server. */
export interface PackageServerMetrics {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface MetricSources {
  readonly book: PackageBook;
  readonly isLinked: () => boolean;
  readonly counts: () => TransferCounts;
  /** Sent to package servers of children, by node id of the child. */
  readonly sentToChildren: () => ReadonlyMap<string, number>;
}

/** What went in and out since the start. */
export interface TransferCounts {
  /** Package bytes received from sources. */
  readonly fetchedBytes: number;
  /** Of these, from package servers of the parent. */
  readonly crossedBytes: number;
  /** What these took on the wire, compressed. */
  readonly wireBytes: number;
  /** Sent for package files and blobs, heads of answers included. */
  readonly servedBytes: number;
  readonly fileRequests: number;
}

/** In base units. Labels take no GUID, address or name; `child` takes what tickets prove. */
export function createMetrics(sources: MetricSources): PackageServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const count = (name: string, help: string, key: keyof TransferCounts): void => {
    new Counter({
      name: `canopy_package_server_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(sources.counts()[key]);
      },
    });
  };
  new Gauge({
    name: 'canopy_package_server_linked',
    help: '1 while the SMP is connected.',
    registers,
    collect() {
      this.set(sources.isLinked() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'canopy_package_server_packages',
    help: 'Packages by status.',
    labelNames: ['status'],
    registers,
    collect() {
      this.reset();
      for (const { status } of sources.book.all()) this.inc({ status });
    },
  });
  count('file_requests_total', 'Requests for package files and blobs.', 'fileRequests');
  count('fetched_bytes_total', 'Package bytes received from sources.', 'fetchedBytes');
  count(
    'crossed_bytes_total',
    'Package bytes received from package servers of the parent.',
    'crossedBytes',
  );
  count('wire_bytes_total', 'What these took on the wire, compressed.', 'wireBytes');
  count('served_bytes_total', 'Sent for package files and blobs, with heads.', 'servedBytes');
  new Counter({
    name: 'canopy_package_server_sent_to_children_bytes_total',
    help: 'Package bytes sent for a ticket, by node id of the child SMP.',
    labelNames: ['child'],
    registers,
    collect() {
      this.reset();
      for (const [child, bytes] of sources.sentToChildren()) this.inc({ child }, bytes);
    },
  });
  return { contentType: registry.contentType, render: () => registry.metrics() };
}
