import type { Guid } from '../core/guid.ts';

/** IPv4 or IPv6 address, canonical text (`10.1.2.3`, `2001:db8::1`); mapped IPv4 is written as IPv4. */
export type IpAddress = string;
/** Network, canonical text with the host bits zero: `10.1.0.0/16`, `2001:db8::/32`. */
export type Cidr = string;

/** `LOCAL` is written here; `REPLICATED` came from a parent and is read-only but for its overlay. */
export type Origin = 'LOCAL' | 'REPLICATED';

/** Where a package's files are read from (legacy types 0, 2, 1 and 4). */
export type PackageSource =
  | { readonly kind: 'NONE' }
  | { readonly kind: 'LOCAL'; readonly path: string }
  | { readonly kind: 'UNC'; readonly path: string }
  /** `directory` is where this server reads the files that `url` serves; without it: unverified. */
  | { readonly kind: 'URL'; readonly url: string; readonly directory: string | undefined };

/**
 * `VERIFIED`: the current snapshot is of bytes that this server read. `UNVERIFIED`: only the
 * external codebase exists. `PENDING`: not read yet. `EMPTY`: no source. `FAILED`: see the reason.
 */
export type SourceState = 'EMPTY' | 'PENDING' | 'VERIFIED' | 'UNVERIFIED' | 'FAILED';

/** The console's four modes; `AUTOMATIC` is "automatically with manual prestaging". */
export type AssignmentMode = 'ALL' | 'INDIVIDUALLY' | 'SITE' | 'AUTOMATIC';

export type PackagePriority = 'LOW' | 'NORMAL' | 'HIGH';

export interface Package {
  readonly id: Guid;
  readonly name: string;
  readonly description: string;
  /** The administrator's free text; never compared. */
  readonly version: string;
  /** 0 until the first snapshot; then strictly rising (see `catalog/version.ts`). */
  readonly internalVersion: number;
  readonly source: PackageSource;
  readonly sourceState: SourceState;
  /** Why `sourceState` is `UNVERIFIED` or `FAILED`; empty otherwise. */
  readonly sourceReason: string;
  readonly assignmentMode: AssignmentMode;
  /** Package servers chosen by hand; used by `INDIVIDUALLY`. Sorted. */
  readonly packageServerIds: readonly Guid[];
  /** Sites chosen by hand or automatically; used by `SITE` and `AUTOMATIC`. Sorted. */
  readonly siteIds: readonly Guid[];
  readonly priority: PackagePriority;
  readonly enableMulticast: boolean;
  /** Agents delete the files when unused for so long (legacy `CleanupAfter`); 10080 is a week. */
  readonly cleanupAfterMinutes: number;
  /** Legacy behaviour: offer a new version before any source near the asker has it. */
  readonly announceBeforeReady: boolean;
  readonly enabled: boolean;
  readonly origin: Origin;
  readonly ownerNodeId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** One internalVersion of a package on one tree. Its bytes are in the content store. */
export interface Snapshot {
  readonly packageId: Guid;
  readonly internalVersion: number;
  /** `sha256` of the canonical tree listing (hex); see `content/tree.ts`. */
  readonly rootHash: string;
  /** Blob (hex SHA-256) of the file manifest, and of the chunk index. */
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
  readonly fileCount: number;
  readonly folderCount: number;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** When a newer snapshot replaced it; `undefined` for the current one. Starts the grace time. */
  readonly supersededAtMs: number | undefined;
  readonly ownerNodeId: string;
  /** The owner's signature over `snapshotStatement` (base64). */
  readonly signature: string;
  /** `LOCAL`: this SMP read its bytes and serves them. `REPLICATED`: package servers alone have them. */
  readonly origin: Origin;
}

export interface Site {
  readonly id: Guid;
  readonly name: string;
  readonly description: string;
}

/** Contained subnets are legal: the longest prefix decides. */
export interface Subnet {
  readonly id: Guid;
  readonly network: Cidr;
  readonly name: string;
  /** A subnet may be known without belonging to a site. */
  readonly siteId: Guid | undefined;
}

export interface Computer {
  readonly id: Guid;
  readonly name: string;
  readonly domain: string;
  readonly addresses: readonly IpAddress[];
  /** Sites the computer itself was assigned to by hand. Sorted. */
  readonly manualSiteIds: readonly Guid[];
  readonly origin: Origin;
}

/** `CANOPY` runs our daemon and attests; `LEGACY` can only claim. */
export type PackageServerKind = 'CANOPY' | 'LEGACY';

/** Which kinds of codebase a server publishes. */
export interface PublicationTypes {
  readonly unc: boolean;
  readonly http: boolean;
  readonly https: boolean;
}

export interface PackageServer {
  readonly id: Guid;
  readonly name: string;
  readonly kind: PackageServerKind;
  readonly constrained: boolean;
  readonly enabled: boolean;
  /** Where it may report from, and what derives its sites by subnet. */
  readonly addresses: readonly IpAddress[];
  readonly hostNames: readonly string[];
  /** Base of its HTTP codebases, e.g. `http://ps1.example`; empty when it has none. */
  readonly httpUrl: string;
  readonly httpsUrl: string;
  /** Base of its UNC codebases, e.g. `\\ps1\PkgSvrHostC$`; empty when it has none. */
  readonly uncRoot: string;
  /** `undefined`: as the SMP's settings say. */
  readonly publicationTypes: PublicationTypes | undefined;
  /** Sites assigned by hand ("Manually Assigned"); sites by subnet are derived. Sorted. */
  readonly manualSiteIds: readonly Guid[];
  /** Of the enrolled machine (SPKI DER, base64); empty until it enrolled. */
  readonly publicKey: string;
}

/** A version that a package server holds, with the tree it verified (or claims). */
export interface HeldVersion {
  readonly internalVersion: number;
  /** Empty for a claim: a legacy server reports no hash. */
  readonly rootHash: string;
  readonly sinceMs: number;
}

export type HoldingStatus =
  'PENDING' | 'DOWNLOADING' | 'READY' | 'RETRYING' | 'INVALID' | 'DELETED';

/** What one package server has of one package: the stored fact that codebases derive from. */
export interface Holding {
  readonly packageServerId: Guid;
  readonly packageId: Guid;
  readonly status: HoldingStatus;
  readonly reason: string;
  readonly sinceMs: number;
  /** Deliverable now, newest first, at most two. */
  readonly held: readonly HeldVersion[];
  /** The highest version it ever delivered: what it offers may not fall below. */
  readonly highestVersion: number;
  /** A legacy server's own URLs, verbatim, in the database form (`HTTP…`, `FILE…`). */
  readonly claimedUrls: readonly string[];
}

/** A package offered to a computer by policy. */
export interface PackageAssignment {
  readonly packageId: Guid;
  readonly computerId: Guid;
}

/** What a site was offered by fallback, so that its offered version never falls. */
export interface SiteOffer {
  readonly siteId: Guid;
  readonly packageId: Guid;
  readonly internalVersion: number;
}
