import type { Machine } from './machine.ts';

/** Who is above whom, as the processes that live know it. */
export class TreeShape {
  private readonly machines: readonly Machine[];

  constructor(machines: readonly Machine[]) {
    this.machines = machines;
  }

  parentOf(machine: Machine): Machine | undefined {
    const parent = machine.up?.context.model.tree.parent;
    return parent && this.machines.find(({ identity }) => identity.nodeId === parent.nodeId);
  }

  /** 0 for a root; at most the number of machines. */
  depthOf(machine: Machine): number {
    let depth = 0;
    let above = this.parentOf(machine);
    while (above && depth < this.machines.length) {
      depth += 1;
      above = this.parentOf(above);
    }
    return depth;
  }

  /** Levels of the branch of a machine, itself included. */
  heightOf(machine: Machine, seen = new Set<Machine>()): number {
    if (seen.has(machine)) return 0;
    seen.add(machine);
    const below = this.childrenOf(machine).map((child) => this.heightOf(child, seen));
    return 1 + Math.max(0, ...below);
  }

  childrenOf(machine: Machine): Machine[] {
    return this.machines.filter((one) => this.parentOf(one) === machine);
  }

  isAbove(machine: Machine, other: Machine): boolean {
    let above = this.parentOf(other);
    for (let steps = 0; above && steps <= this.machines.length; steps += 1) {
      if (above === machine) return true;
      above = this.parentOf(above);
    }
    return false;
  }
}
