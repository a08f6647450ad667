import type { Guid } from '../core/guid.ts';
import type { Assignment } from './package-record.ts';
import type { Crossing, UpstreamServer } from './upstream.ts';

/** What the SMP sets for all its package servers, or for this one. */
export interface LinkSettings {
  readonly deletePackageFilesAfterMinutes: number;
  readonly versionGraceMinutes: number;
  /** For the sum of all transfers; `undefined`: no limit. */
  readonly maxBytesPerSecond: number | undefined;
  /** Daily, local time, `HH:MM`; no transfers from then until `to`. */
  readonly blackout: { readonly from: string; readonly to: string } | undefined;
}

/** An assignment, and whether this package server is to fetch it from the parent. */
export interface LinkAssignment extends Assignment {
  readonly crossing: Crossing | undefined;
}

/** One message of the SMP over the link. */
export interface LinkEvent {
  /** Its clock, milliseconds. */
  readonly serverTimeMs: number;
  readonly settings: LinkSettings;
  readonly assignments: readonly LinkAssignment[];
  readonly removed: readonly Guid[];
  /** The first event with it ends the list of everything that is assigned. */
  readonly complete: boolean;
  readonly verify: readonly Guid[];
  readonly resendStatus: boolean;
  /** Package servers of the parent, to be probed. */
  readonly probes: readonly UpstreamServer[];
}
