import type { WorkerPool } from '../content/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Fetch } from '../core/http-answer.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { FileThreads, HttpTransport, StallLimit, UncMount } from '../delivery/index.ts';
import type { ListenAddress } from './http/http-listener.ts';

export interface PackageServerOptions {
  /** Registered before, see `registerPackageServer`. */
  readonly dataDirectory: string;
  /** Where the SMP is now; default: where it was at registration. Its key is proven anyhow. */
  readonly smpUrl?: string | undefined;
  readonly listen: ListenAddress;
  /** PEM; when given the port speaks HTTPS. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer } | undefined;
  /** Where agents reach it, at most one URL a scheme; default: as the SMP has it. */
  readonly publicUrls?: readonly string[] | undefined;
  /** What the SMP finds our site by; default: this host's addresses, asked anew each time. */
  readonly addresses?: readonly string[] | undefined;
  /** Where UNC sources are mounted here; without any, UNC sources are not used. */
  readonly uncMounts?: readonly UncMount[] | undefined;
  /** Packages fetched side by side; default 3. */
  readonly parallelPackages?: number | undefined;
  /** How often published folders are looked at; default one minute. */
  readonly patrolIntervalMs?: number | undefined;
  /** How often every byte is read; default one day. */
  readonly scrubIntervalMs?: number | undefined;
  /** Threads that hash; a pool is shared by the package servers of a process. Default: per core. */
  readonly workers?: number | WorkerPool | undefined;
  /** For what arrives; shared by the package servers of a process. Default: own ones. */
  readonly threads?: FileThreads | undefined;
  readonly stallLimit?: StallLimit | undefined;
  /** For questions to the SMP. */
  readonly fetch?: Fetch | undefined;
  /** For sources. */
  readonly transport?: HttpTransport | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}
