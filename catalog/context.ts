import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { NodeIdentity } from '../core/identity.ts';
import type { Random } from '../core/random.ts';
import type { CatalogStore } from './ports.ts';

/** What every use case of the catalogue is given. */
export interface CatalogContext {
  readonly store: CatalogStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: NodeIdentity;
  readonly logger: Logger;
}
