import { isCanopyError } from '../../../core/errors.ts';
import type { LogFields, Logger } from '../../../core/logger.ts';
import type { ChildLinkEvent } from '../../../hierarchy/link/link-protocol.ts';
import type { CommitFault, RowChange } from '../support/memory-database.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock, VirtualTime } from '../support/virtual-clock.ts';
import { Machine, type Backup } from './machine.ts';
import { Network } from './network.ts';
import { NodeTransport } from './node-transport.ts';
import { SmpProcess, type Plant, type ProcessHost } from './smp-process.ts';
import { Trace } from './trace.ts';

/** A rule that did not hold. */
export interface Violation {
  readonly rule: string;
  readonly text: string;
}

/** Looks at what happens while it happens. */
export interface Watcher {
  committed(machine: Machine, changes: readonly RowChange[]): void;
  heard(child: Machine, parent: Machine, event: ChildLinkEvent): void;
  asked(child: Machine, kind: string): void;
  restored(machine: Machine): void;
}

export interface WorldOptions {
  readonly random: SeededRandom;
  readonly size: number;
  readonly plant?: Plant | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

const START_MS = 1_790_000_000_000;
const DAY_MS = 24 * 60 * 60_000;

/** Machines, the network between them, and time; what happens in it follows from a seed alone. */
export class TreeWorld {
  readonly time = new VirtualTime();
  readonly trace: Trace;
  readonly machines: readonly Machine[];
  readonly network: Network;
  readonly transport: NodeTransport;
  readonly violations: Violation[] = [];
  /** The chance that a process dies at a commit. */
  deathAtCommit = 0;
  /** Told of everything, in this order. */
  readonly watchers: Watcher[] = [];
  private readonly plant: Plant;
  private readonly deaths: SeededRandom;

  constructor({ random, size, plant = {}, onLine }: WorldOptions) {
    this.trace = new Trace(onLine);
    this.plant = plant;
    this.deaths = random.fork('deaths');
    const { time, trace } = this;
    this.network = new Network({
      time,
      trace,
      random: random.fork('network'),
      onFault: (error, where) => this.fault(error, where),
    });
    this.transport = new NodeTransport(this.network, {
      heard: (child, parent, event) =>
        this.watchers.forEach((one) => one.heard(child.machine, parent.machine, event)),
      asked: (child, kind) => this.watchers.forEach((one) => one.asked(child.machine, kind)),
    });
    this.machines = Array.from({ length: size }, (_, index) => {
      const own = random.fork(`machine ${index}`);
      // No two clocks agree: some are seconds apart, some a day.
      const skewMs = (own.fraction() - 0.5) * (own.chance(0.2) ? 2 * DAY_MS : 10_000);
      return new Machine(index, own, new VirtualClock(time, Math.floor(START_MS + skewMs)));
    });
    for (const machine of this.machines) this.network.add(machine);
  }

  note(text: string): void {
    this.trace.note(this.time.nowMs, text);
  }

  violate(rule: string, text: string): void {
    this.note(`VIOLATED ${rule}: ${text}`);
    this.violations.push({ rule, text });
  }

  /** Something was thrown that no server should ever throw. */
  fault(error: unknown, where: string): void {
    const { stack } = error as { stack?: string };
    this.violate('no unexpected error', `${where}: ${stack ?? String(error)}`);
  }

  start(machine: Machine): void {
    if (machine.process) return;
    this.note(`${machine.name} starts`);
    const process = new SmpProcess(machine, this.hostOf(machine));
    machine.process = process;
    process.start().catch((error: unknown) => this.fault(error, `start of ${machine.name}`));
  }

  /** Ends the process. `silently`: the machine goes too, so that nobody is told. */
  crash(machine: Machine, silently = false): void {
    const { process } = machine;
    if (!process) return;
    this.note(`${machine.name} dies${silently ? ' silently' : ''}`);
    machine.process = undefined;
    process.kill();
    this.transport.died(process, silently);
  }

  restore(machine: Machine, backup: Backup): void {
    this.crash(machine);
    this.note(`${machine.name} is put back to ${(backup.atMs / 1000).toFixed(1)} s`);
    machine.restore(backup);
    for (const watcher of this.watchers) watcher.restored(machine);
  }

  /** Lets time pass until `isDone` or `limitMs` are over; answers whether it is done. */
  async until(isDone: () => boolean, limitMs: number, stepMs = 100): Promise<boolean> {
    const endMs = this.time.nowMs + limitMs;
    await this.time.pass(0);
    while (!isDone()) {
      if (this.time.nowMs >= endMs || this.violations.length > 0) return false;
      await this.time.pass(stepMs);
    }
    return true;
  }

  private hostOf(machine: Machine): ProcessHost {
    return {
      plant: this.plant,
      logger: this.loggerOf(machine),
      connectorOf: (process) => this.transport.connectorOf(process),
      contactOf: (process) => this.transport.contactOf(process),
      fault: () => this.commitFault(),
      // Not in the middle of its commit.
      onDeath: (process) =>
        void this.time.after(0, () => machine.process === process && this.crash(machine)),
      onCommit: (_process, changes) => {
        this.note(`${machine.name} commits ${summaryOf(changes)}`);
        for (const watcher of this.watchers) watcher.committed(machine, changes);
      },
    };
  }

  private commitFault(): CommitFault {
    if (this.deathAtCommit === 0 || !this.deaths.chance(this.deathAtCommit)) return undefined;
    return this.deaths.chance(0.5) ? 'DIES_BEFORE' : 'DIES_AFTER';
  }

  private loggerOf(machine: Machine): Logger {
    const say = (fields: LogFields, message: string): void => {
      const { err, error = err } = fields as { err?: unknown; error?: unknown };
      if (error === undefined || isCanopyError(error)) {
        this.note(`${machine.name} says: ${message}`);
      } else this.fault(error, `${machine.name}: ${message}`);
    };
    const logger: Logger = {
      debug: () => undefined,
      info: say,
      warn: say,
      error: (fields, message) => {
        const { err, error = err } = fields as { err?: unknown; error?: unknown };
        this.fault(error ?? message, `${machine.name}: ${message}`);
      },
      child: () => logger,
    };
    return logger;
  }
}

function summaryOf(changes: readonly RowChange[]): string {
  const counts = new Map<string, number>();
  for (const { kind, after } of changes) {
    const name = `${after === undefined ? '-' : ''}${kind}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count > 1 ? `${name}*${count}` : name)).join(' ');
}
