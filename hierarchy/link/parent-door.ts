import type { Guid } from '../../core/guid.ts';
import type { SignedTreeItem } from '../statements/tree-statement.ts';
import type {
  ChildHello,
  ChildLinkEvent,
  DigestAnswer,
  DigestQuestion,
  DownloadTicket,
  OperationAnswer,
  SentItem,
  UpPage,
} from './link-protocol.ts';

/**
 * Everything that a child asks of its parent, over the one connection that the child opened. The
 * server speaks GraphQL over a signed WebSocket; the simulator hands messages over with faults.
 * Calls throw a `CanopyError` with the parent's code, or `NOT_READY` when the connection ended.
 */
export interface ParentDoor {
  /** Ends with the connection; the first event is `STANDING`. */
  events(hello: ChildHello, signal: AbortSignal): AsyncIterable<ChildLinkEvent>;
  /**
   * Everything up to the page of this cursor is stored durably; after a comparison too. An empty
   * cursor says nothing but that the child is alive; it answers each heartbeat.
   */
  acknowledge(cursor: string): Promise<void>;
  digests(question: DigestQuestion): Promise<{
    readonly answers: readonly DigestAnswer[];
    /** Of the moment before the digests were made: where to read on once all differences are gone. */
    readonly cursor: string;
  }>;
  /** The items of these keys; those that are not for the child come as withdrawn. */
  items(keys: readonly string[]): Promise<readonly SentItem[]>;
  /**
   * Statements that the parent lacks, or has an older one of, because it lost history. It takes
   * over what its owner signed; the answer names those that are not for the child: to withdraw.
   */
  offerNewer(items: readonly SignedTreeItem[]): Promise<{ readonly withdrawn: readonly string[] }>;
  report(page: UpPage): Promise<void>;
  answer(answer: OperationAnswer): Promise<void>;
  /** A manifest or chunk index; the caller checks the hash. Throws `NOT_FOUND`. */
  blob(sha256: string, signal: AbortSignal): Promise<Uint8Array>;
  ticket(packageId: Guid, internalVersion: number): Promise<DownloadTicket>;
  /** The child has left. */
  leave(): Promise<void>;
}
