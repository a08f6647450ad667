import type { CatalogContext } from '../../../catalog/context.ts';
import type { CatalogTransaction } from '../../../catalog/ports.ts';
import { ReadModel } from '../../../catalog/read-model.ts';
import type { Clock } from '../../../core/clock.ts';
import type { Guid } from '../../../core/guid.ts';
import { loadIdentity, type NodeIdentity } from '../../../core/identity.ts';
import { silentLogger } from '../../../core/logger.ts';
import type { Random } from '../../../core/random.ts';
import { publishing } from '../../../hierarchy/replication/publish-changes.ts';
import { createWakeups } from '../../../server/persistence/wakeups.ts';
import type { CommitFault, MemoryDatabase } from './memory-database.ts';

/** What of a node outlives its process. */
export interface NodeDisk {
  readonly database: MemoryDatabase;
  readonly identity: NodeIdentity;
  readonly guid: Guid;
  readonly name: string;
}

/** One process of a node: the real core on the simulator's store. */
export interface MemoryNode {
  readonly context: CatalogContext;
  readonly wakeups: ReturnType<typeof createWakeups>;
  /** Ends the process at once. */
  kill(): void;
}

export interface ProcessOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly fault?: () => CommitFault;
  readonly onDeath?: () => void;
}

/** An identity that follows from randomness which follows from a seed. */
export function seededIdentity(random: Random): NodeIdentity {
  // PKCS#8 of an Ed25519 key is a fixed head and the 32 bytes of its seed (RFC 8410).
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([head, random.bytes(32)]).toString('base64');
  return loadIdentity(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
}

export async function startMemoryNode(
  { database, identity, guid, name }: NodeDisk,
  { clock, random, ...faults }: ProcessOptions,
): Promise<MemoryNode> {
  const wakeups = createWakeups();
  const raw = database.open({ clock, random, wakeups, ...faults });
  const store = publishing(raw, { identity, clock });
  const model = new ReadModel({
    id: guid,
    name,
    scheme: 'http',
    publicUrl: `http://${name}.example`,
    addresses: [],
    uncRoot: '',
  });
  const { changes, position } = await raw.readAll();
  model.reload(changes, position);
  const catchUp = async (): Promise<void> => {
    const { epoch, revision } = model.position;
    const page = await raw.log.read(revision, Number.MAX_SAFE_INTEGER);
    model.apply(page.changes, { epoch, revision: page.upTo });
  };
  const write = async <T>(work: (tx: CatalogTransaction) => Promise<T>): Promise<T> => {
    const { value } = await store.transact(work);
    await catchUp();
    return value;
  };
  const context: CatalogContext = {
    store,
    model,
    clock,
    random,
    identity,
    logger: silentLogger,
    write,
  };
  return { context, wakeups, kill: () => raw.close() };
}
