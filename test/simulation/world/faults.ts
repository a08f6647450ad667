import type { SeededRandom } from '../support/seeded-random.ts';
import type { Backup, Machine } from './machine.ts';
import type { Weather } from './network.ts';
import type { TreeWorld } from './tree-world.ts';

/** Which faults a run has. */
export interface FaultPlan {
  readonly weather: Weather;
  /** Of a process at a commit, for each commit. */
  readonly deathAtCommit: number;
  readonly crashes: boolean;
  readonly partitions: boolean;
  readonly restores: boolean;
  readonly clocks: boolean;
}

const OFF_MS = 45_000;
const PARTITION_MS = 90_000;
const WALL_MS = 3 * 60_000;
/** Copies of one database that are kept. */
const BACKUPS = 3;

/** Makes things fail: processes, machines, links, clocks and disks. */
export class Faults {
  private readonly world: TreeWorld;
  private readonly random: SeededRandom;
  private readonly plan: FaultPlan;
  private readonly backups = new Map<Machine, Backup[]>();
  private readonly acts: readonly ((machine: Machine) => boolean)[];
  private readonly isStarting = new Set<Machine>();
  private isOver = false;
  private made = 0;

  constructor(world: TreeWorld, random: SeededRandom, plan: FaultPlan) {
    this.world = world;
    this.random = random;
    this.plan = plan;
    this.acts = [
      ...(plan.crashes ? [(one: Machine) => this.crash(one), () => this.cut()] : []),
      ...(plan.partitions ? [(one: Machine) => this.part(one)] : []),
      ...(plan.restores ? [(one: Machine) => this.putBack(one)] : []),
      ...(plan.clocks ? [(one: Machine) => this.setClock(one)] : []),
    ];
  }

  /** Faults that were made; what the weather does is not counted. */
  get count(): number {
    return this.made;
  }

  begin(): void {
    this.world.network.weather = this.plan.weather;
    this.world.deathAtCommit = this.plan.deathAtCommit;
  }

  /** One fault, now. */
  step(): void {
    const machine = this.random.pick(this.world.machines)!;
    if (this.plan.restores && this.random.chance(0.3)) this.keepBackup(machine);
    const act = this.random.pick(this.acts);
    if (act?.(machine)) this.made += 1;
  }

  /** Machines whose process ended by itself come back, each after a while. */
  restartLater(): void {
    for (const machine of this.world.machines) {
      if (machine.process || this.isStarting.has(machine)) continue;
      this.isStarting.add(machine);
      this.world.time.after(this.random.below(OFF_MS), () => {
        this.isStarting.delete(machine);
        if (!this.isOver) this.world.start(machine);
      });
    }
  }

  /** No more faults; every machine runs. */
  end(): void {
    this.isOver = true;
    this.world.network.heal();
    this.world.deathAtCommit = 0;
    for (const machine of this.world.machines) this.world.start(machine);
  }

  private crash(machine: Machine): boolean {
    if (!machine.process) return false;
    this.world.crash(machine, this.random.chance(0.4));
    return true;
  }

  private cut(): boolean {
    const name = this.world.transport.resetOne((from) => this.random.pick(from));
    if (name !== undefined) this.world.note(`the link ${name} is reset`);
    return name !== undefined;
  }

  private part(machine: Machine): boolean {
    const other = this.random.pick(this.world.machines)!;
    if (other === machine) return false;
    const spanMs = 1_000 + this.random.below(PARTITION_MS);
    const { network } = this.world;
    const isBoth = this.random.chance(0.4);
    const seconds = Math.round(spanMs / 1000);
    this.world.note(
      `nothing passes from ${machine.name} to ${other.name}${isBoth ? ' and back' : ''} for ${seconds} s`,
    );
    network.block(machine, other, spanMs);
    if (isBoth) network.block(other, machine, spanMs);
    return true;
  }

  private keepBackup(machine: Machine): void {
    const kept = this.backups.get(machine) ?? [];
    this.world.note(`${machine.name} is backed up`);
    this.backups.set(machine, [...kept, machine.backUp()].slice(-BACKUPS));
  }

  private putBack(machine: Machine): boolean {
    const backup = this.random.pick(this.backups.get(machine) ?? []);
    if (!backup) return false;
    this.world.restore(machine, backup);
    return true;
  }

  private setClock(machine: Machine): boolean {
    const jumpMs = Math.round((this.random.fraction() - 0.5) * 2 * WALL_MS);
    this.world.note(`the clock of ${machine.name} jumps by ${jumpMs} ms`);
    machine.clock.setWall(machine.clock.nowMs() + jumpMs);
    return true;
  }
}
