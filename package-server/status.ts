import type { Guid } from '../core/guid.ts';
import type { PackageBook } from './package-book.ts';
import type { PackageRecord, PackageStatus } from './package-record.ts';
import type { Probe } from './upstream-probes.ts';

/** What `/status` and `canopy package-server status` show. Times are ISO 8601. */
export interface PackageServerStatus {
  readonly packageServerId: Guid;
  readonly smp: { readonly url: string; readonly name: string; readonly nodeId: string };
  readonly running: boolean;
  readonly link: LinkStatus;
  /** What keeps it from its work. */
  readonly problems: readonly string[];
  readonly packages: readonly PackageStatusLine[];
  /** Package servers of the parent, for one that may fetch from them. */
  readonly upstream: readonly UpstreamStatusLine[];
}

export interface UpstreamStatusLine {
  readonly name: string;
  readonly url: string;
  readonly reachable: boolean;
  readonly reason: string;
  readonly at: string;
}

export function upstreamLines(probes: readonly Probe[]): UpstreamStatusLine[] {
  return probes.map(({ server, url, reachable, reason, atMs }) => ({
    name: server.name,
    url,
    reachable,
    reason,
    at: isoTime(atMs)!,
  }));
}

export interface LinkStatus {
  readonly connected: boolean;
  readonly since: string | undefined;
  /** Why there is no connection; empty when there is one. */
  readonly reason: string;
}

export interface PackageStatusLine {
  readonly packageId: Guid;
  readonly name: string;
  readonly status: PackageStatus;
  readonly assigned: boolean;
  readonly reason: string;
  readonly since: string;
  readonly nextTry: string | undefined;
  readonly internalVersion: number;
  /** Verified and served now, newest first. */
  readonly versions: readonly number[];
  readonly sizeBytes: number;
  readonly doneBytes: number | undefined;
  readonly totalBytes: number | undefined;
  readonly plannedBytes: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly etaSeconds: number | undefined;
  readonly source: string | undefined;
}

export function packageLines(book: Pick<PackageBook, 'all' | 'progress'>): PackageStatusLine[] {
  return book
    .all()
    .map((record) => lineOf(record, book.progress(record.packageId)))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function lineOf(
  record: PackageRecord,
  progress: ReturnType<PackageBook['progress']>,
): PackageStatusLine {
  const { assignment } = record;
  return {
    packageId: record.packageId,
    name: assignment.name,
    status: record.status,
    assigned: record.unassignedAtMs === undefined,
    reason: record.reason,
    since: isoTime(record.sinceMs)!,
    nextTry: isoTime(record.nextTryAtMs),
    internalVersion: assignment.internalVersion,
    versions: record.held.flatMap(({ attestation, internalVersion }) =>
      attestation === undefined ? [] : [internalVersion],
    ),
    sizeBytes: assignment.sizeBytes,
    doneBytes: progress?.doneBytes,
    totalBytes: progress?.totalBytes,
    plannedBytes: progress?.plannedBytes,
    bytesPerSecond: progress?.bytesPerSecond,
    etaSeconds: progress?.etaMs === undefined ? undefined : Math.ceil(progress.etaMs / 1000),
    source: progress?.source,
  };
}

export function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
