import type {
  Ancestor,
  DeletePolicy,
  NodeSummary,
  Progress,
  UpstreamOffer,
  UpstreamServer,
} from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
export type { DownloadTicket } from '../../content/download-ticket.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';

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

/** A signed item with its age at the moment of sending. */
export interface SentItem {
  readonly item: SignedTreeItem;
  readonly ageMs: number;
}

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
  | { readonly kind: 'HEARTBEAT'; readonly serverTimeMs: number };

/** A stretch of the child's own feed of what goes up. */
export interface UpPage {
  readonly states: readonly (
    | { readonly kind: 'nodeSummary'; readonly item: NodeSummary }
    | { readonly kind: 'progress'; readonly item: Progress }
  )[];
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
