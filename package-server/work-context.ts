import type { Clock } from '../core/clock.ts';
import type { Fetch } from '../core/http-answer.ts';
import type { NodeIdentity } from '../core/identity.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { ContentStore } from '../content/index.ts';
import type {
  FileThreads,
  HttpTransport,
  SourceBook,
  StallLimit,
  TransferBudget,
  UncMount,
} from '../delivery/index.ts';
import type { DataFolder } from './data-folder.ts';
import type { Fingerprints } from './fingerprints.ts';
import type { PackageBook } from './package-book.ts';
import type { ServerClock } from '../core/server-clock.ts';
import type { SmpDoor } from './smp-door.ts';
import type { Upstream } from './upstream.ts';

/** What the work on packages is done with. */
export interface WorkContext {
  readonly book: PackageBook;
  readonly store: ContentStore;
  readonly folder: DataFolder;
  readonly identity: NodeIdentity;
  readonly door: SmpDoor;
  readonly sourceBook: SourceBook;
  readonly fingerprints: Fingerprints;
  /** Shared by everything that is fetched. */
  readonly budget: TransferBudget;
  /** Of content; what it took on the wire; and what came from package servers of the parent. */
  readonly counts: { fetchedBytes: number; wireBytes: number; crossedBytes: number };
  readonly upstream: Upstream;
  readonly uncMounts: readonly UncMount[];
  readonly stallLimit: StallLimit;
  /** For questions to the SMP. */
  readonly fetch: Fetch;
  /** For sources: says who asks, and waits when they are busy. */
  readonly transport: HttpTransport;
  readonly threads: FileThreads;
  readonly clock: Clock;
  readonly serverClock: ServerClock;
  readonly random: Random;
  readonly logger: Logger;
  /** What the SMP finds our site by, asked at each use: addresses change. */
  addresses(): readonly string[];
  /** Bytes that may still be written; default: what the file system says. */
  freeBytes?(folder: string): Promise<number>;
}
