import type { Package } from '../../../catalog/model.ts';
import type { ConflictChoice } from '../../../catalog/tree-model.ts';
import { isCanopyError } from '../../../core/errors.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { Machine } from './machine.ts';
import * as operations from './operations.ts';
import type { SmpProcess } from './smp-process.ts';
import { TreeShape } from './tree-shape.ts';
import type { TreeWorld } from './tree-world.ts';

const DEEPEST = 3;
/** Packages that people make, for each machine. */
const PACKAGES_EACH = 3;

/** What an operation is called in the trace, and how often it comes up beside the others. */
interface Choice {
  readonly weight: number;
  readonly act: (process: SmpProcess) => [string, Promise<void>] | undefined;
}

/** People who work at every SMP of a world: packages, rules, joins and leaves, at random. */
export class Workload {
  private readonly world: TreeWorld;
  private readonly random: SeededRandom;
  private readonly shape: TreeShape;
  private readonly choices: readonly Choice[];
  private made = 0;
  private done = 0;
  /** A parent told its children to keep what it deletes, at some time. */
  someKeptDeleted = false;

  constructor(world: TreeWorld, random: SeededRandom, { moves }: { readonly moves: boolean }) {
    this.world = world;
    this.random = random;
    this.shape = new TreeShape(world.machines);
    const move = moves ? 1 : 0;
    this.choices = [
      { weight: 6, act: (process) => this.addPackage(process) },
      { weight: 6, act: (process) => this.changeFiles(process) },
      { weight: 4, act: (process) => this.describe(process) },
      { weight: 3, act: (process) => this.dropPackage(process) },
      { weight: 1, act: (process) => this.setEnabled(process) },
      { weight: 3, act: (process) => this.changeRule(process) },
      { weight: 1, act: (process) => this.changePolicy(process) },
      { weight: 1, act: (process) => this.pause(process) },
      { weight: 1, act: (process) => this.compare(process) },
      { weight: move, act: (process) => this.leave(process) },
      { weight: move, act: (process) => this.remove(process) },
      { weight: 3 * move, act: (process) => this.join(process) },
      { weight: move, act: (process) => this.replaceParent(process) },
    ];
  }

  /** Operations that were begun. */
  get count(): number {
    return this.done;
  }

  /** One person does one thing; what comes of it is seen later. */
  step(): void {
    const process = this.anyUp();
    if (!process) return;
    const total = this.choices.reduce((sum, { weight }) => sum + weight, 0);
    let place = this.random.fraction() * total;
    const choice = this.choices.find(({ weight }) => (place -= weight) < 0);
    const begun = choice?.act(process);
    if (!begun) return;
    const [what, work] = begun;
    this.done += 1;
    this.world.note(`at ${process.machine.name}: ${what}`);
    this.watch(process, what, work);
  }

  /**
   * An operator switches on what was switched off, also what comes back so with the former parent of a
   * join that failed; confirms what was held; and has what was altered on the way compared again.
   */
  cure(): void {
    for (const { up, guid } of this.world.machines) {
      const tree = up?.context.model.tree;
      const relations = [...(tree?.parent ? [tree.parent] : []), ...(tree?.children() ?? [])];
      if (up && relations.some(({ replicationEnabled }) => !replicationEnabled)) {
        this.watch(up, 'replicate again', operations.setReplication(up, true));
      }
      const codes = [...(up?.context.model.tree.rejections() ?? [])].map(({ code }) => code);
      if (up && codes.includes('DELETION_HELD')) {
        this.world.note(`at ${up.machine.name}: confirm deletions`);
        this.watch(up, 'confirm deletions', operations.confirmDeletions(up));
      }
      if (up && codes.includes('SIGNATURE_INVALID')) {
        this.world.note(`at ${up.machine.name}: compare`);
        const above = this.shape.parentOf(up.machine)?.up;
        if (above) this.watch(above, 'compare', operations.compareWith(above, guid));
      }
    }
  }

  private watch(process: SmpProcess, what: string, work: Promise<void>): void {
    const { name } = process.machine;
    work.then(
      () => this.world.note(`at ${name}: ${what}: done`),
      (error: unknown) => {
        if (isCanopyError(error)) this.world.note(`at ${name}: ${what}: ${error.code}`);
        else this.world.fault(error, `${what} at ${name}`);
      },
    );
  }

  private anyUp(): SmpProcess | undefined {
    return this.random.pick(this.world.machines.flatMap(({ up }) => up ?? []));
  }

  private ownPackage({ context }: SmpProcess): Package | undefined {
    const own = [...context.model.packages()].filter(({ origin }) => origin === 'LOCAL');
    return this.random.pick(own.sort(byId));
  }

  private addPackage(process: SmpProcess): [string, Promise<void>] | undefined {
    if (this.made >= PACKAGES_EACH * this.world.machines.length) return undefined;
    const name = `p${(this.made += 1)}`;
    return [`add ${name}`, operations.addPackage(process, name, this.text())];
  }

  private changeFiles(process: SmpProcess): [string, Promise<void>] | undefined {
    const one = this.ownPackage(process);
    return one && [`files of ${one.name}`, operations.changeFiles(process, one, this.text())];
  }

  private describe(process: SmpProcess): [string, Promise<void>] | undefined {
    const one = this.ownPackage(process);
    const text = `said ${this.random.below(1_000)}`;
    return one && [`describe ${one.name}`, operations.describe(process, one.id, text)];
  }

  private dropPackage(process: SmpProcess): [string, Promise<void>] | undefined {
    const one = this.ownPackage(process);
    return one && [`delete ${one.name}`, operations.dropPackage(process, one.id)];
  }

  private setEnabled(process: SmpProcess): [string, Promise<void>] | undefined {
    const all = [...process.context.model.packages()].sort(byId);
    const one = this.random.pick(all);
    const enabled = this.random.chance(0.5);
    return one && [`enable ${one.name}`, operations.setEnabled(process, one.id, enabled)];
  }

  private changeRule(process: SmpProcess): [string, Promise<void>] | undefined {
    const child = this.random.pick([...process.context.model.tree.children()].sort(byId));
    if (!child) return undefined;
    const ids = [...process.context.model.packages()].map(({ id }) => id).sort();
    const rule = this.random.chance(0.5)
      ? ({ kind: 'EVERYTHING' } as const)
      : { kind: 'CHOSEN' as const, packageIds: ids.filter(() => this.random.chance(0.6)) };
    const what = `rule for ${child.name}: ${rule.kind}`;
    return [what, operations.changeChild(process, child.id, { rule })];
  }

  private changePolicy(process: SmpProcess): [string, Promise<void>] | undefined {
    const child = this.random.pick([...process.context.model.tree.children()].sort(byId));
    if (!child) return undefined;
    const deletePolicy = this.random.chance(0.5) ? 'ALL' : 'NONE';
    if (deletePolicy === 'NONE') this.someKeptDeleted = true;
    const what = `delete policy for ${child.name}: ${deletePolicy}`;
    return [what, operations.changeChild(process, child.id, { deletePolicy })];
  }

  private pause(process: SmpProcess): [string, Promise<void>] | undefined {
    const child = this.random.pick([...process.context.model.tree.children()].sort(byId));
    const isOn = this.random.chance(0.6);
    const neighbour = child && this.random.chance(0.5) ? child : undefined;
    const what = `replication ${isOn ? 'on' : 'off'} for ${neighbour?.name ?? 'all'}`;
    return [what, operations.setReplication(process, isOn, neighbour?.id)];
  }

  private compare(process: SmpProcess): [string, Promise<void>] | undefined {
    const child = this.random.pick([...process.context.model.tree.children()].sort(byId));
    if (!child) return undefined;
    const work = operations.compareWith(process, child.id);
    return [`complete replication to ${child.name}`, work];
  }

  private leave(process: SmpProcess): [string, Promise<void>] | undefined {
    const { parent } = process.context.model.tree;
    if (!parent) return undefined;
    const items = this.items();
    return [`leave ${parent.name}, ${items}`, operations.leave(process, items)];
  }

  private remove(process: SmpProcess): [string, Promise<void>] | undefined {
    const child = this.random.pick([...process.context.model.tree.children()].sort(byId));
    if (!child) return undefined;
    const items = this.items();
    return [`remove ${child.name}, ${items}`, operations.remove(process, child.id, items)];
  }

  private join(process: SmpProcess): [string, Promise<void>] | undefined {
    if (process.context.model.tree.parent) return undefined;
    const to = this.place(process.machine);
    if (!to) return undefined;
    const choices = { ...this.joinChoices(), replaceParent: false };
    const what = `join ${to.machine.name}, ${choices.onConflict}`;
    return [what, operations.join(process, to, choices)];
  }

  private replaceParent(process: SmpProcess): [string, Promise<void>] | undefined {
    const { machine } = process;
    const to = this.place(machine);
    if (!to || this.shape.parentOf(machine) === undefined) return undefined;
    const choices = { ...this.joinChoices(), replaceParent: true };
    const what = `move to ${to.machine.name}, ${choices.onConflict}`;
    return [what, operations.join(process, to, choices)];
  }

  /** Where a machine may join, so that the tree stays as flat as it should; seldom below itself. */
  private place(machine: Machine): SmpProcess | undefined {
    const isForbidden = !this.random.chance(0.1);
    const height = this.shape.heightOf(machine);
    const places = this.world.machines.filter((one) => {
      if (!one.up || one === machine) return false;
      if (isForbidden && this.shape.isAbove(machine, one)) return false;
      return this.shape.depthOf(one) + height <= DEEPEST;
    });
    return this.random.pick(places)?.up;
  }

  private joinChoices() {
    const onConflict = this.random.pick<ConflictChoice>(['REFUSE', 'ADOPT', 'KEEP_LOCAL'])!;
    return { minutes: 1 + this.random.below(4), onConflict };
  }

  private items(): 'KEEP' | 'DELETE' {
    return this.random.chance(0.5) ? 'KEEP' : 'DELETE';
  }

  /** Few enough that a folder often goes back to what it was. */
  private text(): string {
    return `files ${this.random.below(8)}`;
  }
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return left.id < right.id ? -1 : 1;
}
