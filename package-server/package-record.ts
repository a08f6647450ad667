import type { Guid } from '../core/guid.ts';

/**
 * `PENDING` assigned, nothing done yet; `DOWNLOADING`; `READY` the assigned version is verified and
 * published; `RETRYING` an attempt failed and is repeated by itself; `INVALID` what is here or was
 * offered cannot be trusted, nothing helps but a repair or a new version; `DELETED` the files went.
 */
export type PackageStatus =
  'PENDING' | 'DOWNLOADING' | 'READY' | 'RETRYING' | 'INVALID' | 'DELETED';

/** One version that the SMP wants here, as its owner signed it. */
export interface Assignment {
  readonly packageId: Guid;
  readonly name: string;
  readonly internalVersion: number;
  readonly rootHash: string;
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
  readonly sizeBytes: number;
  /** The higher the earlier. */
  readonly priority: number;
  readonly ownerNodeId: string;
  readonly ownerPublicKey: string;
  readonly signature: string;
}

/** One version that is published here. */
export interface HeldVersion {
  readonly internalVersion: number;
  readonly rootHash: string;
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
  readonly sizeBytes: number;
  /** Our signature that every hash was verified; `undefined` while that is in doubt: not served. */
  readonly attestation: string | undefined;
  /** How the folder looked then; see fingerprints.ts. */
  readonly fingerprint: string;
  /** Of the SMP, milliseconds. */
  readonly verifiedAtMs: number;
  /** Since when a newer version is ready; `undefined`: this is the newest. */
  readonly supersededAtMs: number | undefined;
}

/** Who signed the version that was first accepted. */
export interface PinnedOwner {
  readonly nodeId: string;
  readonly publicKey: string;
}

/** Everything that is remembered of a package. */
export interface PackageRecord {
  readonly packageId: Guid;
  /** The last one received, also after the package was unassigned. */
  readonly assignment: Assignment;
  /** Since when it is not assigned any more; `undefined`: it is. */
  readonly unassignedAtMs: number | undefined;
  /** `undefined` until a version was accepted. */
  readonly pinnedOwner: PinnedOwner | undefined;
  /** Newest first. */
  readonly held: readonly HeldVersion[];
  readonly status: PackageStatus;
  /** One sentence, empty when there is nothing to say. */
  readonly reason: string;
  readonly sinceMs: number;
  readonly nextTryAtMs: number | undefined;
}

/** How far the transfer of a package is; kept in memory only. */
export interface PackageProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** What the plan said would be fetched. */
  readonly plannedBytes: number;
  readonly bytesPerSecond: number;
  readonly etaMs: number | undefined;
  readonly source: string | undefined;
}

/** The version of a package that is proven and served, if it has that one. */
export function attestedVersion(
  record: PackageRecord,
  internalVersion: number,
): HeldVersion | undefined {
  return record.held.find(
    (held) => held.internalVersion === internalVersion && held.attestation !== undefined,
  );
}

/** Is exactly what the SMP wants proven and served here? */
export function holdsAssigned(record: PackageRecord): boolean {
  const held = attestedVersion(record, record.assignment.internalVersion);
  return held?.rootHash === record.assignment.rootHash;
}

/** `held` with one version added or replaced, newest first. */
export function withHeld(held: readonly HeldVersion[], version: HeldVersion): HeldVersion[] {
  const others = held.filter(({ internalVersion }) => internalVersion !== version.internalVersion);
  return [...others, version].sort((a, b) => b.internalVersion - a.internalVersion);
}
