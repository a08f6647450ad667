import type { Clock } from '../core/clock.ts';
import { serverOf, type Codebase } from './source.ts';
import {
  isRecent,
  RANKING,
  rankSources,
  withError,
  withSpeed,
  type BundleRecord,
  type RankedSource,
  type SourceRecord,
} from './source-ranking.ts';

/** Records kept at most, the longest untouched go first. */
const MAX_RECORDS = 2_000;

/**
 * What this machine has learnt of its sources. Shared by the downloads of a process; `records`
 * and the constructor carry it over a restart.
 */
export class SourceBook {
  private readonly clock: Clock;
  private readonly byUrl = new Map<string, SourceRecord>();
  /** Monotonic time of the last error counted in this process, per URL. */
  private readonly lastErrorAtMs = new Map<string, number>();

  constructor(clock: Clock, records: readonly SourceRecord[] = []) {
    this.clock = clock;
    for (const record of records) this.byUrl.set(record.codebase.url, record);
  }

  /** The codebases in the order they should be tried; see {@link rankSources}. */
  rank(codebases: readonly Codebase[]): RankedSource[] {
    const records = codebases.map((codebase) => this.recordOf(codebase));
    return rankSources(records, this.clock.nowMs());
  }

  recordSpeed(codebase: Codebase, bytesPerSecond: number): void {
    this.store(withSpeed(this.recordOf(codebase), this.clock.nowMs(), bytesPerSecond));
  }

  /**
   * Counts a fault of a request that was started at `startedAtMs` (monotonic). Requests that were
   * already under way at the last counted fault fail with it and are not counted again: one lost
   * connection of six is one error, not six.
   */
  recordError(codebase: Codebase, startedAtMs: number, message: string): void {
    const last = this.lastErrorAtMs.get(codebase.url);
    if (last !== undefined && startedAtMs < last) return;
    this.lastErrorAtMs.set(codebase.url, this.clock.monotonicMs());
    this.store(withError(this.recordOf(codebase), this.clock.nowMs(), message));
  }

  /** Whether the server of a source answers range bundles; `undefined`: not known any more. */
  offersBundles(codebase: Codebase): boolean | undefined {
    if (codebase.kind === 'UNC') return false;
    return this.bundlesOf(codebase)?.offered;
  }

  /** Bytes on the wire per byte of content, as the last download by bundles had it. */
  wireShareOf(codebase: Codebase): number | undefined {
    return this.bundlesOf(codebase)?.wireShare;
  }

  /** Without a `wireShare` the one that is known stays. */
  recordBundles(codebase: Codebase, found: Omit<BundleRecord, 'atMs'>): void {
    const record = this.recordOf(codebase);
    const wireShare = found.wireShare ?? record.bundles?.wireShare;
    const bundles = { offered: found.offered, atMs: this.clock.nowMs(), wireShare };
    this.store({ ...record, bundles });
  }

  /** Everything worth remembering, oldest first. */
  get records(): readonly SourceRecord[] {
    return [...this.byUrl.values()];
  }

  private recordOf(codebase: Codebase): SourceRecord {
    const known = this.byUrl.get(codebase.url);
    if (known) return known;
    const record = this.newRecord(codebase);
    this.store(record);
    return record;
  }

  /** The newest that is known of any package on the same server. */
  private bundlesOf(codebase: Codebase): BundleRecord | undefined {
    const server = serverOf(codebase);
    const nowMs = this.clock.nowMs();
    let newest: BundleRecord | undefined;
    for (const { codebase: other, bundles } of this.byUrl.values()) {
      if (!bundles || serverOf(other) !== server) continue;
      if (!isRecent(bundles.atMs, nowMs, RANKING.bundleMemoryMs)) continue;
      if (!newest || bundles.atMs >= newest.atMs) newest = bundles;
    }
    return newest;
  }

  /** A codebase that is new here starts with the speed of its server, if that is known. */
  private newRecord(codebase: Codebase): SourceRecord {
    const blank = { codebase, bytesPerSecond: undefined, measuredAtMs: 0, errors: [] };
    const server = serverOf(codebase);
    const nowMs = this.clock.nowMs();
    let sibling: SourceRecord | undefined;
    for (const record of this.byUrl.values()) {
      if (record.bytesPerSecond === undefined || record.measuredAtMs > nowMs) continue;
      if (serverOf(record.codebase) !== server) continue;
      if (!sibling || record.measuredAtMs > sibling.measuredAtMs) sibling = record;
    }
    if (!sibling || nowMs - sibling.measuredAtMs >= RANKING.speedMemoryMs) return blank;
    return { ...blank, bytesPerSecond: sibling.bytesPerSecond, measuredAtMs: sibling.measuredAtMs };
  }

  private store(record: SourceRecord): void {
    this.byUrl.delete(record.codebase.url);
    this.byUrl.set(record.codebase.url, record);
    if (this.byUrl.size <= MAX_RECORDS) return;
    const oldest = this.byUrl.keys().next().value;
    if (oldest !== undefined) this.byUrl.delete(oldest);
  }
}
