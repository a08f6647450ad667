import type { Child, UpstreamServer } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';
import type { DownNews } from './down-watch.ts';
import type {
  ChildHello,
  ChildLinkEvent,
  CompareReason,
  DigestAnswer,
  DigestQuestion,
  DownloadTicket,
  SentItem,
  TreePage,
  UpPage,
} from './link-protocol.ts';

/** What comes after a cursor in the feed of one child. */
export type FeedStep =
  | { readonly kind: 'PAGE'; readonly page: TreePage }
  | { readonly kind: 'COMPARE'; readonly reason: CompareReason }
  | { readonly kind: 'NOTHING' };

export type OffersEvent = Extract<ChildLinkEvent, { readonly kind: 'OFFERS' }>;

/** Offers as one child was told them. */
export interface OfferSource {
  /** What is different since the last call; the first call answers all, maybe none. */
  take(): OffersEvent | undefined;
  close(): void;
}

/**
 * What a parent does for one child, behind its link. The link checks who asks and that it is a
 * child in force; these do the work. Each part of the tree brings its own.
 */
export interface ChildServices {
  /** The child said hello: a `JOINING` one becomes `JOINED`, and its name and URL are stored. */
  confirm(child: Child, hello: ChildHello): Promise<Child>;
  /**
   * Reads on after `cursor` (empty: the beginning) under the child's rule, without waiting; from
   * `news` when they begin there.
   */
  readPage(child: Child, cursor: string, news?: DownNews): Promise<FeedStep>;
  /** Throws `CURSOR_INVALID` for a cursor that was not issued to this child. */
  acknowledge(child: Child, cursor: string): Promise<void>;
  digests(
    child: Child,
    question: DigestQuestion,
  ): Promise<{ readonly answers: readonly DigestAnswer[]; readonly cursor: string }>;
  items(child: Child, keys: readonly string[]): Promise<readonly SentItem[]>;
  /** Takes over what this node has lost; answers the keys that are not for the child. */
  offerNewer(
    child: Child,
    items: readonly SignedTreeItem[],
  ): Promise<{ readonly withdrawn: readonly string[] }>;
  /** `ring` is called whenever {@link OfferSource.take} may have news. */
  openOffers(child: Child, ring: () => void): OfferSource;
  /** Cheap: asked after each change of a package server, site or subnet. */
  servers(child: Child): readonly UpstreamServer[];
  /** Stores the states and the child's cursor in one transaction. */
  report(child: Child, page: UpPage): Promise<void>;
  ticket(child: Child, packageId: Guid, internalVersion: number): Promise<DownloadTicket>;
  /** The child has left by itself. */
  leave(child: Child): Promise<void>;
  /** A `REMOVED` child has been told; it may be forgotten. */
  told(child: Child): Promise<void>;
}
