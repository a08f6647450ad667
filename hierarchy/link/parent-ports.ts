import type { Parent } from '../../catalog/tree-model.ts';
import type {
  CompareReason,
  DelegatedOperation,
  DigestAnswer,
  DigestQuestion,
  OperationAnswer,
  Raise,
  SentItem,
  Standing,
} from './link-protocol.ts';
import type { CrossingLink } from '../crossing/parent-crossing.ts';
import type { ParentOutcome } from '../membership/confirm.ts';
import type { ParentDoor } from './parent-door.ts';

/** An item of the parent's that cannot be taken over, found before its rules are looked at. */
export interface Refusal {
  readonly item: SentItem;
  /** As `Rejection.code`. */
  readonly code: string;
  readonly reason: string;
}

/** Items whose manifests and chunk indexes are in the content store, and those that are refused. */
export interface Arrivals {
  readonly items: readonly SentItem[];
  readonly refusals: readonly Refusal[];
}

/** What a comparison asks the parent. */
export interface CompareSource {
  digests(
    question: DigestQuestion,
  ): Promise<{ readonly answers: readonly DigestAnswer[]; readonly cursor: string }>;
  items(keys: readonly string[]): Promise<Arrivals>;
  offerNewer: ParentDoor['offerNewer'];
  readonly signal: AbortSignal;
}

/**
 * Why a child compares: the parent said so, its own place in the tree is another one, or it was told
 * less than it knows.
 */
export type CompareCause = CompareReason | 'LINEAGE_CHANGED' | 'TOLD_OLDER';

/** What this node has of its parent's items. */
export interface Replica {
  /** Of the last page stored; empty for none. */
  cursor(parent: Parent): Promise<string>;
  /**
   * Stores items, rejections and the cursor in one transaction. While the stored cursor is empty,
   * because everything is to be compared, it stays so. `COMPARE`: what came shows that everything is to
   * be compared now.
   */
  apply(
    parent: Parent,
    page: Arrivals & { readonly cursor: string },
  ): Promise<'STORED' | 'COMPARE'>;
  /**
   * Resolves with the cursor to read on from, when no difference is left. It is stored, unless another
   * comparison was asked for meanwhile: then the stored one stays empty.
   */
  compare(parent: Parent, cause: CompareCause, source: CompareSource): Promise<string>;
}

/** What an SMP does with what its parent says, behind its link. Each part of the tree brings its own. */
export interface ParentPorts {
  readonly replica: Replica;
  /** The parent counts this node as its child: a `JOINING` parent becomes `JOINED`. */
  confirmParent(parent: Parent, standing: Standing): Promise<ParentOutcome>;
  /** This node raises its placement, and sees to it that nodes below hear of theirs. */
  raise(raises: readonly Raise[]): Promise<void>;
  /** A link is open: what takes its offers, and may ask for tickets, until it is closed. */
  crossing(door: Pick<ParentDoor, 'ticket'>): CrossingLink;
  /** Ends early when `signal` aborts: nobody waits any more. */
  execute(operation: DelegatedOperation, signal: AbortSignal): Promise<OperationAnswer>;
  /** The parent says that this node is not its child. `keepsItems` is `undefined` when it does not know. */
  notAChild(parent: Parent, keepsItems: boolean | undefined): Promise<void>;
}

/** A connection to a parent that has proven who it is. */
export interface ParentConnection {
  readonly door: ParentDoor;
  close(): void;
}

export interface ParentConnector {
  /** Throws `NODE_KEY_MISMATCH` when another server answers at the parent's address. */
  open(parent: Parent, signal: AbortSignal): Promise<ParentConnection>;
}
