import type { Guid } from '../core/guid.ts';
import type { HoldingStatus, PackagePriority, PublicationTypes } from './model.ts';
import type { UpstreamServer } from './tree-model.ts';

/** How a package server introduces itself. */
export interface PackageServerHello {
  /** Raised and stored by the package server each time its process starts. */
  readonly bootCounter: number;
  readonly protocolVersion: number;
  /** Version of its software, for people. */
  readonly agentVersion: string;
  /** Where agents reach it, at most one URL a scheme; `undefined`: as the SMP has it. */
  readonly publicUrls?: readonly string[] | undefined;
}

/** What a package server is told over its link. */
export interface PackageServerEvent {
  readonly serverTimeMs: number;
  readonly settings: PackageServerSettings;
  /** New ones, and those whose version, facts or sources changed. */
  readonly assignments: readonly PackageServerAssignment[];
  readonly removed: readonly Guid[];
  /** True once: with this event every assignment was told. What was not is unassigned. */
  readonly complete: boolean;
  /** Packages whose bytes are to be hashed again. */
  readonly verify: readonly Guid[];
  /** A full report is wanted. */
  readonly resendStatus: boolean;
  /** Package servers of the parent that it is to probe; in force from now on. */
  readonly probes: readonly UpstreamServer[];
}

/** The SMP's settings as they hold for one package server. */
export interface PackageServerSettings {
  readonly deletePackageFilesAfterMinutes: number;
  readonly versionGraceMinutes: number;
  /** For the sum of its transfers; `undefined` is no limit. */
  readonly maxBytesPerSecond: number | undefined;
  /** Local time of the package server, `HH:MM`; both or neither. */
  readonly blackoutFrom: string | undefined;
  readonly blackoutTo: string | undefined;
  readonly publicationTypes: PublicationTypes;
}

/** A package that a package server is to hold, in its current version. */
export interface PackageServerAssignment {
  readonly packageId: Guid;
  readonly name: string;
  readonly internalVersion: number;
  readonly rootHash: string;
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
  readonly sizeBytes: number;
  readonly priority: PackagePriority;
  readonly ownerNodeId: string;
  readonly ownerPublicKey: string;
  /** The owner's, over `snapshotStatement`. */
  readonly signature: string;
  /** It holds the lease to fetch this version from the parent's package servers. */
  readonly crossing: Crossing | undefined;
}

export interface Crossing {
  /** For the header `Canopy-Ticket`; empty when the parent could not be asked for one. */
  readonly ticket: string;
}

/** What a package server says of its packages. */
export interface PackageServerReport {
  readonly bootCounter: number;
  /** Rises with each report of one start. */
  readonly sequence: number;
  /** It says everything: what it does not mention is not there. */
  readonly full: boolean;
  readonly holdings: readonly HoldingReport[];
  /** `undefined`: as last reported. */
  readonly probes?: readonly ProbeResult[] | undefined;
}

/** Whether a package server reached one of the parent's. */
export interface ProbeResult {
  readonly packageServerId: Guid;
  readonly url: string;
  readonly reachable: boolean;
  /** Why not; empty otherwise. */
  readonly reason: string;
  readonly tookMs: number;
  /** By the clock of the SMP. */
  readonly atMs: number;
}

export interface HoldingReport {
  readonly packageId: Guid;
  readonly status: HoldingStatus;
  readonly reason: string;
  /** Deliverable now. */
  readonly held: readonly AttestedVersion[];
  readonly progress: TransferProgress;
}

export interface AttestedVersion {
  readonly internalVersion: number;
  readonly rootHash: string;
  /** The package server's signature over `holdingStatement`. */
  readonly attestation: string;
}

/** How a transfer goes. Kept in memory only: it is old before it is stored. */
export interface TransferProgress {
  readonly doneBytes: number | undefined;
  readonly totalBytes: number | undefined;
  readonly bytesPerSecond: number | undefined;
  readonly nextTryAtMs: number | undefined;
}
