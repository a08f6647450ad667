import type { Guid } from '../../../core/guid.ts';
import type { NodeIdentity } from '../../../core/identity.ts';
import { MemoryContent } from '../support/memory-content.ts';
import { MemoryDatabase, type Disk } from '../support/memory-database.ts';
import { seededIdentity } from '../support/memory-node.ts';
import { MemoryTokens } from '../support/memory-tokens.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { SmpProcess } from './smp-process.ts';

/** A copy of a machine's database, as of a moment. */
export interface Backup {
  readonly atMs: number;
  readonly disk: Disk;
  readonly tokens: ReturnType<MemoryTokens['backUp']>;
  readonly bootCounter: number;
}

/** One host of the tree: what outlives its process, and the process that runs on it. */
export class Machine {
  readonly name: string;
  readonly url: string;
  readonly address: string;
  readonly guid: Guid;
  readonly identity: NodeIdentity;
  readonly clock: VirtualClock;
  readonly database: MemoryDatabase;
  readonly tokens = new MemoryTokens();
  readonly content = new MemoryContent();
  readonly random: SeededRandom;
  process: SmpProcess | undefined;
  bootCounter = 0;
  /** Processes that were started here; no restore takes it back. */
  starts = 0;
  /** When its database was put back the last time; `undefined`: never. */
  restoredAtMs: number | undefined;

  constructor(index: number, random: SeededRandom, clock: VirtualClock) {
    this.name = `n${index}`;
    this.url = `https://${this.name}.example`;
    this.address = `10.0.${index}.1`;
    this.random = random;
    this.clock = clock;
    this.identity = seededIdentity(random.fork('identity'));
    this.guid = random.fork('guid').guid();
    this.database = new MemoryDatabase(random.fork('database'));
  }

  /** The process, when it has started and lives. */
  get up(): SmpProcess | undefined {
    return this.process?.isUp ? this.process : undefined;
  }

  backUp(): Backup {
    return {
      atMs: this.clock.monotonicMs(),
      disk: this.database.backUp(),
      tokens: this.tokens.backUp(),
      bootCounter: this.bootCounter,
    };
  }

  /** No process may run. */
  restore({ disk, tokens, bootCounter }: Backup): void {
    this.database.restore(disk);
    this.tokens.restore(tokens);
    this.bootCounter = bootCounter;
    this.restoredAtMs = this.clock.monotonicMs();
  }
}
