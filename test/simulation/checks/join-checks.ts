import type { Machine } from '../world/machine.ts';
import type { TreeWorld } from '../world/tree-world.ts';
import { rowsOf } from './rows.ts';

/** So much later than its deadline a join may still be seen, while a process works on it. */
const LATE_MS = 90_000;

/** Joins past the life of their token, on either side, of machines that run. */
export class JoinChecks {
  private readonly world: TreeWorld;
  /** Since when a machine has seen a join past its deadline: `name key`. */
  private readonly overdue = new Map<string, number>();

  constructor(world: TreeWorld) {
    this.world = world;
  }

  /** To be called again and again. */
  look(): void {
    const seen = new Set<string>();
    for (const machine of this.world.machines) {
      if (!machine.up) continue;
      for (const text of overdueAt(machine)) {
        seen.add(text);
        const sinceMs = this.overdue.get(text) ?? this.world.time.nowMs;
        this.overdue.set(text, sinceMs);
        if (this.world.time.nowMs - sinceMs <= LATE_MS) continue;
        this.world.violate('a join does not outlive its token', text);
      }
    }
    for (const text of this.overdue.keys()) if (!seen.has(text)) this.overdue.delete(text);
  }
}

function overdueAt(machine: Machine): string[] {
  const nowMs = machine.clock.nowMs();
  const found: string[] = [];
  for (const { state, deadlineAtMs, name } of rowsOf(machine, 'parent').values()) {
    if (state === 'JOINING' && deadlineAtMs < nowMs) found.push(`${machine.name} joins ${name}`);
  }
  for (const { state, deadlineAtMs, name } of rowsOf(machine, 'child').values()) {
    if (state === 'JOINING' && deadlineAtMs < nowMs) found.push(`${machine.name} admits ${name}`);
  }
  return found;
}
