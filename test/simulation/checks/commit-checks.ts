import type { ChildLinkEvent } from '../../../hierarchy/link/link-protocol.ts';
import type { RowChange } from '../support/memory-database.ts';
import type { Machine } from '../world/machine.ts';
import type { TreeWorld, Watcher } from '../world/tree-world.ts';

/** Rules that hold at every moment, looked at commit by commit. */
export class CommitChecks implements Watcher {
  constructor(_world: TreeWorld) {}
  committed(_machine: Machine, _changes: readonly RowChange[]): void {}
  heard(_child: Machine, _parent: Machine, _event: ChildLinkEvent): void {}
  asked(_child: Machine, _kind: string): void {}
  restored(_machine: Machine): void {}
}
