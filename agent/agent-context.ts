import type { Clock } from '../core/clock.ts';
import type { Guid } from '../core/guid.ts';
import type {
  FileThreads,
  HttpTransport,
  SourceBook,
  StallLimit,
  Throttle,
  UncMount,
} from '../delivery/index.ts';
import type { AgentFolders } from './agent-folders.ts';
import type { SmpClient } from './smp-client.ts';
import type { TrustedOwners } from './trusted-owners.ts';

/** What the agent's work is done with. */
export interface AgentContext {
  readonly resourceId: Guid;
  readonly addresses: readonly string[];
  readonly denySmp: boolean;
  readonly denyExternalPackageServers: boolean;
  readonly allowUnsigned: boolean;
  readonly client: SmpClient;
  readonly folders: AgentFolders;
  readonly trustedOwners: TrustedOwners;
  readonly transport: HttpTransport;
  readonly threads: FileThreads;
  readonly uncMounts: readonly UncMount[];
  readonly clock: Clock;
  readonly throttle: Throttle | undefined;
  readonly stallLimit: StallLimit | undefined;
  /** Loaded at first use. */
  sourceBook(): Promise<SourceBook>;
}
