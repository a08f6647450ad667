import type { Clock } from '../core/clock.ts';
import { serverOf, type Codebase } from './source.ts';
import {
  RANKING,
  rankSources,
  withError,
  withSpeed,
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
