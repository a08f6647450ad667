import type { Guid } from '../core/guid.ts';
import type { AssignmentMode, HoldingStatus, PackagePriority } from './model.ts';

/*
 * What an SMP stores because it is a node of a tree. The rules are in `hierarchy/`; the types are
 * here, because one list of items drives the store (docs/adr/0001).
 */

/** The current version of a package, as its owner signed it. */
export interface VersionState {
  /** `sha256` of the canonical tree listing (hex). */
  readonly rootHash: string;
  readonly manifestHash: string;
  readonly chunkIndexHash: string;
  readonly fileCount: number;
  readonly folderCount: number;
  readonly sizeBytes: number;
  readonly createdAtMs: number;
  /** The owner's, over `snapshotStatement`. */
  readonly signature: string;
}

/** Where a package's files are outside the tree, for everybody: its external codebase. */
export type ExternalSource =
  { readonly kind: 'UNC'; readonly path: string } | { readonly kind: 'URL'; readonly url: string };

/** A package as its owner tells it down the tree: everything that means the same on every node. */
export interface PackageState {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly priority: PackagePriority;
  readonly enableMulticast: boolean;
  readonly cleanupAfterMinutes: number;
  readonly announceBeforeReady: boolean;
  readonly enabled: boolean;
  /** The owner's own mode; each node maps it, since sites and package servers differ. */
  readonly assignmentMode: AssignmentMode;
  readonly externalSource: ExternalSource | undefined;
  /** 0 until the first snapshot. */
  readonly internalVersion: number;
  /** `undefined`: nobody has read its files. */
  readonly current: VersionState | undefined;
}

export type TreeItemKind = 'PACKAGE';

/**
 * One thing that goes down the tree: a statement of its owner, kept as it was received and told on
 * unchanged. A deletion is one too, so that it survives any order of events.
 */
export interface TreeItem {
  readonly kind: TreeItemKind;
  readonly id: Guid;
  readonly ownerNodeId: string;
  /** SPKI DER, base64; `ownerNodeId` follows from it. */
  readonly ownerPublicKey: string;
  /** Rises with each statement of the owner about this item; the higher one holds. */
  readonly ownerRevision: number;
  /** `undefined`: the owner deleted it. */
  readonly state: PackageState | undefined;
  /** The owner's, over `treeStatement`. */
  readonly signature: string;
  /**
   * It is not for this node any more: its parent's rule leaves it out. Not signed, told on, and taken
   * back when the item comes again.
   */
  readonly withdrawn: boolean;
  /** When this node stored it, by its own clock. */
  readonly storedAtMs: number;
  /** How old the statement was by then: 0 where it was made. Adds up spans, never compares clocks. */
  readonly ageMs: number;
}

/** What this node decides itself about a package of the parent's; absent fields follow the owner. */
export interface Overlay {
  readonly packageId: Guid;
  readonly enabled: boolean | undefined;
  readonly assignment: OverlayAssignment | undefined;
}

export interface OverlayAssignment {
  readonly mode: AssignmentMode;
  readonly packageServerIds: readonly Guid[];
  readonly siteIds: readonly Guid[];
}

/** An item of the parent's that this node could not take over. The one it has stays in force. */
export interface Rejection {
  readonly kind: TreeItemKind;
  readonly id: Guid;
  readonly ownerRevision: number;
  /** Why, for programs. */
  readonly code: string;
  /** Why, for people. */
  readonly reason: string;
  readonly sinceMs: number;
  /** With the code `DELETION_HELD`: what is done when a person confirms it. */
  readonly held: HeldDeletion | undefined;
}

/** A deletion that waits for a person. */
export interface HeldDeletion {
  /** The owner's word as it came; `undefined`: the parent's rule leaves the package out. */
  readonly statement: Omit<TreeItem, 'state' | 'withdrawn' | 'storedAtMs'> | undefined;
  /** The parent's, when the deletion came. */
  readonly deletePolicy: DeletePolicy;
}

/** A node between the root and this one: who it is, and its parent's word that it belongs. */
export interface Ancestor {
  readonly nodeId: string;
  readonly publicKey: string;
  readonly guid: Guid;
  readonly name: string;
  /** Its parent's signature over `membershipStatement`; empty for the root. */
  readonly membership: string;
}

/** What a child sends to be admitted; kept until it has joined, so that it can be repeated. */
export interface AdmissionProof {
  readonly challenge: string;
  /** HMAC-SHA256 under the token's secret, base64url. */
  readonly proof: string;
}

/** What happens with local packages that have the GUID of one of the parent's. */
export type ConflictChoice = 'REFUSE' | 'ADOPT' | 'KEEP_LOCAL';

/** `LEFT`: over for this node; the parent has not been told yet. */
export type ParentState = 'JOINING' | 'JOINED' | 'LEFT';

/** This node's relation to a parent. At most one is `JOINING` or `JOINED`. */
export interface Parent {
  readonly nodeId: string;
  readonly guid: Guid;
  readonly name: string;
  /** Where this node reaches it, without a trailing slash. */
  readonly url: string;
  readonly publicKey: string;
  readonly state: ParentState;
  /** Of the join: a leave that is delivered late must not end a later join. */
  readonly tokenId: Guid;
  /** `undefined` once joined. */
  readonly admission: AdmissionProof | undefined;
  /**
   * While joining: node id of the parent whose place it takes, which comes back when the join fails.
   * Empty for none.
   */
  readonly replaces: string;
  /** Why this node left by itself, for people; empty otherwise. */
  readonly reason: string;
  /** When an unfinished join is given up, and an undelivered leave forgotten. */
  readonly deadlineAtMs: number;
  readonly sinceMs: number;
  /** Joined without a package server on both sides: packages never move. */
  readonly metadataOnly: boolean;
  readonly onConflict: ConflictChoice;
  /** Node id that the root must have; empty: any. */
  readonly expectedRootNodeId: string;
  /** From the root to the parent. */
  readonly lineage: readonly Ancestor[];
  /** The parent's signature over `membershipStatement` of this node; empty while joining. */
  readonly membership: string;
  /** `enableHierarchyReplication` for the link to the parent. */
  readonly replicationEnabled: boolean;
}

/** Which packages a child gets. */
export type ReplicationRule =
  | { readonly kind: 'EVERYTHING' }
  | { readonly kind: 'CHOSEN'; readonly packageIds: readonly Guid[] };

/** What a child does with an item that the parent deleted, or that the rule leaves out now. */
export type DeletePolicy = 'ALL' | 'NONE';

/** `REMOVED`: over for this node; the child has not been told yet. */
export type ChildState = 'JOINING' | 'JOINED' | 'REMOVED';

/** An SMP below this one. */
export interface Child {
  /** GUID of the SMP. */
  readonly id: Guid;
  readonly nodeId: string;
  readonly publicKey: string;
  readonly name: string;
  /** Where people reach it; empty when it told none. The parent never connects to it. */
  readonly url: string;
  readonly state: ChildState;
  /** Of the join in progress, or the last one. */
  readonly tokenId: Guid;
  readonly deadlineAtMs: number;
  readonly sinceMs: number;
  /** This node's signature over `membershipStatement`. */
  readonly membership: string;
  readonly metadataOnly: boolean;
  readonly rule: ReplicationRule;
  /** Rises with each change of `rule`; a child that followed another one compares everything. */
  readonly ruleRevision: number;
  readonly deletePolicy: DeletePolicy;
  readonly replicationEnabled: boolean;
  /** For `REMOVED`: whether the child keeps what it got. */
  readonly keepsItems: boolean;
}

/** Where this node stands in another's feed: `DOWN` in its parent's, `UP` in a child's. */
export interface FeedPosition {
  readonly direction: 'DOWN' | 'UP';
  readonly nodeId: string;
  /** The other's, opaque; empty before the first page, and while everything is to be compared. */
  readonly cursor: string;
  readonly atMs: number;
}

/** A package server of the parent that has a version ready for the package servers of this node. */
export interface UpstreamSource {
  readonly packageServerId: Guid;
  readonly name: string;
  /** Codebases of exactly this version, best first. */
  readonly urls: readonly string[];
}

/** Where the parent's package servers have a package: what may cross to this node. */
export interface UpstreamOffer {
  readonly packageId: Guid;
  readonly internalVersion: number;
  readonly rootHash: string;
  readonly sources: readonly UpstreamSource[];
}

/** A package server in the site of the parent SMP: what package servers of the child fetch from. */
export interface UpstreamServer {
  readonly packageServerId: Guid;
  readonly name: string;
  /** Bases of its web addresses, HTTPS first. */
  readonly urls: readonly string[];
}

/** What a node says of itself, as far up as the tree goes. */
export interface NodeSummary {
  readonly nodeId: string;
  /** Empty for the root. */
  readonly parentNodeId: string;
  /**
   * Raised by the node itself, at its first link since it started and each time it begins to tell a
   * parent everything. Of two that speak of it, who has the higher number is right.
   */
  readonly placement: number;
  /** Its placement when it began last to tell everything. What was told of its branch before is void. */
  readonly telling: number;
  readonly guid: Guid;
  readonly name: string;
  readonly url: string;
  readonly version: string;
  readonly packages: number;
  readonly packageServers: number;
  readonly packageServersConnected: number;
  readonly computers: number;
  readonly sites: number;
  readonly packageReplicationReady: boolean;
  /** Why not, one sentence each. */
  readonly readinessReasons: readonly string[];
  /** Items of its parent that it could not take over. */
  readonly rejectedItems: number;
  /** Its own side lets replication from its parent run. */
  readonly takesReplication: boolean;
  /** Whether its parent has its link open; written by the parent, as are the next two. */
  readonly connected: boolean;
  /** Its parent's rule for it leaves nothing out. */
  readonly getsEverything: boolean;
  /** It is not below `parentNodeId` any more. Kept, so that every node above hears of it. */
  readonly gone: boolean;
  /** When this node stored it, by its own clock, and how old it was by then. */
  readonly storedAtMs: number;
  readonly ageMs: number;
  /**
   * It is told of by a placement that is lower than this one, which is known of it: it is to raise its
   * own above. 0: nothing of that kind is known. Not told upward, as is the next one.
   */
  readonly raiseAbove: number;
  /** Node id of the child that is told so, because it has the node below itself or is it. */
  readonly raiseVia: string;
}

/** What goes up the tree of a node. */
export type ToldSummary = Omit<NodeSummary, 'raiseAbove' | 'raiseVia'>;

/** What one package server of a node has of a version. */
export interface PackageServerProgress {
  readonly packageServerId: Guid;
  readonly name: string;
  /** The newest version it has verified; 0 for none. */
  readonly internalVersion: number;
  readonly status: HoldingStatus;
  readonly reason: string;
  /** From the owner's statement until it had verified `internalVersion`. */
  readonly tookMs: number | undefined;
}

/** How far one package has come on one node. Goes up the tree. */
export interface Progress {
  readonly nodeId: string;
  readonly packageId: Guid;
  /** The newest version the node knows. */
  readonly internalVersion: number;
  readonly state: 'RECEIVED' | 'REJECTED' | 'AHEAD_OF_OWNER' | 'GONE';
  readonly reason: string;
  /** From the owner's statement until this node had stored it. */
  readonly tookMs: number;
  /** Those that are to hold it. */
  readonly packageServers: readonly PackageServerProgress[];
}
