/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Why a source is offered; also its rank, best first. */
export type AcceptReason =
  /** Outside the asker's sites; offered because nothing nearer is ready. */
  | 'ANY_SITE'
  /** A legacy package server that claims to hold it; its bytes were not verified. */
  | 'CLAIMED'
  /** The package's own location. */
  | 'EXTERNAL'
  /** Serves one of the asker's sites. */
  | 'OWN_SITE'
  /** A package server in the parent SMP's site; the asker holds the lease to fetch across. */
  | 'PARENT_SMP_SITE'
  /** In the asker's own subnet. */
  | 'SAME_SUBNET'
  /** A package server that holds it and that the SMP has not heard for long; offered after the others. */
  | 'SILENT'
  /** This management server. */
  | 'SMP'
  /** Serves the SMP's site; offered because the asker tried longer than the limit. */
  | 'SMP_SITE'
  /** An unconstrained package server, a source for other package servers. */
  | 'UNCONSTRAINED';

/** A subnet and its site (SMC: "Assign Subnet to Site"). */
export type AssignSubnetToSiteInput = {
  /** The site, by id or GUID; null takes the subnet out of its site. */
  siteId?: string | number | null | undefined;
  /** The subnet, by id or GUID. */
  subnetId: string | number;
};

/** Conditions on a value of a fixed list. */
export type AssignmentModeFilter = {
  /** Equal to this. */
  eq?: PackageServerAssignmentMode | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<PackageServerAssignmentMode> | null | undefined;
};

/** What a version still waits for. */
export type BlockerKind =
  /** A package server that has not verified it yet. */
  | 'PACKAGE_SERVER'
  /** A management server that does not know the version yet. */
  | 'SMP';

/** Conditions on yes or no. */
export type BooleanFilter = {
  /** Equal to this. */
  eq?: boolean | null | undefined;
};

/** A job to cancel. */
export type CancelJobInput = {
  /** The job, by id or GUID. */
  id: string | number;
};

/** How far a change travels. */
export type ChangeScope =
  /** Stays on this server. */
  | 'NODE'
  /** Down the hierarchy. */
  | 'TREE';

/** How a child introduces itself. */
export type ChildHelloInput = {
  /** Raised and stored each time its process starts. */
  bootCounter: number;
  /** Of the last page it stored; empty for none. */
  cursor: string;
  /** Its name. */
  name: string;
  /** Version of the protocol; 1. */
  protocolVersion: number;
  /** Version of its software. */
  softwareVersion: string;
  /** Where people reach it; empty when nowhere. */
  url: string;
};

/** Which packages a child gets. Exactly one of the fields. */
export type ChildPackagesInput =
  {   /** true: every package. */
  everything: boolean; packageIds?: never; }
  |  { everything?: never;   /** These alone, by id or GUID; may be none. */
  packageIds: Array<string | number>; };

/** How far the relation to a child is. */
export type ChildState =
  /** Both sides agree. */
  | 'JOINED'
  /** Admitted; the child has not opened its link yet. */
  | 'JOINING'
  /** Over for this SMP; the child has not been told yet. */
  | 'REMOVED';

/** Which codebases; all given conditions must hold. */
export type CodebaseFilter = {
  /** Of this package, by id or GUID. */
  packageId?: string | number | null | undefined;
  /** On this package server, by id or GUID. */
  packageServerId?: string | number | null | undefined;
};

/** Kind of a codebase URL. */
export type CodebaseKind =
  /** The package's own location, whatever its scheme. */
  | 'EXTERNAL'
  /** Plain HTTP. */
  | 'HTTP'
  /** HTTP over TLS. */
  | 'HTTPS'
  /** A Windows share. */
  | 'UNC';

/** Who asks, as an agent would. */
export type CodebaseRequestInput = {
  /** Addresses of the asker; they replace the known ones. */
  addresses?: Array<string> | null | undefined;
  /** The asking computer or package server, by id or GUID; its addresses are known. */
  computerId?: string | number | null | undefined;
  /** No package servers outside the sites of the asker (legacy: deny="ExtPs"). */
  denyExternalPackageServers?: boolean;
  /** No codebases of this management server (legacy: deny="Ns"). */
  denySmp?: boolean;
  /** The package; may be left out where the field already belongs to one. */
  package?: PackageBy | null | undefined;
  /** How long the agent has been trying, in minutes (legacy: totalTime). */
  totalTimeMinutes?: number;
};

/** Why a child has to compare everything with its parent. */
export type CompareReason =
  /** It stands behind what it acknowledged: its database was restored. */
  | 'CHILD_REWOUND'
  /** Its cursor is not one of the parent. */
  | 'CURSOR_INVALID'
  /** The database of the parent was replaced or restored. */
  | 'EPOCH_CHANGED'
  /** It has nothing yet. */
  | 'FIRST'
  /** An operator asked for it. */
  | 'REQUESTED'
  /** Which packages it gets was changed. */
  | 'RULE_CHANGED';

/** Names a computer. Exactly one of the fields. */
export type ComputerBy =
  {   /** Its GUID (resource GUID). */
  guid: string; id?: never; name?: never; }
  |  { guid?: never;   /** Its opaque id. */
  id: string | number; name?: never; }
  |  { guid?: never; id?: never;   /** Its exact name. */
  name: string; };

/** Which computers; all given conditions must hold. */
export type ComputerFilter = {
  /** By domain. */
  domain?: StringFilter | null | undefined;
  /** By GUID. */
  guid?: GuidFilter | null | undefined;
  /** By name. */
  name?: StringFilter | null | undefined;
};

/** Which held deletions are meant. */
export type ConfirmHeldDeletionsInput = {
  /** Only tell what would happen; nothing is changed. */
  dryRun?: boolean;
  /** The packages, by id or GUID; all that are held now when absent. */
  packageIds?: Array<string | number> | null | undefined;
};

/** What happens with local packages that have the GUID of one of the parent. */
export type ConflictChoice =
  /** The parent's take their place. */
  | 'ADOPT'
  /** They stay as they are; the parent's are left out. */
  | 'KEEP_LOCAL'
  /** The join is refused. */
  | 'REFUSE';

/** A new bearer token. */
export type CreateApiTokenInput = {
  /** When it ends; never when absent. */
  expiresAt?: string | null | undefined;
  /** Who or what it is for. */
  name: string;
  /** What it may do. */
  role: Role;
};

/** A new computer. */
export type CreateComputerInput = {
  /** IPv4 and IPv6 addresses. */
  addresses?: Array<string> | null | undefined;
  /** Domain. */
  domain?: string | null | undefined;
  /** Taken over from another console; made when absent. */
  guid?: string | null | undefined;
  /** Sites it is assigned to by hand. */
  manualSiteIds?: Array<string | number> | null | undefined;
  /** Host name. */
  name: string;
};

/** A new enrolment token. */
export type CreateEnrollmentTokenInput = {
  /** Its life; 1 to 10,080 minutes. */
  expiresInMinutes?: number;
  /** What may enrol with it. */
  kind: EnrollmentKind;
  /** The package server that enrols, by id or GUID; only for the kind PACKAGE_SERVER. */
  packageServerId?: string | number | null | undefined;
};

/** A new package. */
export type CreatePackageInput = {
  /** Legacy behaviour: offer a new version before a source near the asker has it. */
  announceBeforeReady?: boolean | null | undefined;
  /** Agents delete the files when unused for so many minutes (legacy: CleanupAfter). */
  cleanupAfterMinutes?: number | null | undefined;
  /** Free text. */
  description?: string | null | undefined;
  /** Agents may use multicast. */
  enableMulticast?: boolean | null | undefined;
  /** Whether it is offered at all. */
  enabled?: boolean | null | undefined;
  /** Taken over from another console; made when absent. */
  guid?: string | null | undefined;
  /** Unique name. */
  name: string;
  /** Download priority. */
  priority?: PackagePriority | null | undefined;
  /** Where the files are. */
  source: PackageSourceInput;
  /** Free version text; never compared. */
  version?: string | null | undefined;
};

/** A new package server. */
export type CreatePackageServerInput = {
  /** Its addresses; they derive its sites. */
  addresses?: Array<string> | null | undefined;
  /** Fetches only within its own site (legacy: Constrained). */
  constrained?: boolean | null | undefined;
  /** Whether it is offered at all. */
  enabled?: boolean | null | undefined;
  /** Taken over from another console; made when absent. */
  guid?: string | null | undefined;
  /** Its host names. */
  hostNames?: Array<string> | null | undefined;
  /** Base of its HTTP codebases; "" for none. */
  httpUrl?: string | null | undefined;
  /** Base of its HTTPS codebases; "" for none. */
  httpsUrl?: string | null | undefined;
  /** Canopy or legacy. */
  kind?: PackageServerKind | null | undefined;
  /** Unique name. */
  name: string;
  /** What it publishes; null follows the settings of the server. */
  publicationTypes?: PublicationTypesInput | null | undefined;
  /** Base of its UNC codebases; "" for none. */
  uncRoot?: string | null | undefined;
};

/** A new site. */
export type CreateSiteInput = {
  /** Free text. */
  description?: string | null | undefined;
  /** Taken over from another console; made when absent. */
  guid?: string | null | undefined;
  /** Unique name. */
  name: string;
};

/** A new subnet. */
export type CreateSubnetInput = {
  /** Taken over from another console; made when absent. */
  guid?: string | null | undefined;
  /** Name, for people. */
  name?: string | null | undefined;
  /** CIDR, or address and mask. */
  network: string;
  /** The site it belongs to, by id or GUID; null takes it out of its site. */
  siteId?: string | number | null | undefined;
};

/** Conditions on a point in time; all given ones must hold. */
export type DateTimeFilter = {
  /** After this. */
  gt?: string | null | undefined;
  /** At this or after. */
  gte?: string | null | undefined;
  /** Before this. */
  lt?: string | null | undefined;
  /** At this or before. */
  lte?: string | null | undefined;
};

/** The object to delete. */
export type DeleteInput = {
  /** The object, by id or GUID. */
  id: string | number;
};

/** What a child does with a package that its parent deleted or does not replicate any more. */
export type DeletePolicy =
  /** It deletes it too. */
  | 'ALL'
  /** It keeps it as its own. */
  | 'NONE';

/** What a commit survives. */
export type Durability =
  /** A crash of the process, not one of the machine. */
  | 'PROCESS_CRASH_ONLY'
  /** A power cut: commits are flushed to disk. */
  | 'STRICT';

/** Whether replication runs, and with whom. */
export type EnableHierarchyReplicationInput = {
  /** On or off. */
  enabled: boolean;
  /** The child by id, GUID or node id, or the parent by GUID or node id; the parent and all children when absent. */
  neighbourId?: string | number | null | undefined;
};

/** What may enrol with a token. */
export type EnrollmentKind =
  /** An SMP below this one. */
  | 'CHILD'
  /** A package server. */
  | 'PACKAGE_SERVER';

/** What went wrong, for programs. The same codes leave every door of the server. */
export type ErrorCode =
  /** The port cannot be listened on; stop what uses it or choose another with --listen. */
  | 'ADDRESS_IN_USE'
  /** The server has all the work it takes at once; wait for the time that Retry-After says. */
  | 'BUSY'
  /** Another SMP has the same GUID or the same key; one is a copy, so remove one of the two. */
  | 'CLONE'
  /** The configuration has errors; run canopy config check. */
  | 'CONFIGURATION_INVALID'
  /** Another object already has this name, GUID, network or key. */
  | 'CONFLICT'
  /** Stored bytes do not match their hash; run a distribution point update for the package. */
  | 'CONTENT_DAMAGED'
  /** The cursor is not one of this server; start without it. */
  | 'CURSOR_INVALID'
  /** The change log no longer reaches back to this cursor; read the present state and start anew. */
  | 'CURSOR_TOO_OLD'
  /** Another process uses this data directory; stop it or choose another directory. */
  | 'DATA_DIRECTORY_LOCKED'
  /** The work needs more free bytes than there are; both figures are in the message. */
  | 'DISK_FULL'
  /** The enrolment token is unknown, used, expired or not for this; create a new one. */
  | 'ENROLLMENT_REFUSED'
  /** The database was replaced or restored since this cursor was issued; read the present state and start anew. */
  | 'EPOCH_CHANGED'
  /** The token is valid but its role may not do this. */
  | 'FORBIDDEN'
  /** A defect or an unavailable resource; the log has the request id. */
  | 'INTERNAL'
  /** A field has a value that is not allowed; the message names the field and the cure. */
  | 'INVALID_INPUT'
  /** What the parent says of the line to the root is not signed by those who stand in it. */
  | 'LINEAGE_INVALID'
  /** Two links came from one start of a node and both were ended; when it happens again and again, its data directory was copied. */
  | 'LINK_DOUBLED'
  /** The same node was started again later and took the link over; end this process. */
  | 'LINK_REPLACED'
  /** The parent is below the child; let it leave first. */
  | 'LOOP'
  /** The request could not be read: bad JSON, XML, encoding or parameters. */
  | 'MALFORMED_REQUEST'
  /** This address does not answer that HTTP method. */
  | 'METHOD_NOT_ALLOWED'
  /** The node key file does not belong to this database; put the right file back. */
  | 'NODE_KEY_MISMATCH'
  /** The SMP is not a child of this one, or no longer; it leaves and can be joined again. */
  | 'NOT_A_CHILD'
  /** There is no such object, or it is not visible to this token. */
  | 'NOT_FOUND'
  /** The server is starting, stopping or migrating. */
  | 'NOT_READY'
  /** Local packages have the GUID of one of the parent; choose onConflict ADOPT or KEEP_LOCAL. */
  | 'PACKAGE_CONFLICT'
  /** Names or sizes in the source folder break the package path policy; every reason is listed. */
  | 'PACKAGE_REFUSED'
  /** No package server serves a site of the SMP; assign one, by hand if need be (KB 184143). */
  | 'PACKAGE_SERVER_NOT_IN_SMP_SITE'
  /** No SMP answers at the address of the parent; check the address, the name and the firewall. */
  | 'PARENT_UNREACHABLE'
  /** The two speak different versions of the protocol; update the older one. */
  | 'PROTOCOL_UNSUPPORTED'
  /** With every publication type off no machine would find a source; leave one on. */
  | 'PUBLICATION_TYPES_ALL_OFF'
  /** The GraphQL document exceeds a limit; ask for less at a time. */
  | 'QUERY_TOO_COMPLEX'
  /** Too many requests from here; wait for the time that Retry-After says. */
  | 'RATE_LIMITED'
  /** The request exceeds a size limit; split it. */
  | 'REQUEST_TOO_LARGE'
  /** The root of the tree has another node id than was expected; make sure whose tree it is. */
  | 'ROOT_NOT_EXPECTED'
  /** An SMP cannot be its own parent; use the address of another one. */
  | 'SAME_NODE'
  /** The database was written by a newer Canopy; install that version or a newer one. */
  | 'SCHEMA_NEWER'
  /** The SMP has a parent already; leave it first, or join with replaceParent. */
  | 'SECOND_PARENT'
  /** No address of the SMP is in a subnet of a site; create a site and put its subnet there. */
  | 'SMP_NOT_IN_A_SITE'
  /** The snapshot is unsigned, altered or signed by another owner; look at the SMP before you trust it. */
  | 'SNAPSHOT_NOT_TRUSTED'
  /** The source folder changed while it was read, several times; run the update when the copying is over. */
  | 'SOURCE_CHANGED'
  /** The package has no source files to read. */
  | 'SOURCE_MISSING'
  /** The package is UNVERIFIED and cannot be assigned to package servers; make its source readable first. */
  | 'SOURCE_NOT_VERIFIED'
  /** The source folder cannot be read from this server; map it in uncMounts or set a readable directory. */
  | 'SOURCE_UNREADABLE'
  /** The object is referred to by others; release these first. */
  | 'STILL_IN_USE'
  /** The work took longer than its limit. */
  | 'TIMEOUT'
  /** A bearer token is missing, wrong, expired or revoked. */
  | 'UNAUTHENTICATED'
  /** The address of a parent is no plain http or https URL, or leads where no SMP is; use https://host:port. */
  | 'URL_NOT_ALLOWED';

/** Conditions on a GUID. */
export type GuidFilter = {
  /** Equal to this. */
  eq?: string | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<string> | null | undefined;
};

/** A version that the package server verified byte by byte. */
export type HeldVersionInput = {
  /** Its signature over the holding, base64. */
  attestation: string;
  /** The internal version. */
  internalVersion: number;
  /** Root hash of the tree it verified: SHA-256, hex. */
  rootHash: string;
};

/** What a package server has of one package. */
export type HoldingReportInput = {
  /** Rate. */
  bytesPerSecond?: number | null | undefined;
  /** Bytes moved. */
  doneBytes?: number | null | undefined;
  /** Deliverable now; the newest two are remembered. */
  held: Array<HeldVersionInput>;
  /** When it tries again. */
  nextTryAt?: string | null | undefined;
  /** GUID of the package. */
  packageGuid: string;
  /** Why, for people. */
  reason?: string | null | undefined;
  /** State. */
  status: PackageStatusState;
  /** Bytes planned. */
  totalBytes?: number | null | undefined;
};

/** Conditions on a reference, by id or GUID. */
export type IdFilter = {
  /** Equal to this. */
  eq?: string | number | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<string | number> | null | undefined;
};

/** Conditions on a whole number; all given ones must hold. */
export type IntFilter = {
  /** Equal to this. */
  eq?: number | null | undefined;
  /** Greater than this. */
  gt?: number | null | undefined;
  /** This or greater. */
  gte?: number | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<number> | null | undefined;
  /** Less than this. */
  lt?: number | null | undefined;
  /** This or less. */
  lte?: number | null | undefined;
};

/** Kind of a stored item. */
export type ItemKind =
  /** An SMP below this one. */
  | 'CHILD'
  /** A computer. */
  | 'COMPUTER'
  /** A package offered to a computer. */
  | 'COMPUTER_ASSIGNMENT'
  /** What this server decides itself about a package of the parent's. */
  | 'OVERLAY'
  /** A package. */
  | 'PACKAGE'
  /** A package server. */
  | 'PACKAGE_SERVER'
  /** What one package server has of one package. */
  | 'PACKAGE_STATUS'
  /** The relation to a parent. */
  | 'PARENT'
  /** An item of the parent's that could not be taken over. */
  | 'REJECTION'
  /** The settings of the server. */
  | 'SETTINGS'
  /** A site. */
  | 'SITE'
  /** A version that a site was offered. */
  | 'SITE_OFFER'
  /** A snapshot of a package. */
  | 'SNAPSHOT'
  /** A subnet. */
  | 'SUBNET'
  /** Where the parent's package servers have a package. */
  | 'UPSTREAM_OFFER';

/** What happens with packages that came from a parent when the relation ends. */
export type ItemsChoice =
  /** They are deleted. */
  | 'DELETE'
  /** They become local. */
  | 'KEEP';

/** What a job does. */
export type JobKind =
  /** Has neighbours compare everything (runCompleteReplication). */
  | 'COMPLETE_REPLICATION'
  /** Removes stored content that nothing refers to. */
  | 'CONTENT_SWEEP'
  /** Brings neighbours what is new (runDifferentialReplication). */
  | 'DIFFERENTIAL_REPLICATION'
  /** Reads a source again and makes a snapshot if the tree changed (SMC: "Update Distribution Points"). */
  | 'DISTRIBUTION_POINT_UPDATE'
  /** Removes old entries of the change feed. */
  | 'LOG_COMPACTION'
  /** Reads every source again (legacy: NS.Package Refresh). */
  | 'PACKAGE_REFRESH';

/** State of a job. */
export type JobState =
  /** Ended by a person. */
  | 'CANCELLED'
  /** Ended with the problems it lists. */
  | 'FAILED'
  /** Waits for its turn. */
  | 'QUEUED'
  /** Is worked on. */
  | 'RUNNING'
  /** Done. */
  | 'SUCCEEDED';

/** What `done` and `total` of a job count. */
export type JobUnit =
  /** Bytes. */
  | 'BYTES'
  /** Files. */
  | 'FILES'
  /** Items. */
  | 'ITEMS';

/** The fault that a check of a join looks for. */
export type JoinCheckCode =
  /** Another SMP has the same GUID or the same key. */
  | 'CLONE'
  /** The tree has more tiers than are recommended. */
  | 'DEEP_TREE'
  /** The token is unknown, used, expired or not for a child. */
  | 'ENROLLMENT_REFUSED'
  /** The parent is below the child. */
  | 'LOOP'
  /** The parent has more children than are recommended. */
  | 'MANY_CHILDREN'
  /** Another SMP answers there than the token is of. */
  | 'NODE_KEY_MISMATCH'
  /** Local packages have the GUID of one of the parent. */
  | 'PACKAGE_CONFLICT'
  /** No package server serves a site of the SMP (KB 184143). */
  | 'PACKAGE_SERVER_NOT_IN_SMP_SITE'
  /** Nothing answers there as an SMP does. */
  | 'PARENT_UNREACHABLE'
  /** The two speak different versions of the protocol. */
  | 'PROTOCOL_UNSUPPORTED'
  /** The root of the tree is another one than expected. */
  | 'ROOT_NOT_EXPECTED'
  /** An SMP cannot be its own parent. */
  | 'SAME_NODE'
  /** This SMP has a parent already. */
  | 'SECOND_PARENT'
  /** No address of the SMP is in a subnet of a site. */
  | 'SMP_NOT_IN_A_SITE'
  /** The address of the parent may not be used. */
  | 'URL_NOT_ALLOWED';

/** The parent that this SMP joins. */
export type JoinHierarchyInput = {
  /** Only run the checks of both sides; nothing is changed. */
  dryRun?: boolean;
  /** Node id that the root of the tree must have, now and later. */
  expectRoot?: string | number | null | undefined;
  /** Join without a package server in the site of either SMP. Packages never move over it. */
  metadataOnly?: boolean;
  /** What happens with local packages that have the GUID of one of the parent. */
  onConflict?: ConflictChoice;
  /** Where the parent is reached: https://host:port. */
  parentUrl: string;
  /** Take the place of the present parent, in one step. */
  replaceParent?: boolean;
  /** A token of the parent (createEnrollmentToken, kind CHILD). Its secret is not sent. */
  token: string;
};

/** What came of a check. */
export type JoinOutcome =
  /** There is one, and it has to be cured. */
  | 'FAILED'
  /** Another fault has to be cured first. */
  | 'NOT_RUN'
  /** There is no fault. */
  | 'PASSED'
  /** There is one, and the input says to live with it. */
  | 'WAIVED'
  /** It works, and there is an advice. */
  | 'WARNING';

/** Where the cause of a fault is. */
export type JoinSide =
  /** Between the two. */
  | 'BOTH'
  /** The SMP that joins. */
  | 'CHILD'
  /** The SMP that it joins. */
  | 'PARENT';

/** How this SMP leaves its parent. */
export type LeaveHierarchyInput = {
  /** Only tell what would happen; nothing is changed. */
  dryRun?: boolean;
  /** What happens with the packages that came from the parent. */
  items?: ItemsChoice;
};

/** What the link to the parent is doing. */
export type LinkState =
  /** Is open. */
  | 'CONNECTED'
  /** Is being opened. */
  | 'CONNECTING'
  /** Is over: this SMP is not a child of it any more. */
  | 'ENDED'
  /** Is closed; the next attempt comes by itself. */
  | 'WAITING';

/** Where an item is written. */
export type Origin =
  /** Written here. */
  | 'LOCAL'
  /** Came from the parent; read-only here but for enabling and assignment. */
  | 'REPLICATED';

/** Conditions on a value of a fixed list. */
export type OriginFilter = {
  /** Equal to this. */
  eq?: Origin | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<Origin> | null | undefined;
};

/** Names a package. Exactly one of the fields. */
export type PackageBy =
  {   /** Its GUID. */
  guid: string; id?: never; name?: never; }
  |  { guid?: never;   /** Its opaque id. */
  id: string | number; name?: never; }
  |  { guid?: never; id?: never;   /** Its exact name. */
  name: string; };

/** A package and computers. */
export type PackageComputersInput = {
  /** The computers, by id or GUID. */
  computerIds: Array<string | number>;
  /** The package, by id or GUID. */
  packageId: string | number;
};

/** Which packages; all given conditions must hold. */
export type PackageFilter = {
  /** By assignment mode. */
  assignmentMode?: AssignmentModeFilter | null | undefined;
  /** Switched on or off. */
  enabled?: BooleanFilter | null | undefined;
  /** By GUID. */
  guid?: GuidFilter | null | undefined;
  /** By internal version. */
  internalVersion?: IntFilter | null | undefined;
  /** By name. */
  name?: StringFilter | null | undefined;
  /** Written here or replicated. */
  origin?: OriginFilter | null | undefined;
  /** By state of the source. */
  sourceState?: SourceStateFilter | null | undefined;
  /** By time of the last change. */
  updatedAt?: DateTimeFilter | null | undefined;
  /** By the administrator's version text. */
  version?: StringFilter | null | undefined;
};

/** Download priority of a package. */
export type PackagePriority =
  /** Before others. */
  | 'HIGH'
  /** After others. */
  | 'LOW'
  /** As usual. */
  | 'NORMAL';

/** How package servers get a package (SMC: "Package Servers" tab of a package). */
export type PackageServerAssignmentMode =
  /** All Package Servers. */
  | 'ALL'
  /** Package Servers automatically with manual prestaging. */
  | 'AUTOMATIC'
  /** Package Servers Individually. */
  | 'INDIVIDUALLY'
  /** Package Servers by Site. */
  | 'SITE';

/** Names a package server. Exactly one of the fields. */
export type PackageServerBy =
  {   /** Its GUID. */
  guid: string; id?: never; name?: never; }
  |  { guid?: never;   /** Its opaque id. */
  id: string | number; name?: never; }
  |  { guid?: never; id?: never;   /** Its exact name. */
  name: string; };

/** Which package servers; all given conditions must hold. */
export type PackageServerFilter = {
  /** Constrained or not. */
  constrained?: BooleanFilter | null | undefined;
  /** Switched on or off. */
  enabled?: BooleanFilter | null | undefined;
  /** By GUID. */
  guid?: GuidFilter | null | undefined;
  /** By kind. */
  kind?: PackageServerKindFilter | null | undefined;
  /** By name. */
  name?: StringFilter | null | undefined;
};

/** How a package server introduces itself. */
export type PackageServerHelloInput = {
  /** Version of its software. */
  agentVersion: string;
  /** Raised and stored each time its process starts. */
  bootCounter: number;
  /** Version of the protocol; 1. */
  protocolVersion: number;
  /** Where agents reach it, at most one URL a scheme; they take the place of its httpUrl and httpsUrl. Null: these stay. */
  publicUrls?: Array<string> | null | undefined;
};

/** Kind of a package server. */
export type PackageServerKind =
  /** Runs the Canopy package server; attests what it holds with its signature. */
  | 'CANOPY'
  /** Runs the legacy agent; it can only claim what it holds. */
  | 'LEGACY';

/** Conditions on a value of a fixed list. */
export type PackageServerKindFilter = {
  /** Equal to this. */
  eq?: PackageServerKind | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<PackageServerKind> | null | undefined;
};

/** A package server and a site. */
export type PackageServerSiteInput = {
  /** The package server, by id or GUID. */
  packageServerId: string | number;
  /** The site, by id or GUID. */
  siteId: string | number;
};

/** Where the files of a package are read from. */
export type PackageSourceInput = {
  /** For URL: where this server can read the files behind it. Without: unverified. */
  directory?: string | null | undefined;
  /** Kind of the source. */
  kind: PackageSourceKind;
  /** Folder; for LOCAL and UNC. */
  path?: string | null | undefined;
  /** Base URL; for URL. */
  url?: string | null | undefined;
};

/** Where package files are read from. */
export type PackageSourceKind =
  /** A folder of this server. */
  | 'LOCAL'
  /** The package has no source files. */
  | 'NONE'
  /** An existing UNC share. */
  | 'UNC'
  /** An existing URL. */
  | 'URL';

/** Which package statuses; all given conditions must hold. */
export type PackageStatusFilter = {
  /** By package. */
  package?: IdFilter | null | undefined;
  /** By package server. */
  packageServer?: IdFilter | null | undefined;
  /** In this state since. */
  since?: DateTimeFilter | null | undefined;
  /** By state. */
  state?: PackageStatusStateFilter | null | undefined;
};

/** State of one package on one package server. */
export type PackageStatusState =
  /** Removed from the package server. */
  | 'DELETED'
  /** Being fetched. */
  | 'DOWNLOADING'
  /** The bytes do not match. */
  | 'INVALID'
  /** Assigned, nothing reported yet. */
  | 'PENDING'
  /** Ready: deliverable now. */
  | 'READY'
  /** The last attempt failed; it tries again. */
  | 'RETRYING';

/** Conditions on a value of a fixed list. */
export type PackageStatusStateFilter = {
  /** Equal to this. */
  eq?: PackageStatusState | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<PackageStatusState> | null | undefined;
};

/** One version of a package. */
export type PackageVersionInput = {
  /** Its internal version. */
  internalVersion: number;
  /** The package, by id or GUID. */
  packageId: string | number;
};

/** How far the relation to a parent is. */
export type ParentState =
  /** Both sides agree. */
  | 'JOINED'
  /** Begun; it completes or is given up by itself. */
  | 'JOINING'
  /** Over for this SMP; the parent has not been told yet. */
  | 'LEFT';

/** Whether a package server reached one of the parent's. */
export type ProbeResultInput = {
  /** When, by the time of the server. */
  at: string;
  /** GUID of the package server at the parent. */
  packageServerGuid: string;
  /** Whether it answered. */
  reachable: boolean;
  /** Why not, for people. */
  reason?: string | null | undefined;
  /** How long it took, milliseconds. */
  tookMs: number;
  /** The address that was asked; empty when it has none. */
  url: string;
};

/** Kinds of codebase; at least one is on. */
export type PublicationTypesInput = {
  /** HTTP codebases. */
  http: boolean;
  /** HTTPS codebases. */
  https: boolean;
  /** UNC codebases. */
  unc: boolean;
};

/** The rule by which a candidate is not offered, in the order the rules are tried. */
export type RejectRule =
  /** The asker is this package server. */
  | 'ASKER_ITSELF'
  /** The package was just assigned to the asker's site; its package servers fetch it first. */
  | 'AUTOMATIC_SITE_PENDING'
  /** A constrained package server fetches only from ready package servers of its own site. */
  | 'CONSTRAINED_ASKER'
  /** A package server that is switched off does not fetch across. */
  | 'CROSSING_ASKER_DISABLED'
  /** Another package server fetches it from the parent now. */
  | 'CROSSING_LEASED_TO_ANOTHER'
  /** A legacy package server is sent to the parent itself (KB 181808). */
  | 'CROSSING_LEGACY'
  /** Only package servers fetch from those of the parent; agents never cross. */
  | 'CROSSING_NOT_A_SERVER'
  /** Nobody fetches it from the parent now; the SMP gives the lease soon. */
  | 'CROSSING_NOT_LEASED'
  /** A package server of this SMP has the version; bytes cross once. */
  | 'CROSSING_NOT_NEEDED'
  /** Only an unconstrained package server fetches from those of the parent (KB 180299). */
  | 'CROSSING_NOT_UNCONSTRAINED'
  /** Only a package server in the SMP's own site fetches from those of the parent (KB 180299). */
  | 'CROSSING_OUTSIDE_SMP_SITE'
  /** The request denies package servers outside its sites (deny="ExtPs", KB 204355). */
  | 'DENIED_EXTERNAL'
  /** The request denies the SMP (deny="Ns", KB 204355). */
  | 'DENIED_SMP'
  /** The package has no version to offer yet. */
  | 'NOTHING_TO_OFFER'
  /** The package is not assigned to this package server. */
  | 'NOT_ASSIGNED'
  /** It has not reported the package ready. */
  | 'NOT_READY'
  /** It does not hold the bytes of this package. */
  | 'NO_BYTES'
  /** Its publication types and addresses leave no codebase. */
  | 'NO_PUBLISHED_ADDRESS'
  /** It holds another version than the one offered. */
  | 'OTHER_VERSION'
  /** Outside the asker's reach: something nearer is ready. */
  | 'OUTSIDE_SCOPE'
  /** The package is switched off. */
  | 'PACKAGE_DISABLED'
  /** The asker is sent to the parent for it (KB 181808). */
  | 'REDIRECTED_TO_PARENT'
  /** The package server is switched off. */
  | 'SERVER_DISABLED'
  /** Package servers fetch from the SMP only (PkgSvrDownloadFromNSOnly). */
  | 'SMP_ONLY'
  /** The SMP is withheld from agents whose site has a ready source (KB 180405). */
  | 'WITHHELD_FROM_SITE';

/** What servers above a server may read of it. */
export type RemoteAccess =
  /** Everything that a viewer may read there. */
  | 'READ'
  /** What it pushes up itself: name, version, counts. */
  | 'SUMMARY';

/** How a server below answered. */
export type RemoteStatus =
  /** It, or a server on the way to it, does not let the asker read. */
  | 'DENIED'
  /** It answered; without a selection of smp: the way to it is open. */
  | 'OK'
  /** It cannot be reached; the summary is what it told last, at asOf. */
  | 'STALE'
  /** It did not answer in time. */
  | 'TIMEOUT'
  /** It cannot be reached and has told nothing yet. */
  | 'UNREACHABLE';

/** The child that is removed. */
export type RemoveChildInput = {
  /** The child, by id or GUID. */
  childId: string | number;
  /** Only tell what would happen; nothing is changed. */
  dryRun?: boolean;
  /** What the child does with the packages that came from this SMP. */
  items?: ItemsChoice;
};

/** What a package server says of its packages. */
export type ReportPackageServerInput = {
  /** As in the hello of its link. */
  bootCounter: number;
  /** It replaces everything reported before: what it does not mention is not there. */
  full: boolean;
  /** Package by package; at most 5,000. */
  holdings: Array<HoldingReportInput>;
  /** How it reaches the parent's package servers; null: as last reported. At most 64. */
  probes?: Array<ProbeResultInput> | null | undefined;
  /** Rises with each report of one start. */
  sequence: number;
};

/** The package server that reports anew. */
export type ResendStatusInput = {
  /** The package server, by id or GUID. */
  packageServerId: string | number;
};

/** A package of the parent's. */
export type ResetPackageOverlayInput = {
  /** The package, by id or GUID. */
  packageId: string | number;
};

/** A bearer token to revoke. */
export type RevokeApiTokenInput = {
  /** Its id, as in `apiTokens`. */
  id: string | number;
};

/** The package server whose key is no longer believed. */
export type RevokeEnrollmentInput = {
  /** The package server, by id or GUID. */
  packageServerId: string | number;
};

/** What a bearer token may do. */
export type Role =
  /** Does everything: settings, tokens, sites, package servers. */
  | 'ADMIN'
  /** Reads, and does the daily work: packages, assignments, distribution point updates. */
  | 'OPERATOR'
  /** Reads. */
  | 'VIEWER';

/** With whom to replicate now. */
export type RunReplicationInput = {
  /** The child by id, GUID or node id, or the parent by GUID or node id; all children when absent. */
  neighbourId?: string | number | null | undefined;
};

/** A schedule to run now. */
export type RunScheduleInput = {
  /** Its name, as in `schedules`. */
  name: string;
};

/** How package servers get a package. */
export type SetPackageServerAssignmentInput = {
  /** The mode. */
  mode: PackageServerAssignmentMode;
  /** The package, by id or GUID. */
  packageId: string | number;
  /** For INDIVIDUALLY: the package servers. */
  packageServerIds?: Array<string | number> | null | undefined;
  /** For SITE and AUTOMATIC: the sites. */
  siteIds?: Array<string | number> | null | undefined;
};

/** Names a site. Exactly one of the fields. */
export type SiteBy =
  {   /** Its GUID. */
  guid: string; id?: never; name?: never; }
  |  { guid?: never;   /** Its opaque id. */
  id: string | number; name?: never; }
  |  { guid?: never; id?: never;   /** Its exact name. */
  name: string; };

/** Which sites; all given conditions must hold. */
export type SiteFilter = {
  /** By GUID. */
  guid?: GuidFilter | null | undefined;
  /** By name. */
  name?: StringFilter | null | undefined;
};

/** Names a snapshot. Exactly one of the fields. */
export type SnapshotBy =
  {   /** Its opaque id. */
  id: string | number; packageId?: never; version?: never; }
  |  { id?: never;   /** The current one of this package, by id or GUID. */
  packageId: string | number; version?: never; }
  |  { id?: never; packageId?: never;   /** By package and version. */
  version: PackageVersionInput; };

/** What is known of the package source. */
export type SourceState =
  /** There is no source. */
  | 'EMPTY'
  /** The last reading failed; see sourceReason. */
  | 'FAILED'
  /** Not read yet. */
  | 'PENDING'
  /** The server cannot read it; only the external codebase exists. */
  | 'UNVERIFIED'
  /** The current snapshot is of bytes that this server read. */
  | 'VERIFIED';

/** Conditions on a value of a fixed list. */
export type SourceStateFilter = {
  /** Equal to this. */
  eq?: SourceState | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<SourceState> | null | undefined;
};

/** Conditions on a text; all given ones must hold. */
export type StringFilter = {
  /** Contains this, in any letter case. */
  contains?: string | null | undefined;
  /** Equal to this. */
  eq?: string | null | undefined;
  /** Equal to one of these; an empty list matches nothing. */
  in?: Array<string> | null | undefined;
  /** Starts with this, in any letter case. */
  startsWith?: string | null | undefined;
};

/** Names a subnet. Exactly one of the fields. */
export type SubnetBy =
  {   /** Its GUID. */
  guid: string; id?: never; network?: never; }
  |  { guid?: never;   /** Its opaque id. */
  id: string | number; network?: never; }
  |  { guid?: never; id?: never;   /** Its network, for example 10.1.0.0/16. */
  network: string; };

/** Which subnets; all given conditions must hold. */
export type SubnetFilter = {
  /** By GUID. */
  guid?: GuidFilter | null | undefined;
  /** By name. */
  name?: StringFilter | null | undefined;
  /** By the site it belongs to. */
  site?: IdFilter | null | undefined;
};

/** How a source knows what it offers. */
export type Trust =
  /** A package server that signed the hash of exactly this version. */
  | 'ATTESTED'
  /** A legacy package server that says so; not verified. */
  | 'CLAIMED'
  /** The package's own location. */
  | 'EXTERNAL'
  /** This management server. */
  | 'OWN'
  /** A package server of the parent, in the site of its SMP. */
  | 'UPSTREAM';

/** A stretch of the child's feed of what goes up. */
export type UpPageInput = {
  /** Cursor of the page before; at the first, the upCursor that the link began with. */
  after: string;
  /** The child's; the parent stores it with the states. */
  cursor: string;
  /** Summaries and progress; at most 500. */
  states: Array<Record<string, unknown>>;
};

/** A change of what a child gets and does; absent fields stay. */
export type UpdateChildInput = {
  /** The child, by id or GUID. */
  childId: string | number;
  /** What it does with a package that is deleted here, or left out now. */
  deletePolicy?: DeletePolicy | null | undefined;
  /** Only tell what would happen; nothing is changed. */
  dryRun?: boolean;
  /** Which packages it gets. Another choice makes it compare everything. */
  packages?: ChildPackagesInput | null | undefined;
  /** Whether packages are replicated to it. The link stays in either case. */
  replicationEnabled?: boolean | null | undefined;
};

/** A change of a computer. */
export type UpdateComputerInput = {
  /** IPv4 and IPv6 addresses. */
  addresses?: Array<string> | null | undefined;
  /** Domain. */
  domain?: string | null | undefined;
  /** The computer, by id or GUID. */
  id: string | number;
  /** Sites it is assigned to by hand. */
  manualSiteIds?: Array<string | number> | null | undefined;
  /** Host name. */
  name?: string | null | undefined;
};

/** Whose sources are read again. */
export type UpdateDistributionPointsInput = {
  /** Raise the version even when the tree did not change. */
  force?: boolean;
  /** Packages by id or GUID; all packages with a source when absent. */
  packageIds?: Array<string | number> | null | undefined;
};

/** A change of a package. */
export type UpdatePackageInput = {
  /** Legacy behaviour: offer a new version before a source near the asker has it. */
  announceBeforeReady?: boolean | null | undefined;
  /** Agents delete the files when unused for so many minutes (legacy: CleanupAfter). */
  cleanupAfterMinutes?: number | null | undefined;
  /** Free text. */
  description?: string | null | undefined;
  /** Agents may use multicast. */
  enableMulticast?: boolean | null | undefined;
  /** Whether it is offered at all. */
  enabled?: boolean | null | undefined;
  /** The package, by id or GUID. */
  id: string | number;
  /** Unique name. */
  name?: string | null | undefined;
  /** Download priority. */
  priority?: PackagePriority | null | undefined;
  /** Where the files are. */
  source?: PackageSourceInput | null | undefined;
  /** Free version text; never compared. */
  version?: string | null | undefined;
};

/** A change of a package server. */
export type UpdatePackageServerInput = {
  /** Its addresses; they derive its sites. */
  addresses?: Array<string> | null | undefined;
  /** Fetches only within its own site (legacy: Constrained). */
  constrained?: boolean | null | undefined;
  /** Whether it is offered at all. */
  enabled?: boolean | null | undefined;
  /** Its host names. */
  hostNames?: Array<string> | null | undefined;
  /** Base of its HTTP codebases; "" for none. */
  httpUrl?: string | null | undefined;
  /** Base of its HTTPS codebases; "" for none. */
  httpsUrl?: string | null | undefined;
  /** The package server, by id or GUID. */
  id: string | number;
  /** Canopy or legacy. */
  kind?: PackageServerKind | null | undefined;
  /** Unique name. */
  name?: string | null | undefined;
  /** What it publishes; null follows the settings of the server. */
  publicationTypes?: PublicationTypesInput | null | undefined;
  /** Base of its UNC codebases; "" for none. */
  uncRoot?: string | null | undefined;
};

/** Settings to change; absent ones stay as they are. */
export type UpdateSettingsInput = {
  /** Local time of day (HH:MM) at which every child compares everything; empty is off. Legacy: NS.Hierarchy Complete Replication Schedule. */
  completeReplicationTime?: string | null | undefined;
  /** Package servers delete files that were unused for so long. Legacy: Delete package files if unused for. */
  deletePackageFilesAfterMinutes?: number | null | undefined;
  /** How often children are brought what is new, beside the push of every change; 0 is off. Legacy: NS.Hierarchy Differential Replication Schedule. */
  differentialReplicationIntervalMinutes?: number | null | undefined;
  /** How often changed sources are looked for; 0 is off. Legacy: NS.Package Distribution Point Update Schedule. */
  distributionPointUpdateIntervalMinutes?: number | null | undefined;
  /** The newest versions kept whatever their age; at least 1. */
  keepSnapshots?: number | null | undefined;
  /** After so many minutes of trying an agent is offered more sources; 0 is off. Legacy: MaxAgentDownloadTryingTimeMins. */
  maxAgentDownloadTryingTimeMinutes?: number | null | undefined;
  /** Package info requests that are answered at once. Legacy: MaxConcurrentPackageInfoRequests. */
  maxConcurrentPackageInfoRequests?: number | null | undefined;
  /** Local time of day (HH:MM) of the full refresh; empty is off. Legacy: NS.Package Refresh. */
  packageRefreshTime?: string | null | undefined;
  /** After a legacy package server was sent to the parent for a package: so long no other is. 0 is off. Legacy: PackageRequestBlockoutSeconds. */
  packageRequestBlockoutSeconds?: number | null | undefined;
  /** When package servers fetch nothing: their local time, HH:MM-HH:MM; empty is never. Legacy: Blockout Periods. */
  packageServerBlackout?: string | null | undefined;
  /** What all transfers of one package server may take together, bytes per second; 0 is no limit. Legacy: Bandwidth Control. */
  packageServerMaxBytesPerSecond?: number | null | undefined;
  /** Kinds of codebase that package servers publish. Legacy: Published Codebase Types. */
  packageServerPublication?: PublicationTypesInput | null | undefined;
  /** A package server that had no link for so long is silent: it is offered last, and others beside it; 0 is off. */
  packageServerSilentSeconds?: number | null | undefined;
  /** Package servers fetch from this management server only. Legacy: PkgSvrDownloadFromNSOnly. */
  packageServersDownloadFromSmpOnly?: boolean | null | undefined;
  /** What servers above this one may read of it: its summary, or everything. */
  remoteAccess?: RemoteAccess | null | undefined;
  /** Kinds of codebase that this management server publishes. Legacy: GenerateNSUNCPackageCodebases, GenerateNSHTTPPackageCodebases, GenerateNSHTTPSPackageCodebases. */
  smpPublication?: PublicationTypesInput | null | undefined;
  /** How long a replaced version stays deliverable. */
  versionGraceMinutes?: number | null | undefined;
};

/** A change of a site. */
export type UpdateSiteInput = {
  /** Free text. */
  description?: string | null | undefined;
  /** The site, by id or GUID. */
  id: string | number;
  /** Unique name. */
  name?: string | null | undefined;
};

/** A change of a subnet. */
export type UpdateSubnetInput = {
  /** The subnet, by id or GUID. */
  id: string | number;
  /** Name, for people. */
  name?: string | null | undefined;
  /** CIDR (10.1.0.0/16, 2001:db8::/32) or address and mask (10.1.0.0/255.255.0.0). */
  network?: string | null | undefined;
  /** The site it belongs to, by id or GUID; null takes it out of its site. */
  siteId?: string | number | null | undefined;
};

/** A package whose bytes are hashed again. */
export type VerifyPackageInput = {
  /** The package, by id or GUID. */
  packageId: string | number;
  /** Package servers by id or GUID; all that are to hold it when absent. */
  packageServerIds?: Array<string | number> | null | undefined;
};

export type ChildLinkSubscriptionVariables = Exact<{
  hello: ChildHelloInput;
}>;


export type ChildLinkSubscription = { childLink:
    | { __typename: 'ChildCancelEvent', operationId: string }
    | { __typename: 'ChildCompareEvent', reason: CompareReason }
    | { __typename: 'ChildHeartbeatEvent', serverTimeMs: number }
    | { __typename: 'ChildOffersEvent', offers: Array<Record<string, unknown>>, withdrawn: Array<string>, complete: boolean }
    | { __typename: 'ChildOperationEvent', operation: Record<string, unknown> }
    | { __typename: 'ChildPageEvent', cursor: string, more: boolean, items: Array<{ item: Record<string, unknown> | null, withdrawnKey: string | null, ageMs: number }> }
    | { __typename: 'ChildRemovedEvent', keepsItems: boolean }
    | { __typename: 'ChildServersEvent', servers: Array<Record<string, unknown>> }
    | { __typename: 'ChildStandingEvent', lineage: Array<Record<string, unknown>>, membership: string, replicationEnabled: boolean, metadataOnly: boolean, deletePolicy: DeletePolicy, upCursor: string, serverTimeMs: number, raises: Array<{ nodeId: string, above: number }> }
   };

export type AcknowledgeTreeMutationVariables = Exact<{
  cursor: string;
}>;


export type AcknowledgeTreeMutation = { acknowledgeTree: boolean };

export type ReportTreeMutationVariables = Exact<{
  page: UpPageInput;
}>;


export type ReportTreeMutation = { reportTree: boolean };

export type AnswerOperationMutationVariables = Exact<{
  answer: Record<string, unknown>;
}>;


export type AnswerOperationMutation = { answerOperation: boolean };

export type LeaveParentMutationVariables = Exact<{ [key: string]: never; }>;


export type LeaveParentMutation = { leaveParent: boolean };

export type TreeDigestsQueryVariables = Exact<{
  prefixes: Array<string> | string;
}>;


export type TreeDigestsQuery = { treeDigests: { cursor: string, answers: Array<{ prefix: string, count: number, digest: string, children: Array<{ prefix: string, digest: string }>, items: Array<{ key: string, ownerNodeId: string, ownerRevision: number }> }> } };

export type TreeItemsQueryVariables = Exact<{
  keys: Array<string> | string;
}>;


export type TreeItemsQuery = { treeItems: Array<{ item: Record<string, unknown> | null, withdrawnKey: string | null, ageMs: number }> };

export type OfferTreeItemsMutationVariables = Exact<{
  items: Array<Record<string, unknown>> | Record<string, unknown>;
}>;


export type OfferTreeItemsMutation = { offerTreeItems: Array<string> };

export type DownloadTicketQueryVariables = Exact<{
  packageId: string;
  internalVersion: number;
}>;


export type DownloadTicketQuery = { downloadTicket: { packageId: string, internalVersion: number, childNodeId: string, expiresAtMs: number, signature: string } };

export type CodebaseFieldsFragment = { url: string, kind: CodebaseKind, snapshotUrl: string | null, internalVersion: number, trust: Trust, rank: number | null, reason: AcceptReason | null, package: { guid: string, name: string }, packageServer: { guid: string, name: string } | null };

export type CandidateFieldsFragment = { name: string, trust: Trust, accepted: boolean, rank: number | null, reason: AcceptReason | null, rule: RejectRule | null, explanation: string, urls: Array<string> };

export type DecisionFieldsFragment = { offeredVersion: number, snapshotUrl: string | null, package: { guid: string, name: string }, asker: { computer: { guid: string, name: string } | null, packageServer: { guid: string, name: string } | null, sites: Array<{ guid: string, name: string }>, locations: Array<{ address: string, subnets: Array<{ guid: string, network: string, name: string }>, site: { guid: string, name: string } | null }> }, codebases: Array<{ url: string, kind: CodebaseKind, snapshotUrl: string | null, internalVersion: number, trust: Trust, rank: number | null, reason: AcceptReason | null, package: { guid: string, name: string }, packageServer: { guid: string, name: string } | null }>, candidates: Array<{ name: string, trust: Trust, accepted: boolean, rank: number | null, reason: AcceptReason | null, rule: RejectRule | null, explanation: string, urls: Array<string> }> };

export type ListCodebasesQueryVariables = Exact<{
  where?: CodebaseFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListCodebasesQuery = { codebases: { nodes: Array<{ url: string, kind: CodebaseKind, snapshotUrl: string | null, internalVersion: number, trust: Trust, rank: number | null, reason: AcceptReason | null, package: { guid: string, name: string }, packageServer: { guid: string, name: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type ExplainCodebasesQueryVariables = Exact<{
  request: CodebaseRequestInput;
}>;


export type ExplainCodebasesQuery = { explainCodebases: { offeredVersion: number, snapshotUrl: string | null, package: { guid: string, name: string }, asker: { computer: { guid: string, name: string } | null, packageServer: { guid: string, name: string } | null, sites: Array<{ guid: string, name: string }>, locations: Array<{ address: string, subnets: Array<{ guid: string, network: string, name: string }>, site: { guid: string, name: string } | null }> }, codebases: Array<{ url: string, kind: CodebaseKind, snapshotUrl: string | null, internalVersion: number, trust: Trust, rank: number | null, reason: AcceptReason | null, package: { guid: string, name: string }, packageServer: { guid: string, name: string } | null }>, candidates: Array<{ name: string, trust: Trust, accepted: boolean, rank: number | null, reason: AcceptReason | null, rule: RejectRule | null, explanation: string, urls: Array<string> }> } };

export type PageInfoFieldsFragment = { hasNextPage: boolean, endCursor: string | null };

type UserErrorFields_ConflictError_Fragment = { code: ErrorCode, message: string, path: Array<string>, hint: string | null };

type UserErrorFields_InputError_Fragment = { code: ErrorCode, message: string, path: Array<string>, hint: string | null };

type UserErrorFields_NotFoundError_Fragment = { code: ErrorCode, message: string, path: Array<string>, hint: string | null };

type UserErrorFields_OperationError_Fragment = { code: ErrorCode, message: string, path: Array<string>, hint: string | null };

export type UserErrorFieldsFragment =
  | UserErrorFields_ConflictError_Fragment
  | UserErrorFields_InputError_Fragment
  | UserErrorFields_NotFoundError_Fragment
  | UserErrorFields_OperationError_Fragment
;

export type SignedInQueryVariables = Exact<{ [key: string]: never; }>;


export type SignedInQuery = { viewer: { name: string, role: Role }, smp: { id: string, guid: string, nodeId: string, name: string, url: string | null, version: string, siteAddresses: Array<string>, durability: Durability } };

export type CompletionNamesQueryVariables = Exact<{ [key: string]: never; }>;


export type CompletionNamesQuery = { smp: { parent: { guid: string, name: string } | null, children: Array<{ guid: string, name: string }> }, packages: { nodes: Array<{ guid: string, name: string }> }, sites: { nodes: Array<{ guid: string, name: string }> }, packageServers: { nodes: Array<{ guid: string, name: string }> }, computers: { nodes: Array<{ guid: string, name: string }> } };

export type ComputerFieldsFragment = { id: string, guid: string, name: string, domain: string, addresses: Array<string>, origin: Origin };

export type ListComputersQueryVariables = Exact<{
  where?: ComputerFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListComputersQuery = { computers: { nodes: Array<{ id: string, guid: string, name: string, domain: string, addresses: Array<string>, origin: Origin }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type GetComputerQueryVariables = Exact<{
  by: ComputerBy;
}>;


export type GetComputerQuery = { computer: { id: string, guid: string, name: string, domain: string, addresses: Array<string>, origin: Origin, sites: Array<{ guid: string, name: string }>, manualSites: Array<{ guid: string }> } | null };

export type ComputerGuidQueryVariables = Exact<{
  by: ComputerBy;
}>;


export type ComputerGuidQuery = { computer: { guid: string, name: string } | null };

export type CreateComputerMutationVariables = Exact<{
  input: CreateComputerInput;
}>;


export type CreateComputerMutation = { createComputer: { computer: { id: string, guid: string, name: string, domain: string, addresses: Array<string>, origin: Origin } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UpdateComputerMutationVariables = Exact<{
  input: UpdateComputerInput;
}>;


export type UpdateComputerMutation = { updateComputer: { computer: { id: string, guid: string, name: string, domain: string, addresses: Array<string>, origin: Origin } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type DeleteComputerMutationVariables = Exact<{
  input: DeleteInput;
}>;


export type DeleteComputerMutation = { deleteComputer: { computer: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ConvergenceFieldsFragment = { internalVersion: number, percent: number, complete: boolean, nodes: { done: number, total: number }, packageServers: { done: number, total: number }, received: { p50Ms: number | null, p95Ms: number | null, maxMs: number | null }, verified: { p50Ms: number | null, p95Ms: number | null, maxMs: number | null }, blocker: { kind: BlockerKind, name: string, nodeName: string, reason: string } | null };

export type NodeConvergenceFieldsFragment = { nodeId: string, parentNodeId: string | null, name: string, connected: boolean, received: boolean, tookMs: number | null, reason: string | null, packageServers: Array<{ guid: string, name: string, verified: boolean, internalVersion: number, state: PackageStatusState, reason: string | null, tookMs: number | null }> };

export type GetConvergenceQueryVariables = Exact<{
  by: SnapshotBy;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type GetConvergenceQuery = { convergence: { internalVersion: number, percent: number, complete: boolean, byNode: { nodes: Array<{ nodeId: string, parentNodeId: string | null, name: string, connected: boolean, received: boolean, tookMs: number | null, reason: string | null, packageServers: Array<{ guid: string, name: string, verified: boolean, internalVersion: number, state: PackageStatusState, reason: string | null, tookMs: number | null }> }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, nodes: { done: number, total: number }, packageServers: { done: number, total: number }, received: { p50Ms: number | null, p95Ms: number | null, maxMs: number | null }, verified: { p50Ms: number | null, p95Ms: number | null, maxMs: number | null }, blocker: { kind: BlockerKind, name: string, nodeName: string, reason: string } | null } };

export type ConvergenceChangedSubscriptionVariables = Exact<{
  by: SnapshotBy;
}>;


export type ConvergenceChangedSubscription = { convergenceChanged: { internalVersion: number, percent: number, complete: boolean, nodes: { done: number, total: number }, packageServers: { done: number, total: number }, received: { p50Ms: number | null, p95Ms: number | null, maxMs: number | null }, verified: { p50Ms: number | null, p95Ms: number | null, maxMs: number | null }, blocker: { kind: BlockerKind, name: string, nodeName: string, reason: string } | null } };

export type ParentLinkFieldsFragment = { guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean };

export type ChildLinkFieldsFragment = { guid: string, nodeId: string, name: string, url: string | null, state: ChildState, since: string, deadline: string | null, metadataOnly: boolean };

export type ParentHealthFieldsFragment = { replicationEnabled: boolean, enabledByParent: boolean | null, connected: boolean, connection: LinkState | null, connectedSince: string | null, lastHeardAt: string | null, lastError: string | null, lastErrorCode: string | null, nextTryAt: string | null, waitingPages: number, reconnects: number, guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean, rejections: { totalCount: number }, heldDeletions: { totalCount: number } };

export type ChildHealthFieldsFragment = { packageGuids: Array<string> | null, deletePolicy: DeletePolicy, replicationEnabled: boolean, connected: boolean, connectedSince: string | null, disconnectedSince: string | null, disconnectReason: string | null, lastHeardAt: string | null, stale: boolean, lag: number | null, acknowledgedAt: string | null, softwareVersion: string | null, protocolVersion: number | null, rewoundAt: string | null, doubledAt: string | null, rejectedItems: number | null, enabledByChild: boolean | null, guid: string, nodeId: string, name: string, url: string | null, state: ChildState, since: string, deadline: string | null, metadataOnly: boolean, lastComparison: { reason: CompareReason, at: string } | null };

export type RejectedItemFieldsFragment = { packageGuid: string, code: string, reason: string, ownerRevision: number, since: string, package: { name: string } | null };

export type JoinCheckFieldsFragment = { code: JoinCheckCode, side: JoinSide, outcome: JoinOutcome, text: string, cures: Array<{ text: string, mutation: string | null, command: string | null }> };

export type HierarchyRelationsQueryVariables = Exact<{ [key: string]: never; }>;


export type HierarchyRelationsQuery = { smp: { guid: string, nodeId: string, name: string, parent: { guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean } | null, leftParents: Array<{ guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean }>, children: Array<{ guid: string, nodeId: string, name: string, url: string | null, state: ChildState, since: string, deadline: string | null, metadataOnly: boolean }> } };

export type JoinHierarchyMutationVariables = Exact<{
  input: JoinHierarchyInput;
}>;


export type JoinHierarchyMutation = { joinHierarchy: { parent: { guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean } | null, checks: Array<{ code: JoinCheckCode, side: JoinSide, outcome: JoinOutcome, text: string, cures: Array<{ text: string, mutation: string | null, command: string | null }> }> | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type LeaveHierarchyMutationVariables = Exact<{
  input: LeaveHierarchyInput;
}>;


export type LeaveHierarchyMutation = { leaveHierarchy: { parent: { guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type RemoveChildMutationVariables = Exact<{
  input: RemoveChildInput;
}>;


export type RemoveChildMutation = { removeChild: { child: { guid: string, nodeId: string, name: string, url: string | null, state: ChildState, since: string, deadline: string | null, metadataOnly: boolean } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type HierarchyStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type HierarchyStatusQuery = { smp: { guid: string, nodeId: string, name: string, parent: { replicationEnabled: boolean, enabledByParent: boolean | null, connected: boolean, connection: LinkState | null, connectedSince: string | null, lastHeardAt: string | null, lastError: string | null, lastErrorCode: string | null, nextTryAt: string | null, waitingPages: number, reconnects: number, guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean, rejections: { totalCount: number }, heldDeletions: { totalCount: number } } | null, children: Array<{ packageGuids: Array<string> | null, deletePolicy: DeletePolicy, replicationEnabled: boolean, connected: boolean, connectedSince: string | null, disconnectedSince: string | null, disconnectReason: string | null, lastHeardAt: string | null, stale: boolean, lag: number | null, acknowledgedAt: string | null, softwareVersion: string | null, protocolVersion: number | null, rewoundAt: string | null, doubledAt: string | null, rejectedItems: number | null, enabledByChild: boolean | null, guid: string, nodeId: string, name: string, url: string | null, state: ChildState, since: string, deadline: string | null, metadataOnly: boolean, lastComparison: { reason: CompareReason, at: string } | null }> } };

export type ListRejectedItemsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListRejectedItemsQuery = { smp: { parent: { name: string, rejections: { nodes: Array<{ packageGuid: string, code: string, reason: string, ownerRevision: number, since: string, package: { name: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null } };

export type UpdateChildMutationVariables = Exact<{
  input: UpdateChildInput;
}>;


export type UpdateChildMutation = { updateChild: { addedPackages: number | null, withdrawnPackages: number | null, child: { packageGuids: Array<string> | null, deletePolicy: DeletePolicy, replicationEnabled: boolean, connected: boolean, connectedSince: string | null, disconnectedSince: string | null, disconnectReason: string | null, lastHeardAt: string | null, stale: boolean, lag: number | null, acknowledgedAt: string | null, softwareVersion: string | null, protocolVersion: number | null, rewoundAt: string | null, doubledAt: string | null, rejectedItems: number | null, enabledByChild: boolean | null, guid: string, nodeId: string, name: string, url: string | null, state: ChildState, since: string, deadline: string | null, metadataOnly: boolean, lastComparison: { reason: CompareReason, at: string } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type EnableHierarchyReplicationMutationVariables = Exact<{
  input: EnableHierarchyReplicationInput;
}>;


export type EnableHierarchyReplicationMutation = { enableHierarchyReplication: { parent: { replicationEnabled: boolean, enabledByParent: boolean | null, connected: boolean, connection: LinkState | null, connectedSince: string | null, lastHeardAt: string | null, lastError: string | null, lastErrorCode: string | null, nextTryAt: string | null, waitingPages: number, reconnects: number, guid: string, nodeId: string, name: string, url: string, state: ParentState, since: string, deadline: string | null, reason: string | null, metadataOnly: boolean, rejections: { totalCount: number }, heldDeletions: { totalCount: number } } | null, children: Array<{ packageGuids: Array<string> | null, deletePolicy: DeletePolicy, replicationEnabled: boolean, connected: boolean, connectedSince: string | null, disconnectedSince: string | null, disconnectReason: string | null, lastHeardAt: string | null, stale: boolean, lag: number | null, acknowledgedAt: string | null, softwareVersion: string | null, protocolVersion: number | null, rewoundAt: string | null, doubledAt: string | null, rejectedItems: number | null, enabledByChild: boolean | null, guid: string, nodeId: string, name: string, url: string | null, state: ChildState, since: string, deadline: string | null, metadataOnly: boolean, lastComparison: { reason: CompareReason, at: string } | null }> | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type RunDifferentialReplicationMutationVariables = Exact<{
  input: RunReplicationInput;
}>;


export type RunDifferentialReplicationMutation = { runDifferentialReplication: { job: { id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      >, package: { guid: string, name: string } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type RunCompleteReplicationMutationVariables = Exact<{
  input: RunReplicationInput;
}>;


export type RunCompleteReplicationMutation = { runCompleteReplication: { job: { id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      >, package: { guid: string, name: string } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ConfirmHeldDeletionsMutationVariables = Exact<{
  input: ConfirmHeldDeletionsInput;
}>;


export type ConfirmHeldDeletionsMutation = { confirmHeldDeletions: { confirmed: Array<{ packageGuid: string, code: string, reason: string, ownerRevision: number, since: string, package: { name: string } | null }> | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type JobFieldsFragment = { id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
    | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
  >, package: { guid: string, name: string } | null };

export type SettingsFieldsFragment = { maxAgentDownloadTryingTimeMinutes: number, packageServersDownloadFromSmpOnly: boolean, packageRequestBlockoutSeconds: number, maxConcurrentPackageInfoRequests: number, deletePackageFilesAfterMinutes: number, distributionPointUpdateIntervalMinutes: number, packageRefreshTime: string, differentialReplicationIntervalMinutes: number, completeReplicationTime: string, versionGraceMinutes: number, keepSnapshots: number, packageServerMaxBytesPerSecond: number, packageServerBlackout: string, packageServerSilentSeconds: number, remoteAccess: RemoteAccess, names: Array<{ name: string, legacyName: string, description: string }>, smpPublication: { unc: boolean, http: boolean, https: boolean }, packageServerPublication: { unc: boolean, http: boolean, https: boolean } };

export type ScheduleFieldsFragment = { name: string, description: string, nextRunAt: string | null, lastJobId: string | null };

export type ApiTokenFieldsFragment = { id: string, name: string, role: Role, createdAt: string, expiresAt: string | null, revokedAt: string | null };

export type ChangeFieldsFragment = { revision: number, scope: ChangeScope, kind: ItemKind, key: string, deleted: boolean, at: string, state: Record<string, unknown> | null };

export type ListJobsQueryVariables = Exact<{
  states?: Array<JobState> | JobState | null | undefined;
  first?: number;
}>;


export type ListJobsQuery = { jobs: Array<{ id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    >, package: { guid: string, name: string } | null }> };

export type GetJobQueryVariables = Exact<{
  id: string | number;
}>;


export type GetJobQuery = { job: { id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    >, package: { guid: string, name: string } | null } | null };

export type JobUpdatedSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type JobUpdatedSubscription = { jobUpdated: { id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    >, package: { guid: string, name: string } | null } };

export type CancelJobMutationVariables = Exact<{
  input: CancelJobInput;
}>;


export type CancelJobMutation = { cancelJob: { job: { id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      >, package: { guid: string, name: string } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type GetSettingsQueryVariables = Exact<{ [key: string]: never; }>;


export type GetSettingsQuery = { settings: { maxAgentDownloadTryingTimeMinutes: number, packageServersDownloadFromSmpOnly: boolean, packageRequestBlockoutSeconds: number, maxConcurrentPackageInfoRequests: number, deletePackageFilesAfterMinutes: number, distributionPointUpdateIntervalMinutes: number, packageRefreshTime: string, differentialReplicationIntervalMinutes: number, completeReplicationTime: string, versionGraceMinutes: number, keepSnapshots: number, packageServerMaxBytesPerSecond: number, packageServerBlackout: string, packageServerSilentSeconds: number, remoteAccess: RemoteAccess, names: Array<{ name: string, legacyName: string, description: string }>, smpPublication: { unc: boolean, http: boolean, https: boolean }, packageServerPublication: { unc: boolean, http: boolean, https: boolean } } };

export type UpdateSettingsMutationVariables = Exact<{
  input: UpdateSettingsInput;
}>;


export type UpdateSettingsMutation = { updateSettings: { settings: { maxAgentDownloadTryingTimeMinutes: number, packageServersDownloadFromSmpOnly: boolean, packageRequestBlockoutSeconds: number, maxConcurrentPackageInfoRequests: number, deletePackageFilesAfterMinutes: number, distributionPointUpdateIntervalMinutes: number, packageRefreshTime: string, differentialReplicationIntervalMinutes: number, completeReplicationTime: string, versionGraceMinutes: number, keepSnapshots: number, packageServerMaxBytesPerSecond: number, packageServerBlackout: string, packageServerSilentSeconds: number, remoteAccess: RemoteAccess, names: Array<{ name: string, legacyName: string, description: string }>, smpPublication: { unc: boolean, http: boolean, https: boolean }, packageServerPublication: { unc: boolean, http: boolean, https: boolean } } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ListSchedulesQueryVariables = Exact<{ [key: string]: never; }>;


export type ListSchedulesQuery = { schedules: Array<{ name: string, description: string, nextRunAt: string | null, lastJobId: string | null }> };

export type RunScheduleMutationVariables = Exact<{
  input: RunScheduleInput;
}>;


export type RunScheduleMutation = { runSchedule: { jobs: Array<{ id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      >, package: { guid: string, name: string } | null }> | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ListApiTokensQueryVariables = Exact<{ [key: string]: never; }>;


export type ListApiTokensQuery = { apiTokens: Array<{ id: string, name: string, role: Role, createdAt: string, expiresAt: string | null, revokedAt: string | null }> };

export type CreateApiTokenMutationVariables = Exact<{
  input: CreateApiTokenInput;
}>;


export type CreateApiTokenMutation = { createApiToken: { secret: string | null, apiToken: { id: string, name: string, role: Role, createdAt: string, expiresAt: string | null, revokedAt: string | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type RevokeApiTokenMutationVariables = Exact<{
  input: RevokeApiTokenInput;
}>;


export type RevokeApiTokenMutation = { revokeApiToken: { apiToken: { id: string, name: string, role: Role, createdAt: string, expiresAt: string | null, revokedAt: string | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ReadOnlySqlQueryVariables = Exact<{
  sql: string;
  maxRows?: number;
}>;


export type ReadOnlySqlQuery = { readOnlySql: { columns: Array<string>, rows: Array<Array<string | null> | null>, truncated: boolean } };

export type WatchChangesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type WatchChangesSubscription = { changes: { epoch: string, after: number, upTo: number, cursor: string, more: boolean, changes: Array<{ revision: number, scope: ChangeScope, kind: ItemKind, key: string, deleted: boolean, at: string, state: Record<string, unknown> | null }> } };

export type PsAssignmentFieldsFragment = { packageGuid: string, name: string, internalVersion: number, rootHash: string, manifestHash: string, chunkIndexHash: string, sizeBytes: number, priority: PackagePriority, ownerNodeId: string, ownerPublicKey: string, signature: string, crossing: { ticket: string } | null };

export type PackageServerEventFieldsFragment = { serverTime: string, removed: Array<string>, complete: boolean, verify: Array<string>, resendStatus: boolean, settings: { deletePackageFilesAfterMinutes: number, versionGraceMinutes: number, maxBytesPerSecond: number | null, blackoutFrom: string | null, blackoutTo: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } }, assignments: Array<{ packageGuid: string, name: string, internalVersion: number, rootHash: string, manifestHash: string, chunkIndexHash: string, sizeBytes: number, priority: PackagePriority, ownerNodeId: string, ownerPublicKey: string, signature: string, crossing: { ticket: string } | null }>, probes: Array<{ packageServerGuid: string, name: string, urls: Array<string> }> };

export type PackageServerLinkSubscriptionVariables = Exact<{
  hello: PackageServerHelloInput;
}>;


export type PackageServerLinkSubscription = { packageServerLink: { serverTime: string, removed: Array<string>, complete: boolean, verify: Array<string>, resendStatus: boolean, settings: { deletePackageFilesAfterMinutes: number, versionGraceMinutes: number, maxBytesPerSecond: number | null, blackoutFrom: string | null, blackoutTo: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } }, assignments: Array<{ packageGuid: string, name: string, internalVersion: number, rootHash: string, manifestHash: string, chunkIndexHash: string, sizeBytes: number, priority: PackagePriority, ownerNodeId: string, ownerPublicKey: string, signature: string, crossing: { ticket: string } | null }>, probes: Array<{ packageServerGuid: string, name: string, urls: Array<string> }> } };

export type ReportPackageServerMutationVariables = Exact<{
  input: ReportPackageServerInput;
}>;


export type ReportPackageServerMutation = { reportPackageServer: { sequence: number | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type CreateEnrollmentTokenMutationVariables = Exact<{
  input: CreateEnrollmentTokenInput;
}>;


export type CreateEnrollmentTokenMutation = { createEnrollmentToken: { token: string | null, expiresAt: string | null, packageServer: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type RevokeEnrollmentMutationVariables = Exact<{
  input: RevokeEnrollmentInput;
}>;


export type RevokeEnrollmentMutation = { revokeEnrollment: { packageServer: { id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type VerifyPackageMutationVariables = Exact<{
  input: VerifyPackageInput;
}>;


export type VerifyPackageMutation = { verifyPackage: { packageServers: Array<{ guid: string, name: string }> | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ResendStatusMutationVariables = Exact<{
  input: ResendStatusInput;
}>;


export type ResendStatusMutation = { resendStatus: { packageServer: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type PackageServerLinksQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type PackageServerLinksQuery = { packageServers: { nodes: Array<{ guid: string, name: string, kind: PackageServerKind, enrolled: boolean, link: { connected: boolean, connectedAt: string | null, lastHeardAt: string | null, agentVersion: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type PackageServerProgressQueryVariables = Exact<{
  by: PackageServerBy;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type PackageServerProgressQuery = { packageServer: { guid: string, name: string, enrolled: boolean, link: { connected: boolean, connectedAt: string | null, lastHeardAt: string | null, agentVersion: string | null }, holdings: { nodes: Array<{ state: PackageStatusState, reason: string | null, since: string, upToDate: boolean, package: { guid: string, name: string } | null, progress: { doneBytes: number | null, totalBytes: number | null, bytesPerSecond: number | null, etaSeconds: number | null, nextTryAt: string | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } } | null };

export type PackageServerFieldsFragment = { id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null };

export type PackageStatusRowFieldsFragment = { packageGuid: string, packageName: string | null, packageVersion: string | null, currentVersion: number | null, packageServerGuid: string, packageServerName: string | null, state: PackageStatusState, reason: string | null, since: string, heldVersion: number | null, upToDate: boolean };

export type ListPackageServersQueryVariables = Exact<{
  where?: PackageServerFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListPackageServersQuery = { packageServers: { nodes: Array<{ id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type GetPackageServerQueryVariables = Exact<{
  by: PackageServerBy;
}>;


export type GetPackageServerQuery = { packageServer: { id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, sites: Array<{ manuallyAssigned: boolean, site: { guid: string, name: string } }>, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null } | null };

export type PackageServerGuidQueryVariables = Exact<{
  by: PackageServerBy;
}>;


export type PackageServerGuidQuery = { packageServer: { guid: string, name: string } | null };

export type ListPackageStatusQueryVariables = Exact<{
  where?: PackageStatusFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListPackageStatusQuery = { packageStatusRows: { nodes: Array<{ packageGuid: string, packageName: string | null, packageVersion: string | null, currentVersion: number | null, packageServerGuid: string, packageServerName: string | null, state: PackageStatusState, reason: string | null, since: string, heldVersion: number | null, upToDate: boolean }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type CreatePackageServerMutationVariables = Exact<{
  input: CreatePackageServerInput;
}>;


export type CreatePackageServerMutation = { createPackageServer: { packageServer: { id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UpdatePackageServerMutationVariables = Exact<{
  input: UpdatePackageServerInput;
}>;


export type UpdatePackageServerMutation = { updatePackageServer: { packageServer: { id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type DeletePackageServerMutationVariables = Exact<{
  input: DeleteInput;
}>;


export type DeletePackageServerMutation = { deletePackageServer: { packageServer: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type AssignPackageServerToSiteMutationVariables = Exact<{
  input: PackageServerSiteInput;
}>;


export type AssignPackageServerToSiteMutation = { assignPackageServerToSite: { packageServer: { id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UnassignPackageServerFromSiteMutationVariables = Exact<{
  input: PackageServerSiteInput;
}>;


export type UnassignPackageServerFromSiteMutation = { unassignPackageServerFromSite: { packageServer: { id: string, guid: string, name: string, kind: PackageServerKind, constrained: boolean, enabled: boolean, addresses: Array<string>, hostNames: Array<string>, httpUrl: string | null, httpsUrl: string | null, uncRoot: string | null, publicationTypes: { unc: boolean, http: boolean, https: boolean } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type PackageFieldsFragment = { id: string, guid: string, name: string, description: string, version: string, internalVersion: number, sourceState: SourceState, sourceReason: string | null, assignmentMode: PackageServerAssignmentMode, priority: PackagePriority, enableMulticast: boolean, cleanupAfterMinutes: number, announceBeforeReady: boolean, enabled: boolean, origin: Origin, ownerNodeId: string, createdAt: string, updatedAt: string, source: { kind: PackageSourceKind, path: string | null, url: string | null, directory: string | null } };

export type SnapshotFieldsFragment = { id: string, internalVersion: number, rootHash: string, fileCount: number, folderCount: number, sizeBytes: number, createdAt: string, supersededAt: string | null, ownerNodeId: string };

export type ListPackagesQueryVariables = Exact<{
  where?: PackageFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListPackagesQuery = { packages: { nodes: Array<{ id: string, guid: string, name: string, description: string, version: string, internalVersion: number, sourceState: SourceState, sourceReason: string | null, assignmentMode: PackageServerAssignmentMode, priority: PackagePriority, enableMulticast: boolean, cleanupAfterMinutes: number, announceBeforeReady: boolean, enabled: boolean, origin: Origin, ownerNodeId: string, createdAt: string, updatedAt: string, source: { kind: PackageSourceKind, path: string | null, url: string | null, directory: string | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type GetPackageQueryVariables = Exact<{
  by: PackageBy;
}>;


export type GetPackageQuery = { package: { id: string, guid: string, name: string, description: string, version: string, internalVersion: number, sourceState: SourceState, sourceReason: string | null, assignmentMode: PackageServerAssignmentMode, priority: PackagePriority, enableMulticast: boolean, cleanupAfterMinutes: number, announceBeforeReady: boolean, enabled: boolean, origin: Origin, ownerNodeId: string, createdAt: string, updatedAt: string, assignedSites: Array<{ guid: string, name: string }>, assignedPackageServers: Array<{ guid: string, name: string }>, snapshot: { id: string, internalVersion: number, rootHash: string, fileCount: number, folderCount: number, sizeBytes: number, createdAt: string, supersededAt: string | null, ownerNodeId: string } | null, source: { kind: PackageSourceKind, path: string | null, url: string | null, directory: string | null } } | null };

export type PackageGuidQueryVariables = Exact<{
  by: PackageBy;
}>;


export type PackageGuidQuery = { package: { guid: string, name: string } | null };

export type ListSnapshotsQueryVariables = Exact<{
  by: PackageBy;
}>;


export type ListSnapshotsQuery = { package: { guid: string, snapshots: { nodes: Array<{ id: string, internalVersion: number, rootHash: string, fileCount: number, folderCount: number, sizeBytes: number, createdAt: string, supersededAt: string | null, ownerNodeId: string }> } } | null };

export type CreatePackageMutationVariables = Exact<{
  input: CreatePackageInput;
}>;


export type CreatePackageMutation = { createPackage: { package: { id: string, guid: string, name: string, description: string, version: string, internalVersion: number, sourceState: SourceState, sourceReason: string | null, assignmentMode: PackageServerAssignmentMode, priority: PackagePriority, enableMulticast: boolean, cleanupAfterMinutes: number, announceBeforeReady: boolean, enabled: boolean, origin: Origin, ownerNodeId: string, createdAt: string, updatedAt: string, source: { kind: PackageSourceKind, path: string | null, url: string | null, directory: string | null } } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UpdatePackageMutationVariables = Exact<{
  input: UpdatePackageInput;
}>;


export type UpdatePackageMutation = { updatePackage: { package: { id: string, guid: string, name: string, description: string, version: string, internalVersion: number, sourceState: SourceState, sourceReason: string | null, assignmentMode: PackageServerAssignmentMode, priority: PackagePriority, enableMulticast: boolean, cleanupAfterMinutes: number, announceBeforeReady: boolean, enabled: boolean, origin: Origin, ownerNodeId: string, createdAt: string, updatedAt: string, source: { kind: PackageSourceKind, path: string | null, url: string | null, directory: string | null } } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type DeletePackageMutationVariables = Exact<{
  input: DeleteInput;
}>;


export type DeletePackageMutation = { deletePackage: { package: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type SetPackageServerAssignmentMutationVariables = Exact<{
  input: SetPackageServerAssignmentInput;
}>;


export type SetPackageServerAssignmentMutation = { setPackageServerAssignment: { package: { id: string, guid: string, name: string, description: string, version: string, internalVersion: number, sourceState: SourceState, sourceReason: string | null, assignmentMode: PackageServerAssignmentMode, priority: PackagePriority, enableMulticast: boolean, cleanupAfterMinutes: number, announceBeforeReady: boolean, enabled: boolean, origin: Origin, ownerNodeId: string, createdAt: string, updatedAt: string, source: { kind: PackageSourceKind, path: string | null, url: string | null, directory: string | null } } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type AssignPackageToComputersMutationVariables = Exact<{
  input: PackageComputersInput;
}>;


export type AssignPackageToComputersMutation = { assignPackageToComputers: { package: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UnassignPackageFromComputersMutationVariables = Exact<{
  input: PackageComputersInput;
}>;


export type UnassignPackageFromComputersMutation = { unassignPackageFromComputers: { package: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UpdateDistributionPointsMutationVariables = Exact<{
  input: UpdateDistributionPointsInput;
}>;


export type UpdateDistributionPointsMutation = { updateDistributionPoints: { jobs: Array<{ id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
        | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      >, package: { guid: string, name: string } | null }> | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ResetPackageOverlayMutationVariables = Exact<{
  input: ResetPackageOverlayInput;
}>;


export type ResetPackageOverlayMutation = { resetPackageOverlay: { package: { id: string, guid: string, name: string, description: string, version: string, internalVersion: number, sourceState: SourceState, sourceReason: string | null, assignmentMode: PackageServerAssignmentMode, priority: PackagePriority, enableMulticast: boolean, cleanupAfterMinutes: number, announceBeforeReady: boolean, enabled: boolean, origin: Origin, ownerNodeId: string, createdAt: string, updatedAt: string, source: { kind: PackageSourceKind, path: string | null, url: string | null, directory: string | null } } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type SmpFieldsFragment = { id: string, guid: string, nodeId: string, name: string, url: string | null, version: string, siteAddresses: Array<string>, durability: Durability };

export type ServerStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type ServerStatusQuery = { viewer: { name: string, role: Role }, smp: { id: string, guid: string, nodeId: string, name: string, url: string | null, version: string, siteAddresses: Array<string>, durability: Durability, sites: Array<{ name: string }> }, packages: { totalCount: number }, failedPackages: { totalCount: number, nodes: Array<{ name: string, sourceReason: string | null }> }, sites: { totalCount: number }, subnets: { totalCount: number }, packageServers: { totalCount: number }, computers: { totalCount: number }, jobs: Array<{ id: string, guid: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, filesDone: number, filesTotal: number, message: string, attempts: number, createdAt: string, startedAt: string | null, heartbeatAt: string | null, finishedAt: string | null, problems: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    >, package: { guid: string, name: string } | null }> };

export type PackageReplicationReadyQueryVariables = Exact<{ [key: string]: never; }>;


export type PackageReplicationReadyQuery = { smp: { packageReplicationReady: { ready: boolean, reasons: Array<string> } } };

export type SiteFieldsFragment = { id: string, guid: string, name: string, description: string };

export type SubnetFieldsFragment = { id: string, guid: string, network: string, name: string, site: { guid: string, name: string } | null };

export type LocationFieldsFragment = { address: string, subnets: Array<{ guid: string, network: string, name: string }>, site: { guid: string, name: string } | null };

export type ListSitesQueryVariables = Exact<{
  where?: SiteFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListSitesQuery = { sites: { nodes: Array<{ id: string, guid: string, name: string, description: string }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type GetSiteQueryVariables = Exact<{
  by: SiteBy;
}>;


export type GetSiteQuery = { site: { id: string, guid: string, name: string, description: string, subnets: { totalCount: number, nodes: Array<{ network: string, name: string }> }, packageServers: Array<{ manuallyAssigned: boolean, packageServer: { guid: string, name: string } }> } | null };

export type SiteGuidQueryVariables = Exact<{
  by: SiteBy;
}>;


export type SiteGuidQuery = { site: { guid: string, name: string } | null };

export type CreateSiteMutationVariables = Exact<{
  input: CreateSiteInput;
}>;


export type CreateSiteMutation = { createSite: { site: { id: string, guid: string, name: string, description: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UpdateSiteMutationVariables = Exact<{
  input: UpdateSiteInput;
}>;


export type UpdateSiteMutation = { updateSite: { site: { id: string, guid: string, name: string, description: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type DeleteSiteMutationVariables = Exact<{
  input: DeleteInput;
}>;


export type DeleteSiteMutation = { deleteSite: { site: { guid: string, name: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type ListSubnetsQueryVariables = Exact<{
  where?: SubnetFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ListSubnetsQuery = { subnets: { nodes: Array<{ id: string, guid: string, network: string, name: string, site: { guid: string, name: string } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type SubnetGuidQueryVariables = Exact<{
  by: SubnetBy;
}>;


export type SubnetGuidQuery = { subnet: { guid: string, network: string } | null };

export type LocateAddressesQueryVariables = Exact<{
  addresses: Array<string> | string;
}>;


export type LocateAddressesQuery = { locate: Array<{ address: string, subnets: Array<{ guid: string, network: string, name: string }>, site: { guid: string, name: string } | null }> };

export type CreateSubnetMutationVariables = Exact<{
  input: CreateSubnetInput;
}>;


export type CreateSubnetMutation = { createSubnet: { subnet: { id: string, guid: string, network: string, name: string, site: { guid: string, name: string } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type UpdateSubnetMutationVariables = Exact<{
  input: UpdateSubnetInput;
}>;


export type UpdateSubnetMutation = { updateSubnet: { subnet: { id: string, guid: string, network: string, name: string, site: { guid: string, name: string } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type AssignSubnetToSiteMutationVariables = Exact<{
  input: AssignSubnetToSiteInput;
}>;


export type AssignSubnetToSiteMutation = { assignSubnetToSite: { subnet: { id: string, guid: string, network: string, name: string, site: { guid: string, name: string } | null } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type DeleteSubnetMutationVariables = Exact<{
  input: DeleteInput;
}>;


export type DeleteSubnetMutation = { deleteSubnet: { subnet: { guid: string, network: string } | null, userErrors: Array<
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
      | { code: ErrorCode, message: string, path: Array<string>, hint: string | null }
    > } };

export type SmpSummaryFieldsFragment = { guid: string, name: string, url: string | null, version: string, packages: number, packageServers: number, packageServersConnected: number, computers: number, sites: number, packageReplicationReady: boolean, readinessReasons: Array<string>, rejectedItems: number };

export type TreeNodeFieldsFragment = { nodeId: string, parentId: string | null, depth: number, status: RemoteStatus, asOf: string | null, ageMs: number | null, error: string | null, prunedFields: Array<string>, summary: { guid: string, name: string, url: string | null, version: string, packages: number, packageServers: number, packageServersConnected: number, computers: number, sites: number, packageReplicationReady: boolean, readinessReasons: Array<string>, rejectedItems: number } | null };

export type GetTreeQueryVariables = Exact<{
  root?: string | number | null | undefined;
  maxDepth?: number | null | undefined;
  timeoutMs: number;
  first: number;
  after?: string | null | undefined;
}>;


export type GetTreeQuery = { tree: { nodes: Array<{ nodeId: string, parentId: string | null, depth: number, status: RemoteStatus, asOf: string | null, ageMs: number | null, error: string | null, prunedFields: Array<string>, smp: { name: string, version: string } | null, summary: { guid: string, name: string, url: string | null, version: string, packages: number, packageServers: number, packageServersConnected: number, computers: number, sites: number, packageReplicationReady: boolean, readinessReasons: Array<string>, rejectedItems: number } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const LocationFieldsFragmentDoc = new TypedDocumentString(`
    fragment LocationFields on AddressLocation {
  address
  subnets {
    guid
    network
    name
  }
  site {
    guid
    name
  }
}
    `, {"fragmentName":"LocationFields"}) as unknown as TypedDocumentString<LocationFieldsFragment, unknown>;
export const CodebaseFieldsFragmentDoc = new TypedDocumentString(`
    fragment CodebaseFields on Codebase {
  url
  kind
  snapshotUrl
  internalVersion
  trust
  rank
  reason
  package {
    guid
    name
  }
  packageServer {
    guid
    name
  }
}
    `, {"fragmentName":"CodebaseFields"}) as unknown as TypedDocumentString<CodebaseFieldsFragment, unknown>;
export const CandidateFieldsFragmentDoc = new TypedDocumentString(`
    fragment CandidateFields on CodebaseCandidate {
  name
  trust
  accepted
  rank
  reason
  rule
  explanation
  urls
}
    `, {"fragmentName":"CandidateFields"}) as unknown as TypedDocumentString<CandidateFieldsFragment, unknown>;
export const DecisionFieldsFragmentDoc = new TypedDocumentString(`
    fragment DecisionFields on CodebaseDecision {
  package {
    guid
    name
  }
  offeredVersion
  snapshotUrl
  asker {
    computer {
      guid
      name
    }
    packageServer {
      guid
      name
    }
    sites {
      guid
      name
    }
    locations {
      ...LocationFields
    }
  }
  codebases {
    ...CodebaseFields
  }
  candidates {
    ...CandidateFields
  }
}
    fragment CodebaseFields on Codebase {
  url
  kind
  snapshotUrl
  internalVersion
  trust
  rank
  reason
  package {
    guid
    name
  }
  packageServer {
    guid
    name
  }
}
fragment CandidateFields on CodebaseCandidate {
  name
  trust
  accepted
  rank
  reason
  rule
  explanation
  urls
}
fragment LocationFields on AddressLocation {
  address
  subnets {
    guid
    network
    name
  }
  site {
    guid
    name
  }
}`, {"fragmentName":"DecisionFields"}) as unknown as TypedDocumentString<DecisionFieldsFragment, unknown>;
export const PageInfoFieldsFragmentDoc = new TypedDocumentString(`
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
    `, {"fragmentName":"PageInfoFields"}) as unknown as TypedDocumentString<PageInfoFieldsFragment, unknown>;
export const ComputerFieldsFragmentDoc = new TypedDocumentString(`
    fragment ComputerFields on Computer {
  id
  guid
  name
  domain
  addresses
  origin
}
    `, {"fragmentName":"ComputerFields"}) as unknown as TypedDocumentString<ComputerFieldsFragment, unknown>;
export const ConvergenceFieldsFragmentDoc = new TypedDocumentString(`
    fragment ConvergenceFields on Convergence {
  internalVersion
  percent
  complete
  nodes {
    done
    total
  }
  packageServers {
    done
    total
  }
  received {
    p50Ms
    p95Ms
    maxMs
  }
  verified {
    p50Ms
    p95Ms
    maxMs
  }
  blocker {
    kind
    name
    nodeName
    reason
  }
}
    `, {"fragmentName":"ConvergenceFields"}) as unknown as TypedDocumentString<ConvergenceFieldsFragment, unknown>;
export const NodeConvergenceFieldsFragmentDoc = new TypedDocumentString(`
    fragment NodeConvergenceFields on NodeConvergence {
  nodeId
  parentNodeId
  name
  connected
  received
  tookMs
  reason
  packageServers {
    guid
    name
    verified
    internalVersion
    state
    reason
    tookMs
  }
}
    `, {"fragmentName":"NodeConvergenceFields"}) as unknown as TypedDocumentString<NodeConvergenceFieldsFragment, unknown>;
export const ParentLinkFieldsFragmentDoc = new TypedDocumentString(`
    fragment ParentLinkFields on ParentLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  reason
  metadataOnly
}
    `, {"fragmentName":"ParentLinkFields"}) as unknown as TypedDocumentString<ParentLinkFieldsFragment, unknown>;
export const ParentHealthFieldsFragmentDoc = new TypedDocumentString(`
    fragment ParentHealthFields on ParentLink {
  ...ParentLinkFields
  replicationEnabled
  enabledByParent
  connected
  connection
  connectedSince
  lastHeardAt
  lastError
  lastErrorCode
  nextTryAt
  waitingPages
  reconnects
  rejections(first: 1) {
    totalCount
  }
  heldDeletions(first: 1) {
    totalCount
  }
}
    fragment ParentLinkFields on ParentLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  reason
  metadataOnly
}`, {"fragmentName":"ParentHealthFields"}) as unknown as TypedDocumentString<ParentHealthFieldsFragment, unknown>;
export const ChildLinkFieldsFragmentDoc = new TypedDocumentString(`
    fragment ChildLinkFields on ChildLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  metadataOnly
}
    `, {"fragmentName":"ChildLinkFields"}) as unknown as TypedDocumentString<ChildLinkFieldsFragment, unknown>;
export const ChildHealthFieldsFragmentDoc = new TypedDocumentString(`
    fragment ChildHealthFields on ChildLink {
  ...ChildLinkFields
  packageGuids
  deletePolicy
  replicationEnabled
  connected
  connectedSince
  disconnectedSince
  disconnectReason
  lastHeardAt
  stale
  lag
  acknowledgedAt
  softwareVersion
  protocolVersion
  lastComparison {
    reason
    at
  }
  rewoundAt
  doubledAt
  rejectedItems
  enabledByChild
}
    fragment ChildLinkFields on ChildLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  metadataOnly
}`, {"fragmentName":"ChildHealthFields"}) as unknown as TypedDocumentString<ChildHealthFieldsFragment, unknown>;
export const RejectedItemFieldsFragmentDoc = new TypedDocumentString(`
    fragment RejectedItemFields on RejectedItem {
  packageGuid
  package {
    name
  }
  code
  reason
  ownerRevision
  since
}
    `, {"fragmentName":"RejectedItemFields"}) as unknown as TypedDocumentString<RejectedItemFieldsFragment, unknown>;
export const JoinCheckFieldsFragmentDoc = new TypedDocumentString(`
    fragment JoinCheckFields on JoinCheck {
  code
  side
  outcome
  text
  cures {
    text
    mutation
    command
  }
}
    `, {"fragmentName":"JoinCheckFields"}) as unknown as TypedDocumentString<JoinCheckFieldsFragment, unknown>;
export const UserErrorFieldsFragmentDoc = new TypedDocumentString(`
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
    `, {"fragmentName":"UserErrorFields"}) as unknown as TypedDocumentString<UserErrorFieldsFragment, unknown>;
export const JobFieldsFragmentDoc = new TypedDocumentString(`
    fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`, {"fragmentName":"JobFields"}) as unknown as TypedDocumentString<JobFieldsFragment, unknown>;
export const SettingsFieldsFragmentDoc = new TypedDocumentString(`
    fragment SettingsFields on Settings {
  names {
    name
    legacyName
    description
  }
  smpPublication {
    unc
    http
    https
  }
  packageServerPublication {
    unc
    http
    https
  }
  maxAgentDownloadTryingTimeMinutes
  packageServersDownloadFromSmpOnly
  packageRequestBlockoutSeconds
  maxConcurrentPackageInfoRequests
  deletePackageFilesAfterMinutes
  distributionPointUpdateIntervalMinutes
  packageRefreshTime
  differentialReplicationIntervalMinutes
  completeReplicationTime
  versionGraceMinutes
  keepSnapshots
  packageServerMaxBytesPerSecond
  packageServerBlackout
  packageServerSilentSeconds
  remoteAccess
}
    `, {"fragmentName":"SettingsFields"}) as unknown as TypedDocumentString<SettingsFieldsFragment, unknown>;
export const ScheduleFieldsFragmentDoc = new TypedDocumentString(`
    fragment ScheduleFields on Schedule {
  name
  description
  nextRunAt
  lastJobId
}
    `, {"fragmentName":"ScheduleFields"}) as unknown as TypedDocumentString<ScheduleFieldsFragment, unknown>;
export const ApiTokenFieldsFragmentDoc = new TypedDocumentString(`
    fragment ApiTokenFields on ApiToken {
  id
  name
  role
  createdAt
  expiresAt
  revokedAt
}
    `, {"fragmentName":"ApiTokenFields"}) as unknown as TypedDocumentString<ApiTokenFieldsFragment, unknown>;
export const ChangeFieldsFragmentDoc = new TypedDocumentString(`
    fragment ChangeFields on Change {
  revision
  scope
  kind
  key
  deleted
  at
  state
}
    `, {"fragmentName":"ChangeFields"}) as unknown as TypedDocumentString<ChangeFieldsFragment, unknown>;
export const PsAssignmentFieldsFragmentDoc = new TypedDocumentString(`
    fragment PsAssignmentFields on PsAssignment {
  packageGuid
  name
  internalVersion
  rootHash
  manifestHash
  chunkIndexHash
  sizeBytes
  priority
  ownerNodeId
  ownerPublicKey
  signature
  crossing {
    ticket
  }
}
    `, {"fragmentName":"PsAssignmentFields"}) as unknown as TypedDocumentString<PsAssignmentFieldsFragment, unknown>;
export const PackageServerEventFieldsFragmentDoc = new TypedDocumentString(`
    fragment PackageServerEventFields on PackageServerEvent {
  serverTime
  settings {
    deletePackageFilesAfterMinutes
    versionGraceMinutes
    maxBytesPerSecond
    blackoutFrom
    blackoutTo
    publicationTypes {
      unc
      http
      https
    }
  }
  assignments {
    ...PsAssignmentFields
  }
  removed
  complete
  verify
  resendStatus
  probes {
    packageServerGuid
    name
    urls
  }
}
    fragment PsAssignmentFields on PsAssignment {
  packageGuid
  name
  internalVersion
  rootHash
  manifestHash
  chunkIndexHash
  sizeBytes
  priority
  ownerNodeId
  ownerPublicKey
  signature
  crossing {
    ticket
  }
}`, {"fragmentName":"PackageServerEventFields"}) as unknown as TypedDocumentString<PackageServerEventFieldsFragment, unknown>;
export const PackageServerFieldsFragmentDoc = new TypedDocumentString(`
    fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}
    `, {"fragmentName":"PackageServerFields"}) as unknown as TypedDocumentString<PackageServerFieldsFragment, unknown>;
export const PackageStatusRowFieldsFragmentDoc = new TypedDocumentString(`
    fragment PackageStatusRowFields on PackageStatusRow {
  packageGuid
  packageName
  packageVersion
  currentVersion
  packageServerGuid
  packageServerName
  state
  reason
  since
  heldVersion
  upToDate
}
    `, {"fragmentName":"PackageStatusRowFields"}) as unknown as TypedDocumentString<PackageStatusRowFieldsFragment, unknown>;
export const PackageFieldsFragmentDoc = new TypedDocumentString(`
    fragment PackageFields on Package {
  id
  guid
  name
  description
  version
  internalVersion
  source {
    kind
    path
    url
    directory
  }
  sourceState
  sourceReason
  assignmentMode
  priority
  enableMulticast
  cleanupAfterMinutes
  announceBeforeReady
  enabled
  origin
  ownerNodeId
  createdAt
  updatedAt
}
    `, {"fragmentName":"PackageFields"}) as unknown as TypedDocumentString<PackageFieldsFragment, unknown>;
export const SnapshotFieldsFragmentDoc = new TypedDocumentString(`
    fragment SnapshotFields on Snapshot {
  id
  internalVersion
  rootHash
  fileCount
  folderCount
  sizeBytes
  createdAt
  supersededAt
  ownerNodeId
}
    `, {"fragmentName":"SnapshotFields"}) as unknown as TypedDocumentString<SnapshotFieldsFragment, unknown>;
export const SmpFieldsFragmentDoc = new TypedDocumentString(`
    fragment SmpFields on Smp {
  id
  guid
  nodeId
  name
  url
  version
  siteAddresses
  durability
}
    `, {"fragmentName":"SmpFields"}) as unknown as TypedDocumentString<SmpFieldsFragment, unknown>;
export const SiteFieldsFragmentDoc = new TypedDocumentString(`
    fragment SiteFields on Site {
  id
  guid
  name
  description
}
    `, {"fragmentName":"SiteFields"}) as unknown as TypedDocumentString<SiteFieldsFragment, unknown>;
export const SubnetFieldsFragmentDoc = new TypedDocumentString(`
    fragment SubnetFields on Subnet {
  id
  guid
  network
  name
  site {
    guid
    name
  }
}
    `, {"fragmentName":"SubnetFields"}) as unknown as TypedDocumentString<SubnetFieldsFragment, unknown>;
export const SmpSummaryFieldsFragmentDoc = new TypedDocumentString(`
    fragment SmpSummaryFields on SmpSummary {
  guid
  name
  url
  version
  packages
  packageServers
  packageServersConnected
  computers
  sites
  packageReplicationReady
  readinessReasons
  rejectedItems
}
    `, {"fragmentName":"SmpSummaryFields"}) as unknown as TypedDocumentString<SmpSummaryFieldsFragment, unknown>;
export const TreeNodeFieldsFragmentDoc = new TypedDocumentString(`
    fragment TreeNodeFields on RemoteSmp {
  nodeId
  parentId
  depth
  status
  asOf
  ageMs
  error
  prunedFields
  summary {
    ...SmpSummaryFields
  }
}
    fragment SmpSummaryFields on SmpSummary {
  guid
  name
  url
  version
  packages
  packageServers
  packageServersConnected
  computers
  sites
  packageReplicationReady
  readinessReasons
  rejectedItems
}`, {"fragmentName":"TreeNodeFields"}) as unknown as TypedDocumentString<TreeNodeFieldsFragment, unknown>;
export const ChildLinkDocument = new TypedDocumentString(`
    subscription ChildLink($hello: ChildHelloInput!) {
  childLink(hello: $hello) {
    __typename
    ... on ChildStandingEvent {
      lineage
      membership
      replicationEnabled
      metadataOnly
      deletePolicy
      upCursor
      raises {
        nodeId
        above
      }
      serverTimeMs
    }
    ... on ChildPageEvent {
      items {
        item
        withdrawnKey
        ageMs
      }
      cursor
      more
    }
    ... on ChildCompareEvent {
      reason
    }
    ... on ChildOffersEvent {
      offers
      withdrawn
      complete
    }
    ... on ChildServersEvent {
      servers
    }
    ... on ChildOperationEvent {
      operation
    }
    ... on ChildCancelEvent {
      operationId
    }
    ... on ChildHeartbeatEvent {
      serverTimeMs
    }
    ... on ChildRemovedEvent {
      keepsItems
    }
  }
}
    `) as unknown as TypedDocumentString<ChildLinkSubscription, ChildLinkSubscriptionVariables>;
export const AcknowledgeTreeDocument = new TypedDocumentString(`
    mutation AcknowledgeTree($cursor: String!) {
  acknowledgeTree(cursor: $cursor)
}
    `) as unknown as TypedDocumentString<AcknowledgeTreeMutation, AcknowledgeTreeMutationVariables>;
export const ReportTreeDocument = new TypedDocumentString(`
    mutation ReportTree($page: UpPageInput!) {
  reportTree(page: $page)
}
    `) as unknown as TypedDocumentString<ReportTreeMutation, ReportTreeMutationVariables>;
export const AnswerOperationDocument = new TypedDocumentString(`
    mutation AnswerOperation($answer: JSONObject!) {
  answerOperation(answer: $answer)
}
    `) as unknown as TypedDocumentString<AnswerOperationMutation, AnswerOperationMutationVariables>;
export const LeaveParentDocument = new TypedDocumentString(`
    mutation LeaveParent {
  leaveParent
}
    `) as unknown as TypedDocumentString<LeaveParentMutation, LeaveParentMutationVariables>;
export const TreeDigestsDocument = new TypedDocumentString(`
    query TreeDigests($prefixes: [String!]!) {
  treeDigests(prefixes: $prefixes) {
    answers {
      prefix
      count
      digest
      children {
        prefix
        digest
      }
      items {
        key
        ownerNodeId
        ownerRevision
      }
    }
    cursor
  }
}
    `) as unknown as TypedDocumentString<TreeDigestsQuery, TreeDigestsQueryVariables>;
export const TreeItemsDocument = new TypedDocumentString(`
    query TreeItems($keys: [String!]!) {
  treeItems(keys: $keys) {
    item
    withdrawnKey
    ageMs
  }
}
    `) as unknown as TypedDocumentString<TreeItemsQuery, TreeItemsQueryVariables>;
export const OfferTreeItemsDocument = new TypedDocumentString(`
    mutation OfferTreeItems($items: [JSONObject!]!) {
  offerTreeItems(items: $items)
}
    `) as unknown as TypedDocumentString<OfferTreeItemsMutation, OfferTreeItemsMutationVariables>;
export const DownloadTicketDocument = new TypedDocumentString(`
    query DownloadTicket($packageId: GUID!, $internalVersion: SafeInt!) {
  downloadTicket(packageId: $packageId, internalVersion: $internalVersion) {
    packageId
    internalVersion
    childNodeId
    expiresAtMs
    signature
  }
}
    `) as unknown as TypedDocumentString<DownloadTicketQuery, DownloadTicketQueryVariables>;
export const ListCodebasesDocument = new TypedDocumentString(`
    query ListCodebases($where: CodebaseFilter, $first: Int, $after: String) {
  codebases(where: $where, first: $first, after: $after) {
    nodes {
      ...CodebaseFields
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment CodebaseFields on Codebase {
  url
  kind
  snapshotUrl
  internalVersion
  trust
  rank
  reason
  package {
    guid
    name
  }
  packageServer {
    guid
    name
  }
}
fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}`) as unknown as TypedDocumentString<ListCodebasesQuery, ListCodebasesQueryVariables>;
export const ExplainCodebasesDocument = new TypedDocumentString(`
    query ExplainCodebases($request: CodebaseRequestInput!) {
  explainCodebases(request: $request) {
    ...DecisionFields
  }
}
    fragment CodebaseFields on Codebase {
  url
  kind
  snapshotUrl
  internalVersion
  trust
  rank
  reason
  package {
    guid
    name
  }
  packageServer {
    guid
    name
  }
}
fragment CandidateFields on CodebaseCandidate {
  name
  trust
  accepted
  rank
  reason
  rule
  explanation
  urls
}
fragment DecisionFields on CodebaseDecision {
  package {
    guid
    name
  }
  offeredVersion
  snapshotUrl
  asker {
    computer {
      guid
      name
    }
    packageServer {
      guid
      name
    }
    sites {
      guid
      name
    }
    locations {
      ...LocationFields
    }
  }
  codebases {
    ...CodebaseFields
  }
  candidates {
    ...CandidateFields
  }
}
fragment LocationFields on AddressLocation {
  address
  subnets {
    guid
    network
    name
  }
  site {
    guid
    name
  }
}`) as unknown as TypedDocumentString<ExplainCodebasesQuery, ExplainCodebasesQueryVariables>;
export const SignedInDocument = new TypedDocumentString(`
    query SignedIn {
  viewer {
    name
    role
  }
  smp {
    ...SmpFields
  }
}
    fragment SmpFields on Smp {
  id
  guid
  nodeId
  name
  url
  version
  siteAddresses
  durability
}`) as unknown as TypedDocumentString<SignedInQuery, SignedInQueryVariables>;
export const CompletionNamesDocument = new TypedDocumentString(`
    query CompletionNames {
  smp {
    parent {
      guid
      name
    }
    children {
      guid
      name
    }
  }
  packages(first: 200) {
    nodes {
      guid
      name
    }
  }
  sites(first: 200) {
    nodes {
      guid
      name
    }
  }
  packageServers(first: 200) {
    nodes {
      guid
      name
    }
  }
  computers(first: 200) {
    nodes {
      guid
      name
    }
  }
}
    `) as unknown as TypedDocumentString<CompletionNamesQuery, CompletionNamesQueryVariables>;
export const ListComputersDocument = new TypedDocumentString(`
    query ListComputers($where: ComputerFilter, $first: Int, $after: String) {
  computers(where: $where, first: $first, after: $after) {
    nodes {
      ...ComputerFields
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
fragment ComputerFields on Computer {
  id
  guid
  name
  domain
  addresses
  origin
}`) as unknown as TypedDocumentString<ListComputersQuery, ListComputersQueryVariables>;
export const GetComputerDocument = new TypedDocumentString(`
    query GetComputer($by: ComputerBy!) {
  computer(by: $by) {
    ...ComputerFields
    sites {
      guid
      name
    }
    manualSites {
      guid
    }
  }
}
    fragment ComputerFields on Computer {
  id
  guid
  name
  domain
  addresses
  origin
}`) as unknown as TypedDocumentString<GetComputerQuery, GetComputerQueryVariables>;
export const ComputerGuidDocument = new TypedDocumentString(`
    query ComputerGuid($by: ComputerBy!) {
  computer(by: $by) {
    guid
    name
  }
}
    `) as unknown as TypedDocumentString<ComputerGuidQuery, ComputerGuidQueryVariables>;
export const CreateComputerDocument = new TypedDocumentString(`
    mutation CreateComputer($input: CreateComputerInput!) {
  createComputer(input: $input) {
    computer {
      ...ComputerFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ComputerFields on Computer {
  id
  guid
  name
  domain
  addresses
  origin
}`) as unknown as TypedDocumentString<CreateComputerMutation, CreateComputerMutationVariables>;
export const UpdateComputerDocument = new TypedDocumentString(`
    mutation UpdateComputer($input: UpdateComputerInput!) {
  updateComputer(input: $input) {
    computer {
      ...ComputerFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ComputerFields on Computer {
  id
  guid
  name
  domain
  addresses
  origin
}`) as unknown as TypedDocumentString<UpdateComputerMutation, UpdateComputerMutationVariables>;
export const DeleteComputerDocument = new TypedDocumentString(`
    mutation DeleteComputer($input: DeleteInput!) {
  deleteComputer(input: $input) {
    computer {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<DeleteComputerMutation, DeleteComputerMutationVariables>;
export const GetConvergenceDocument = new TypedDocumentString(`
    query GetConvergence($by: SnapshotBy!, $first: Int, $after: String) {
  convergence(by: $by) {
    ...ConvergenceFields
    byNode(first: $first, after: $after) {
      nodes {
        ...NodeConvergenceFields
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    fragment ConvergenceFields on Convergence {
  internalVersion
  percent
  complete
  nodes {
    done
    total
  }
  packageServers {
    done
    total
  }
  received {
    p50Ms
    p95Ms
    maxMs
  }
  verified {
    p50Ms
    p95Ms
    maxMs
  }
  blocker {
    kind
    name
    nodeName
    reason
  }
}
fragment NodeConvergenceFields on NodeConvergence {
  nodeId
  parentNodeId
  name
  connected
  received
  tookMs
  reason
  packageServers {
    guid
    name
    verified
    internalVersion
    state
    reason
    tookMs
  }
}`) as unknown as TypedDocumentString<GetConvergenceQuery, GetConvergenceQueryVariables>;
export const ConvergenceChangedDocument = new TypedDocumentString(`
    subscription ConvergenceChanged($by: SnapshotBy!) {
  convergenceChanged(by: $by) {
    ...ConvergenceFields
  }
}
    fragment ConvergenceFields on Convergence {
  internalVersion
  percent
  complete
  nodes {
    done
    total
  }
  packageServers {
    done
    total
  }
  received {
    p50Ms
    p95Ms
    maxMs
  }
  verified {
    p50Ms
    p95Ms
    maxMs
  }
  blocker {
    kind
    name
    nodeName
    reason
  }
}`) as unknown as TypedDocumentString<ConvergenceChangedSubscription, ConvergenceChangedSubscriptionVariables>;
export const HierarchyRelationsDocument = new TypedDocumentString(`
    query HierarchyRelations {
  smp {
    guid
    nodeId
    name
    parent {
      ...ParentLinkFields
    }
    leftParents {
      ...ParentLinkFields
    }
    children {
      ...ChildLinkFields
    }
  }
}
    fragment ParentLinkFields on ParentLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  reason
  metadataOnly
}
fragment ChildLinkFields on ChildLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  metadataOnly
}`) as unknown as TypedDocumentString<HierarchyRelationsQuery, HierarchyRelationsQueryVariables>;
export const JoinHierarchyDocument = new TypedDocumentString(`
    mutation JoinHierarchy($input: JoinHierarchyInput!) {
  joinHierarchy(input: $input) {
    parent {
      ...ParentLinkFields
    }
    checks {
      ...JoinCheckFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ParentLinkFields on ParentLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  reason
  metadataOnly
}
fragment JoinCheckFields on JoinCheck {
  code
  side
  outcome
  text
  cures {
    text
    mutation
    command
  }
}`) as unknown as TypedDocumentString<JoinHierarchyMutation, JoinHierarchyMutationVariables>;
export const LeaveHierarchyDocument = new TypedDocumentString(`
    mutation LeaveHierarchy($input: LeaveHierarchyInput!) {
  leaveHierarchy(input: $input) {
    parent {
      ...ParentLinkFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ParentLinkFields on ParentLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  reason
  metadataOnly
}`) as unknown as TypedDocumentString<LeaveHierarchyMutation, LeaveHierarchyMutationVariables>;
export const RemoveChildDocument = new TypedDocumentString(`
    mutation RemoveChild($input: RemoveChildInput!) {
  removeChild(input: $input) {
    child {
      ...ChildLinkFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ChildLinkFields on ChildLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  metadataOnly
}`) as unknown as TypedDocumentString<RemoveChildMutation, RemoveChildMutationVariables>;
export const HierarchyStatusDocument = new TypedDocumentString(`
    query HierarchyStatus {
  smp {
    guid
    nodeId
    name
    parent {
      ...ParentHealthFields
    }
    children {
      ...ChildHealthFields
    }
  }
}
    fragment ParentLinkFields on ParentLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  reason
  metadataOnly
}
fragment ChildLinkFields on ChildLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  metadataOnly
}
fragment ParentHealthFields on ParentLink {
  ...ParentLinkFields
  replicationEnabled
  enabledByParent
  connected
  connection
  connectedSince
  lastHeardAt
  lastError
  lastErrorCode
  nextTryAt
  waitingPages
  reconnects
  rejections(first: 1) {
    totalCount
  }
  heldDeletions(first: 1) {
    totalCount
  }
}
fragment ChildHealthFields on ChildLink {
  ...ChildLinkFields
  packageGuids
  deletePolicy
  replicationEnabled
  connected
  connectedSince
  disconnectedSince
  disconnectReason
  lastHeardAt
  stale
  lag
  acknowledgedAt
  softwareVersion
  protocolVersion
  lastComparison {
    reason
    at
  }
  rewoundAt
  doubledAt
  rejectedItems
  enabledByChild
}`) as unknown as TypedDocumentString<HierarchyStatusQuery, HierarchyStatusQueryVariables>;
export const ListRejectedItemsDocument = new TypedDocumentString(`
    query ListRejectedItems($first: Int, $after: String) {
  smp {
    parent {
      name
      rejections(first: $first, after: $after) {
        nodes {
          ...RejectedItemFields
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
}
    fragment RejectedItemFields on RejectedItem {
  packageGuid
  package {
    name
  }
  code
  reason
  ownerRevision
  since
}`) as unknown as TypedDocumentString<ListRejectedItemsQuery, ListRejectedItemsQueryVariables>;
export const UpdateChildDocument = new TypedDocumentString(`
    mutation UpdateChild($input: UpdateChildInput!) {
  updateChild(input: $input) {
    child {
      ...ChildHealthFields
    }
    addedPackages
    withdrawnPackages
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ChildLinkFields on ChildLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  metadataOnly
}
fragment ChildHealthFields on ChildLink {
  ...ChildLinkFields
  packageGuids
  deletePolicy
  replicationEnabled
  connected
  connectedSince
  disconnectedSince
  disconnectReason
  lastHeardAt
  stale
  lag
  acknowledgedAt
  softwareVersion
  protocolVersion
  lastComparison {
    reason
    at
  }
  rewoundAt
  doubledAt
  rejectedItems
  enabledByChild
}`) as unknown as TypedDocumentString<UpdateChildMutation, UpdateChildMutationVariables>;
export const EnableHierarchyReplicationDocument = new TypedDocumentString(`
    mutation EnableHierarchyReplication($input: EnableHierarchyReplicationInput!) {
  enableHierarchyReplication(input: $input) {
    parent {
      ...ParentHealthFields
    }
    children {
      ...ChildHealthFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ParentLinkFields on ParentLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  reason
  metadataOnly
}
fragment ChildLinkFields on ChildLink {
  guid
  nodeId
  name
  url
  state
  since
  deadline
  metadataOnly
}
fragment ParentHealthFields on ParentLink {
  ...ParentLinkFields
  replicationEnabled
  enabledByParent
  connected
  connection
  connectedSince
  lastHeardAt
  lastError
  lastErrorCode
  nextTryAt
  waitingPages
  reconnects
  rejections(first: 1) {
    totalCount
  }
  heldDeletions(first: 1) {
    totalCount
  }
}
fragment ChildHealthFields on ChildLink {
  ...ChildLinkFields
  packageGuids
  deletePolicy
  replicationEnabled
  connected
  connectedSince
  disconnectedSince
  disconnectReason
  lastHeardAt
  stale
  lag
  acknowledgedAt
  softwareVersion
  protocolVersion
  lastComparison {
    reason
    at
  }
  rewoundAt
  doubledAt
  rejectedItems
  enabledByChild
}`) as unknown as TypedDocumentString<EnableHierarchyReplicationMutation, EnableHierarchyReplicationMutationVariables>;
export const RunDifferentialReplicationDocument = new TypedDocumentString(`
    mutation RunDifferentialReplication($input: RunReplicationInput!) {
  runDifferentialReplication(input: $input) {
    job {
      ...JobFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<RunDifferentialReplicationMutation, RunDifferentialReplicationMutationVariables>;
export const RunCompleteReplicationDocument = new TypedDocumentString(`
    mutation RunCompleteReplication($input: RunReplicationInput!) {
  runCompleteReplication(input: $input) {
    job {
      ...JobFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<RunCompleteReplicationMutation, RunCompleteReplicationMutationVariables>;
export const ConfirmHeldDeletionsDocument = new TypedDocumentString(`
    mutation ConfirmHeldDeletions($input: ConfirmHeldDeletionsInput!) {
  confirmHeldDeletions(input: $input) {
    confirmed {
      ...RejectedItemFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment RejectedItemFields on RejectedItem {
  packageGuid
  package {
    name
  }
  code
  reason
  ownerRevision
  since
}`) as unknown as TypedDocumentString<ConfirmHeldDeletionsMutation, ConfirmHeldDeletionsMutationVariables>;
export const ListJobsDocument = new TypedDocumentString(`
    query ListJobs($states: [JobState!], $first: Int! = 50) {
  jobs(states: $states, first: $first) {
    ...JobFields
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<ListJobsQuery, ListJobsQueryVariables>;
export const GetJobDocument = new TypedDocumentString(`
    query GetJob($id: ID!) {
  job(id: $id) {
    ...JobFields
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<GetJobQuery, GetJobQueryVariables>;
export const JobUpdatedDocument = new TypedDocumentString(`
    subscription JobUpdated($id: ID!) {
  jobUpdated(id: $id) {
    ...JobFields
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<JobUpdatedSubscription, JobUpdatedSubscriptionVariables>;
export const CancelJobDocument = new TypedDocumentString(`
    mutation CancelJob($input: CancelJobInput!) {
  cancelJob(input: $input) {
    job {
      ...JobFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<CancelJobMutation, CancelJobMutationVariables>;
export const GetSettingsDocument = new TypedDocumentString(`
    query GetSettings {
  settings {
    ...SettingsFields
  }
}
    fragment SettingsFields on Settings {
  names {
    name
    legacyName
    description
  }
  smpPublication {
    unc
    http
    https
  }
  packageServerPublication {
    unc
    http
    https
  }
  maxAgentDownloadTryingTimeMinutes
  packageServersDownloadFromSmpOnly
  packageRequestBlockoutSeconds
  maxConcurrentPackageInfoRequests
  deletePackageFilesAfterMinutes
  distributionPointUpdateIntervalMinutes
  packageRefreshTime
  differentialReplicationIntervalMinutes
  completeReplicationTime
  versionGraceMinutes
  keepSnapshots
  packageServerMaxBytesPerSecond
  packageServerBlackout
  packageServerSilentSeconds
  remoteAccess
}`) as unknown as TypedDocumentString<GetSettingsQuery, GetSettingsQueryVariables>;
export const UpdateSettingsDocument = new TypedDocumentString(`
    mutation UpdateSettings($input: UpdateSettingsInput!) {
  updateSettings(input: $input) {
    settings {
      ...SettingsFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment SettingsFields on Settings {
  names {
    name
    legacyName
    description
  }
  smpPublication {
    unc
    http
    https
  }
  packageServerPublication {
    unc
    http
    https
  }
  maxAgentDownloadTryingTimeMinutes
  packageServersDownloadFromSmpOnly
  packageRequestBlockoutSeconds
  maxConcurrentPackageInfoRequests
  deletePackageFilesAfterMinutes
  distributionPointUpdateIntervalMinutes
  packageRefreshTime
  differentialReplicationIntervalMinutes
  completeReplicationTime
  versionGraceMinutes
  keepSnapshots
  packageServerMaxBytesPerSecond
  packageServerBlackout
  packageServerSilentSeconds
  remoteAccess
}`) as unknown as TypedDocumentString<UpdateSettingsMutation, UpdateSettingsMutationVariables>;
export const ListSchedulesDocument = new TypedDocumentString(`
    query ListSchedules {
  schedules {
    ...ScheduleFields
  }
}
    fragment ScheduleFields on Schedule {
  name
  description
  nextRunAt
  lastJobId
}`) as unknown as TypedDocumentString<ListSchedulesQuery, ListSchedulesQueryVariables>;
export const RunScheduleDocument = new TypedDocumentString(`
    mutation RunSchedule($input: RunScheduleInput!) {
  runSchedule(input: $input) {
    jobs {
      ...JobFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<RunScheduleMutation, RunScheduleMutationVariables>;
export const ListApiTokensDocument = new TypedDocumentString(`
    query ListApiTokens {
  apiTokens {
    ...ApiTokenFields
  }
}
    fragment ApiTokenFields on ApiToken {
  id
  name
  role
  createdAt
  expiresAt
  revokedAt
}`) as unknown as TypedDocumentString<ListApiTokensQuery, ListApiTokensQueryVariables>;
export const CreateApiTokenDocument = new TypedDocumentString(`
    mutation CreateApiToken($input: CreateApiTokenInput!) {
  createApiToken(input: $input) {
    apiToken {
      ...ApiTokenFields
    }
    secret
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ApiTokenFields on ApiToken {
  id
  name
  role
  createdAt
  expiresAt
  revokedAt
}`) as unknown as TypedDocumentString<CreateApiTokenMutation, CreateApiTokenMutationVariables>;
export const RevokeApiTokenDocument = new TypedDocumentString(`
    mutation RevokeApiToken($input: RevokeApiTokenInput!) {
  revokeApiToken(input: $input) {
    apiToken {
      ...ApiTokenFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment ApiTokenFields on ApiToken {
  id
  name
  role
  createdAt
  expiresAt
  revokedAt
}`) as unknown as TypedDocumentString<RevokeApiTokenMutation, RevokeApiTokenMutationVariables>;
export const ReadOnlySqlDocument = new TypedDocumentString(`
    query ReadOnlySql($sql: String!, $maxRows: Int! = 1000) {
  readOnlySql(sql: $sql, maxRows: $maxRows) {
    columns
    rows
    truncated
  }
}
    `) as unknown as TypedDocumentString<ReadOnlySqlQuery, ReadOnlySqlQueryVariables>;
export const WatchChangesDocument = new TypedDocumentString(`
    subscription WatchChanges($after: ChangeCursor) {
  changes(after: $after) {
    epoch
    after
    upTo
    cursor
    more
    changes {
      ...ChangeFields
    }
  }
}
    fragment ChangeFields on Change {
  revision
  scope
  kind
  key
  deleted
  at
  state
}`) as unknown as TypedDocumentString<WatchChangesSubscription, WatchChangesSubscriptionVariables>;
export const PackageServerLinkDocument = new TypedDocumentString(`
    subscription PackageServerLink($hello: PackageServerHelloInput!) {
  packageServerLink(hello: $hello) {
    ...PackageServerEventFields
  }
}
    fragment PsAssignmentFields on PsAssignment {
  packageGuid
  name
  internalVersion
  rootHash
  manifestHash
  chunkIndexHash
  sizeBytes
  priority
  ownerNodeId
  ownerPublicKey
  signature
  crossing {
    ticket
  }
}
fragment PackageServerEventFields on PackageServerEvent {
  serverTime
  settings {
    deletePackageFilesAfterMinutes
    versionGraceMinutes
    maxBytesPerSecond
    blackoutFrom
    blackoutTo
    publicationTypes {
      unc
      http
      https
    }
  }
  assignments {
    ...PsAssignmentFields
  }
  removed
  complete
  verify
  resendStatus
  probes {
    packageServerGuid
    name
    urls
  }
}`) as unknown as TypedDocumentString<PackageServerLinkSubscription, PackageServerLinkSubscriptionVariables>;
export const ReportPackageServerDocument = new TypedDocumentString(`
    mutation ReportPackageServer($input: ReportPackageServerInput!) {
  reportPackageServer(input: $input) {
    sequence
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<ReportPackageServerMutation, ReportPackageServerMutationVariables>;
export const CreateEnrollmentTokenDocument = new TypedDocumentString(`
    mutation CreateEnrollmentToken($input: CreateEnrollmentTokenInput!) {
  createEnrollmentToken(input: $input) {
    token
    expiresAt
    packageServer {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<CreateEnrollmentTokenMutation, CreateEnrollmentTokenMutationVariables>;
export const RevokeEnrollmentDocument = new TypedDocumentString(`
    mutation RevokeEnrollment($input: RevokeEnrollmentInput!) {
  revokeEnrollment(input: $input) {
    packageServer {
      ...PackageServerFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}`) as unknown as TypedDocumentString<RevokeEnrollmentMutation, RevokeEnrollmentMutationVariables>;
export const VerifyPackageDocument = new TypedDocumentString(`
    mutation VerifyPackage($input: VerifyPackageInput!) {
  verifyPackage(input: $input) {
    packageServers {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<VerifyPackageMutation, VerifyPackageMutationVariables>;
export const ResendStatusDocument = new TypedDocumentString(`
    mutation ResendStatus($input: ResendStatusInput!) {
  resendStatus(input: $input) {
    packageServer {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<ResendStatusMutation, ResendStatusMutationVariables>;
export const PackageServerLinksDocument = new TypedDocumentString(`
    query PackageServerLinks($first: Int, $after: String) {
  packageServers(first: $first, after: $after) {
    nodes {
      guid
      name
      kind
      enrolled
      link {
        connected
        connectedAt
        lastHeardAt
        agentVersion
      }
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}`) as unknown as TypedDocumentString<PackageServerLinksQuery, PackageServerLinksQueryVariables>;
export const PackageServerProgressDocument = new TypedDocumentString(`
    query PackageServerProgress($by: PackageServerBy!, $first: Int, $after: String) {
  packageServer(by: $by) {
    guid
    name
    enrolled
    link {
      connected
      connectedAt
      lastHeardAt
      agentVersion
    }
    holdings(first: $first, after: $after) {
      nodes {
        state
        reason
        since
        upToDate
        package {
          guid
          name
        }
        progress {
          doneBytes
          totalBytes
          bytesPerSecond
          etaSeconds
          nextTryAt
        }
      }
      pageInfo {
        ...PageInfoFields
      }
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}`) as unknown as TypedDocumentString<PackageServerProgressQuery, PackageServerProgressQueryVariables>;
export const ListPackageServersDocument = new TypedDocumentString(`
    query ListPackageServers($where: PackageServerFilter, $first: Int, $after: String) {
  packageServers(where: $where, first: $first, after: $after) {
    nodes {
      ...PackageServerFields
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}`) as unknown as TypedDocumentString<ListPackageServersQuery, ListPackageServersQueryVariables>;
export const GetPackageServerDocument = new TypedDocumentString(`
    query GetPackageServer($by: PackageServerBy!) {
  packageServer(by: $by) {
    ...PackageServerFields
    sites {
      manuallyAssigned
      site {
        guid
        name
      }
    }
  }
}
    fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}`) as unknown as TypedDocumentString<GetPackageServerQuery, GetPackageServerQueryVariables>;
export const PackageServerGuidDocument = new TypedDocumentString(`
    query PackageServerGuid($by: PackageServerBy!) {
  packageServer(by: $by) {
    guid
    name
  }
}
    `) as unknown as TypedDocumentString<PackageServerGuidQuery, PackageServerGuidQueryVariables>;
export const ListPackageStatusDocument = new TypedDocumentString(`
    query ListPackageStatus($where: PackageStatusFilter, $first: Int, $after: String) {
  packageStatusRows(where: $where, first: $first, after: $after) {
    nodes {
      ...PackageStatusRowFields
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
fragment PackageStatusRowFields on PackageStatusRow {
  packageGuid
  packageName
  packageVersion
  currentVersion
  packageServerGuid
  packageServerName
  state
  reason
  since
  heldVersion
  upToDate
}`) as unknown as TypedDocumentString<ListPackageStatusQuery, ListPackageStatusQueryVariables>;
export const CreatePackageServerDocument = new TypedDocumentString(`
    mutation CreatePackageServer($input: CreatePackageServerInput!) {
  createPackageServer(input: $input) {
    packageServer {
      ...PackageServerFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}`) as unknown as TypedDocumentString<CreatePackageServerMutation, CreatePackageServerMutationVariables>;
export const UpdatePackageServerDocument = new TypedDocumentString(`
    mutation UpdatePackageServer($input: UpdatePackageServerInput!) {
  updatePackageServer(input: $input) {
    packageServer {
      ...PackageServerFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}`) as unknown as TypedDocumentString<UpdatePackageServerMutation, UpdatePackageServerMutationVariables>;
export const DeletePackageServerDocument = new TypedDocumentString(`
    mutation DeletePackageServer($input: DeleteInput!) {
  deletePackageServer(input: $input) {
    packageServer {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<DeletePackageServerMutation, DeletePackageServerMutationVariables>;
export const AssignPackageServerToSiteDocument = new TypedDocumentString(`
    mutation AssignPackageServerToSite($input: PackageServerSiteInput!) {
  assignPackageServerToSite(input: $input) {
    packageServer {
      ...PackageServerFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}`) as unknown as TypedDocumentString<AssignPackageServerToSiteMutation, AssignPackageServerToSiteMutationVariables>;
export const UnassignPackageServerFromSiteDocument = new TypedDocumentString(`
    mutation UnassignPackageServerFromSite($input: PackageServerSiteInput!) {
  unassignPackageServerFromSite(input: $input) {
    packageServer {
      ...PackageServerFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageServerFields on PackageServer {
  id
  guid
  name
  kind
  constrained
  enabled
  addresses
  hostNames
  httpUrl
  httpsUrl
  uncRoot
  publicationTypes {
    unc
    http
    https
  }
}`) as unknown as TypedDocumentString<UnassignPackageServerFromSiteMutation, UnassignPackageServerFromSiteMutationVariables>;
export const ListPackagesDocument = new TypedDocumentString(`
    query ListPackages($where: PackageFilter, $first: Int, $after: String) {
  packages(where: $where, first: $first, after: $after) {
    nodes {
      ...PackageFields
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
fragment PackageFields on Package {
  id
  guid
  name
  description
  version
  internalVersion
  source {
    kind
    path
    url
    directory
  }
  sourceState
  sourceReason
  assignmentMode
  priority
  enableMulticast
  cleanupAfterMinutes
  announceBeforeReady
  enabled
  origin
  ownerNodeId
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<ListPackagesQuery, ListPackagesQueryVariables>;
export const GetPackageDocument = new TypedDocumentString(`
    query GetPackage($by: PackageBy!) {
  package(by: $by) {
    ...PackageFields
    assignedSites {
      guid
      name
    }
    assignedPackageServers {
      guid
      name
    }
    snapshot {
      ...SnapshotFields
    }
  }
}
    fragment PackageFields on Package {
  id
  guid
  name
  description
  version
  internalVersion
  source {
    kind
    path
    url
    directory
  }
  sourceState
  sourceReason
  assignmentMode
  priority
  enableMulticast
  cleanupAfterMinutes
  announceBeforeReady
  enabled
  origin
  ownerNodeId
  createdAt
  updatedAt
}
fragment SnapshotFields on Snapshot {
  id
  internalVersion
  rootHash
  fileCount
  folderCount
  sizeBytes
  createdAt
  supersededAt
  ownerNodeId
}`) as unknown as TypedDocumentString<GetPackageQuery, GetPackageQueryVariables>;
export const PackageGuidDocument = new TypedDocumentString(`
    query PackageGuid($by: PackageBy!) {
  package(by: $by) {
    guid
    name
  }
}
    `) as unknown as TypedDocumentString<PackageGuidQuery, PackageGuidQueryVariables>;
export const ListSnapshotsDocument = new TypedDocumentString(`
    query ListSnapshots($by: PackageBy!) {
  package(by: $by) {
    guid
    snapshots {
      nodes {
        ...SnapshotFields
      }
    }
  }
}
    fragment SnapshotFields on Snapshot {
  id
  internalVersion
  rootHash
  fileCount
  folderCount
  sizeBytes
  createdAt
  supersededAt
  ownerNodeId
}`) as unknown as TypedDocumentString<ListSnapshotsQuery, ListSnapshotsQueryVariables>;
export const CreatePackageDocument = new TypedDocumentString(`
    mutation CreatePackage($input: CreatePackageInput!) {
  createPackage(input: $input) {
    package {
      ...PackageFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageFields on Package {
  id
  guid
  name
  description
  version
  internalVersion
  source {
    kind
    path
    url
    directory
  }
  sourceState
  sourceReason
  assignmentMode
  priority
  enableMulticast
  cleanupAfterMinutes
  announceBeforeReady
  enabled
  origin
  ownerNodeId
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<CreatePackageMutation, CreatePackageMutationVariables>;
export const UpdatePackageDocument = new TypedDocumentString(`
    mutation UpdatePackage($input: UpdatePackageInput!) {
  updatePackage(input: $input) {
    package {
      ...PackageFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageFields on Package {
  id
  guid
  name
  description
  version
  internalVersion
  source {
    kind
    path
    url
    directory
  }
  sourceState
  sourceReason
  assignmentMode
  priority
  enableMulticast
  cleanupAfterMinutes
  announceBeforeReady
  enabled
  origin
  ownerNodeId
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<UpdatePackageMutation, UpdatePackageMutationVariables>;
export const DeletePackageDocument = new TypedDocumentString(`
    mutation DeletePackage($input: DeleteInput!) {
  deletePackage(input: $input) {
    package {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<DeletePackageMutation, DeletePackageMutationVariables>;
export const SetPackageServerAssignmentDocument = new TypedDocumentString(`
    mutation SetPackageServerAssignment($input: SetPackageServerAssignmentInput!) {
  setPackageServerAssignment(input: $input) {
    package {
      ...PackageFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageFields on Package {
  id
  guid
  name
  description
  version
  internalVersion
  source {
    kind
    path
    url
    directory
  }
  sourceState
  sourceReason
  assignmentMode
  priority
  enableMulticast
  cleanupAfterMinutes
  announceBeforeReady
  enabled
  origin
  ownerNodeId
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<SetPackageServerAssignmentMutation, SetPackageServerAssignmentMutationVariables>;
export const AssignPackageToComputersDocument = new TypedDocumentString(`
    mutation AssignPackageToComputers($input: PackageComputersInput!) {
  assignPackageToComputers(input: $input) {
    package {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<AssignPackageToComputersMutation, AssignPackageToComputersMutationVariables>;
export const UnassignPackageFromComputersDocument = new TypedDocumentString(`
    mutation UnassignPackageFromComputers($input: PackageComputersInput!) {
  unassignPackageFromComputers(input: $input) {
    package {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<UnassignPackageFromComputersMutation, UnassignPackageFromComputersMutationVariables>;
export const UpdateDistributionPointsDocument = new TypedDocumentString(`
    mutation UpdateDistributionPoints($input: UpdateDistributionPointsInput!) {
  updateDistributionPoints(input: $input) {
    jobs {
      ...JobFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}`) as unknown as TypedDocumentString<UpdateDistributionPointsMutation, UpdateDistributionPointsMutationVariables>;
export const ResetPackageOverlayDocument = new TypedDocumentString(`
    mutation ResetPackageOverlay($input: ResetPackageOverlayInput!) {
  resetPackageOverlay(input: $input) {
    package {
      ...PackageFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment PackageFields on Package {
  id
  guid
  name
  description
  version
  internalVersion
  source {
    kind
    path
    url
    directory
  }
  sourceState
  sourceReason
  assignmentMode
  priority
  enableMulticast
  cleanupAfterMinutes
  announceBeforeReady
  enabled
  origin
  ownerNodeId
  createdAt
  updatedAt
}`) as unknown as TypedDocumentString<ResetPackageOverlayMutation, ResetPackageOverlayMutationVariables>;
export const ServerStatusDocument = new TypedDocumentString(`
    query ServerStatus {
  viewer {
    name
    role
  }
  smp {
    ...SmpFields
    sites {
      name
    }
  }
  packages(first: 1) {
    totalCount
  }
  failedPackages: packages(first: 5, where: {sourceState: {eq: FAILED}}) {
    totalCount
    nodes {
      name
      sourceReason
    }
  }
  sites(first: 1) {
    totalCount
  }
  subnets(first: 1) {
    totalCount
  }
  packageServers(first: 1) {
    totalCount
  }
  computers(first: 1) {
    totalCount
  }
  jobs(first: 5, states: [QUEUED, RUNNING]) {
    ...JobFields
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment JobFields on Job {
  id
  guid
  kind
  state
  done
  total
  unit
  filesDone
  filesTotal
  message
  problems {
    ...UserErrorFields
  }
  attempts
  createdAt
  startedAt
  heartbeatAt
  finishedAt
  package {
    guid
    name
  }
}
fragment SmpFields on Smp {
  id
  guid
  nodeId
  name
  url
  version
  siteAddresses
  durability
}`) as unknown as TypedDocumentString<ServerStatusQuery, ServerStatusQueryVariables>;
export const PackageReplicationReadyDocument = new TypedDocumentString(`
    query PackageReplicationReady {
  smp {
    packageReplicationReady {
      ready
      reasons
    }
  }
}
    `) as unknown as TypedDocumentString<PackageReplicationReadyQuery, PackageReplicationReadyQueryVariables>;
export const ListSitesDocument = new TypedDocumentString(`
    query ListSites($where: SiteFilter, $first: Int, $after: String) {
  sites(where: $where, first: $first, after: $after) {
    nodes {
      ...SiteFields
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
fragment SiteFields on Site {
  id
  guid
  name
  description
}`) as unknown as TypedDocumentString<ListSitesQuery, ListSitesQueryVariables>;
export const GetSiteDocument = new TypedDocumentString(`
    query GetSite($by: SiteBy!) {
  site(by: $by) {
    ...SiteFields
    subnets(first: 200) {
      totalCount
      nodes {
        network
        name
      }
    }
    packageServers {
      manuallyAssigned
      packageServer {
        guid
        name
      }
    }
  }
}
    fragment SiteFields on Site {
  id
  guid
  name
  description
}`) as unknown as TypedDocumentString<GetSiteQuery, GetSiteQueryVariables>;
export const SiteGuidDocument = new TypedDocumentString(`
    query SiteGuid($by: SiteBy!) {
  site(by: $by) {
    guid
    name
  }
}
    `) as unknown as TypedDocumentString<SiteGuidQuery, SiteGuidQueryVariables>;
export const CreateSiteDocument = new TypedDocumentString(`
    mutation CreateSite($input: CreateSiteInput!) {
  createSite(input: $input) {
    site {
      ...SiteFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment SiteFields on Site {
  id
  guid
  name
  description
}`) as unknown as TypedDocumentString<CreateSiteMutation, CreateSiteMutationVariables>;
export const UpdateSiteDocument = new TypedDocumentString(`
    mutation UpdateSite($input: UpdateSiteInput!) {
  updateSite(input: $input) {
    site {
      ...SiteFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment SiteFields on Site {
  id
  guid
  name
  description
}`) as unknown as TypedDocumentString<UpdateSiteMutation, UpdateSiteMutationVariables>;
export const DeleteSiteDocument = new TypedDocumentString(`
    mutation DeleteSite($input: DeleteInput!) {
  deleteSite(input: $input) {
    site {
      guid
      name
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<DeleteSiteMutation, DeleteSiteMutationVariables>;
export const ListSubnetsDocument = new TypedDocumentString(`
    query ListSubnets($where: SubnetFilter, $first: Int, $after: String) {
  subnets(where: $where, first: $first, after: $after) {
    nodes {
      ...SubnetFields
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
fragment SubnetFields on Subnet {
  id
  guid
  network
  name
  site {
    guid
    name
  }
}`) as unknown as TypedDocumentString<ListSubnetsQuery, ListSubnetsQueryVariables>;
export const SubnetGuidDocument = new TypedDocumentString(`
    query SubnetGuid($by: SubnetBy!) {
  subnet(by: $by) {
    guid
    network
  }
}
    `) as unknown as TypedDocumentString<SubnetGuidQuery, SubnetGuidQueryVariables>;
export const LocateAddressesDocument = new TypedDocumentString(`
    query LocateAddresses($addresses: [String!]!) {
  locate(addresses: $addresses) {
    ...LocationFields
  }
}
    fragment LocationFields on AddressLocation {
  address
  subnets {
    guid
    network
    name
  }
  site {
    guid
    name
  }
}`) as unknown as TypedDocumentString<LocateAddressesQuery, LocateAddressesQueryVariables>;
export const CreateSubnetDocument = new TypedDocumentString(`
    mutation CreateSubnet($input: CreateSubnetInput!) {
  createSubnet(input: $input) {
    subnet {
      ...SubnetFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment SubnetFields on Subnet {
  id
  guid
  network
  name
  site {
    guid
    name
  }
}`) as unknown as TypedDocumentString<CreateSubnetMutation, CreateSubnetMutationVariables>;
export const UpdateSubnetDocument = new TypedDocumentString(`
    mutation UpdateSubnet($input: UpdateSubnetInput!) {
  updateSubnet(input: $input) {
    subnet {
      ...SubnetFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment SubnetFields on Subnet {
  id
  guid
  network
  name
  site {
    guid
    name
  }
}`) as unknown as TypedDocumentString<UpdateSubnetMutation, UpdateSubnetMutationVariables>;
export const AssignSubnetToSiteDocument = new TypedDocumentString(`
    mutation AssignSubnetToSite($input: AssignSubnetToSiteInput!) {
  assignSubnetToSite(input: $input) {
    subnet {
      ...SubnetFields
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}
fragment SubnetFields on Subnet {
  id
  guid
  network
  name
  site {
    guid
    name
  }
}`) as unknown as TypedDocumentString<AssignSubnetToSiteMutation, AssignSubnetToSiteMutationVariables>;
export const DeleteSubnetDocument = new TypedDocumentString(`
    mutation DeleteSubnet($input: DeleteInput!) {
  deleteSubnet(input: $input) {
    subnet {
      guid
      network
    }
    userErrors {
      ...UserErrorFields
    }
  }
}
    fragment UserErrorFields on UserError {
  code
  message
  path
  hint
}`) as unknown as TypedDocumentString<DeleteSubnetMutation, DeleteSubnetMutationVariables>;
export const GetTreeDocument = new TypedDocumentString(`
    query GetTree($root: ID, $maxDepth: Int, $timeoutMs: Int!, $first: Int!, $after: String) {
  tree(
    root: $root
    maxDepth: $maxDepth
    timeoutMs: $timeoutMs
    first: $first
    after: $after
  ) {
    nodes {
      ...TreeNodeFields
      smp {
        name
        version
      }
    }
    pageInfo {
      ...PageInfoFields
    }
  }
}
    fragment PageInfoFields on PageInfo {
  hasNextPage
  endCursor
}
fragment SmpSummaryFields on SmpSummary {
  guid
  name
  url
  version
  packages
  packageServers
  packageServersConnected
  computers
  sites
  packageReplicationReady
  readinessReasons
  rejectedItems
}
fragment TreeNodeFields on RemoteSmp {
  nodeId
  parentId
  depth
  status
  asOf
  ageMs
  error
  prunedFields
  summary {
    ...SmpSummaryFields
  }
}`) as unknown as TypedDocumentString<GetTreeQuery, GetTreeQueryVariables>;