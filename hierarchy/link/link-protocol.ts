import type {
  Ancestor,
  DeletePolicy,
  Progress,
  ToldSummary,
  TreeItemKind,
  UpstreamOffer,
  UpstreamServer,
} from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
export type { DownloadTicket } from '../../content/download-ticket.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';

/** The version of docs/protocol.md between an SMP and its parent. */
export const CHILD_PROTOCOL_VERSION = 1;
/** So often a parent says HEARTBEAT; three of them missed mean a broken connection. */
export const HEARTBEAT_MS = 10_000;
export const SILENCE_MS = 3 * HEARTBEAT_MS;

/** How a child introduces itself each time it opens its link. */
export interface ChildHello {
  /** Raised and stored each time its process starts. */
  readonly bootCounter: number;
  readonly protocolVersion: number;
  /** Of its software, for people. */
  readonly softwareVersion: string;
  readonly name: string;
  /** Where people reach it; empty when nowhere. */
  readonly url: string;
  /** Of the last page it stored; empty for none. */
  readonly cursor: string;
}

/**
 * A signed item with its age at the moment of sending; or that an item is not for this child (any
 * more), which nobody signs: a node in between can always withhold.
 */
export type SentItem =
  | { readonly kind: 'ITEM'; readonly item: SignedTreeItem; readonly ageMs: number }
  | { readonly kind: 'WITHDRAWN'; readonly itemKind: TreeItemKind; readonly id: Guid };

/** A stretch of the parent's feed under the child's rule. */
export interface TreePage {
  readonly items: readonly SentItem[];
  /** Opaque; stands for the end of the page. */
  readonly cursor: string;
  readonly more: boolean;
}

/** Why a child has to compare everything instead of reading on. */
export type CompareReason =
  'FIRST' | 'EPOCH_CHANGED' | 'RULE_CHANGED' | 'CHILD_REWOUND' | 'CURSOR_INVALID' | 'REQUESTED';

/** What the parent says of the child; again whenever it changed. */
export interface Standing {
  /** From the root to the parent. */
  readonly lineage: readonly Ancestor[];
  readonly membership: string;
  readonly replicationEnabled: boolean;
  readonly metadataOnly: boolean;
  readonly deletePolicy: DeletePolicy;
}

/** A node that has to raise its placement above a number, by which it is known elsewhere. */
export interface Raise {
  readonly nodeId: string;
  readonly above: number;
}

/** A query that a node above asks this node to answer; see docs/protocol.md. */
export interface DelegatedOperation {
  readonly id: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What is left of the asker's time. */
  readonly timeoutMs: number;
  readonly assertion: Assertion;
}

/** Who asks, signed by the node where that person signed in. */
export interface Assertion {
  readonly askerNodeId: string;
  readonly user: string;
  readonly role: 'VIEWER' | 'OPERATOR' | 'ADMIN';
  /** SHA-256 of the canonical JSON of query and variables, hex. */
  readonly operationHash: string;
  readonly targetNodeId: string;
  readonly expiresAtMs: number;
  readonly signature: string;
}

/** GraphQL's answer to a delegated operation, with what had to be left out of it. */
export interface OperationAnswer {
  readonly id: string;
  /** `DENIED`: the node does not let that person read. */
  readonly status: 'OK' | 'DENIED';
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly errors: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    /** `code` and `hint`, as over every door. */
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
  /** `Type.field` that this node does not have. */
  readonly prunedFields: readonly string[];
}

/** What a parent says over a child's link. The first event is `STANDING`. */
export type ChildLinkEvent =
  | {
      readonly kind: 'STANDING';
      readonly standing: Standing;
      /** Where the parent stands in the child's feed; empty for its beginning. */
      readonly upCursor: string;
      /** Of the child and of nodes below it. */
      readonly raises: readonly Raise[];
      readonly serverTimeMs: number;
    }
  | { readonly kind: 'PAGE'; readonly page: TreePage }
  /** Nothing more comes by cursor until the child has compared. */
  | { readonly kind: 'COMPARE'; readonly reason: CompareReason }
  | {
      readonly kind: 'OFFERS';
      readonly offers: readonly UpstreamOffer[];
      readonly withdrawn: readonly Guid[];
      /** With this event every offer was told; what was not is withdrawn. */
      readonly complete: boolean;
    }
  | { readonly kind: 'SERVERS'; readonly servers: readonly UpstreamServer[] }
  | { readonly kind: 'OPERATION'; readonly operation: DelegatedOperation }
  /** Nobody waits for the answer to this operation any more. */
  | { readonly kind: 'CANCEL'; readonly operationId: string }
  | { readonly kind: 'HEARTBEAT'; readonly serverTimeMs: number }
  /** The child was removed. The last event; from then on the parent answers `NOT_A_CHILD`. */
  | { readonly kind: 'REMOVED'; readonly keepsItems: boolean };

/** A stretch of the child's own feed of what goes up. */
export interface UpPage {
  readonly states: readonly (
    | { readonly kind: 'nodeSummary'; readonly item: ToldSummary }
    | { readonly kind: 'progress'; readonly item: Progress }
  )[];
  /** Where the stretch begins: the cursor of the page before. The parent takes it there and nowhere else. */
  readonly after: string;
  /** The child's, opaque to the parent, which stores it together with the states. */
  readonly cursor: string;
}

/** Digests of what a side has, by prefix of the hashed key; see `replication/`. */
export interface DigestQuestion {
  readonly prefixes: readonly string[];
}

/** One prefix: either the digests of the sixteen longer ones, or the few items below it. */
export interface DigestAnswer {
  readonly prefix: string;
  readonly count: number;
  readonly digest: string;
  readonly children: readonly { readonly prefix: string; readonly digest: string }[];
  readonly items: readonly {
    readonly key: string;
    readonly ownerNodeId: string;
    readonly ownerRevision: number;
  }[];
}
