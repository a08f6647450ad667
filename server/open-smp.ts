import { EffectApplier } from '../catalog/decision-effects.ts';
import type { CatalogContext } from '../catalog/context.ts';
import { ModelFollower } from '../catalog/model-follower.ts';
import { settledQueries, type CatalogQueries } from '../catalog/queries.ts';
import { ReadModel } from '../catalog/read-model.ts';
import { DEFAULT_TREE_LIMITS, openContentStore, type ContentStore } from '../content/index.ts';
import type { Clock } from '../core/clock.ts';
import type { NodeIdentity } from '../core/identity.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { Releasers } from '../core/releasers.ts';
import type { Config } from './config/config-schema.ts';
import { publishing, publishMissing } from '../hierarchy/replication/publish-changes.ts';
import { openNodeKey } from './node-key.ts';
import { openDatabase, type Database } from './persistence/open-database.ts';

/** What the host hands in, so that tests and simulations can hand in something else. */
export interface Host {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The SMP without its doors: stores, read model and identity. */
export interface Smp {
  readonly database: Database;
  readonly content: ContentStore;
  readonly identity: NodeIdentity;
  /** Of this start of the process. */
  readonly bootCounter: number;
  readonly model: ReadModel;
  readonly context: CatalogContext;
  /** What they answer, the model knows too. */
  readonly queries: CatalogQueries;
  readonly effects: EffectApplier;
}

interface Inputs extends Host {
  readonly config: Config;
  /** Where this server is reached, without a trailing slash. */
  readonly url: string;
  readonly onFatal: (error: Error) => void;
}

/** Opens everything below the doors, in the order in which `releasers` closes it again. */
export async function openSmp(inputs: Inputs, releasers: Releasers): Promise<Smp> {
  const { config, clock, random, logger } = inputs;
  const database = await openDatabase({
    dataDirectory: config.dataDir,
    databaseUrl: config.databaseUrl,
    durability: config.durability === 'relaxed' ? 'PROCESS_CRASH_ONLY' : 'STRICT',
    clock,
    random,
    logger,
    onFatal: inputs.onFatal,
  });
  releasers.add(() => database.close());
  const content = await openContentStore({
    folder: config.dataDir,
    clock,
    random,
    workers: config.hashWorkers,
    limits: { ...DEFAULT_TREE_LIMITS, maxTotalBytes: config.maxPackageBytes },
  });
  releasers.add(() => content.close());
  const { identity, model, bootCounter } = await introduce(inputs, database);
  const { wakeups } = database;
  const publisher = { identity, clock };
  const store = publishing(database.store, publisher);
  await publishMissing(database.store, publisher);
  const follower = new ModelFollower({ store, model, wakeups, clock, logger });
  await follower.start();
  releasers.add(() => follower.stop());
  const context: CatalogContext = {
    store,
    model,
    clock,
    random,
    identity,
    logger,
    write: (work) => follower.write(() => store.transact(work)),
  };
  const effects = new EffectApplier(context);
  releasers.add(() => effects.close());
  const queries = settledQueries(database.queries, () => follower.settle());
  return { database, content, identity, bootCounter, model, context, queries, effects };
}

/** Who this server is: its key, its GUID for life, and what the configuration says today. */
async function introduce(
  { config, random, url }: Inputs,
  { smp }: Database,
): Promise<Pick<Smp, 'identity' | 'model' | 'bootCounter'>> {
  const known = await smp.readSmp();
  const identity = await openNodeKey(config.dataDir, known?.publicKey);
  const guid = known?.guid ?? random.guid();
  const uncRoot = config.uncRoot ?? '';
  const { name } = config;
  await smp.writeSmp({ guid, name, publicKey: identity.publicKey, publicUrl: url, uncRoot });
  const bootCounter = await smp.raiseBootCounter();
  const model = new ReadModel({
    id: guid,
    name,
    scheme: url.startsWith('https:') ? 'https' : 'http',
    publicUrl: url,
    addresses: config.siteAddresses,
    uncRoot,
  });
  return { identity, model, bootCounter };
}
