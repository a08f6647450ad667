import type { Clock } from '../core/clock.ts';
import type { NodeIdentity } from '../core/identity.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { CatalogStore, CatalogTransaction } from './ports.ts';
import type { ReadModel } from './read-model.ts';

/** What every use case of the catalogue is given. */
export interface CatalogContext {
  readonly store: CatalogStore;
  readonly model: ReadModel;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: NodeIdentity;
  readonly logger: Logger;
  /**
   * Commits `work` and resolves when the read model has seen it, so that whoever asks next, on
   * any door, gets an answer that includes it.
   */
  write<T>(work: (tx: CatalogTransaction) => Promise<T>): Promise<T>;
}
