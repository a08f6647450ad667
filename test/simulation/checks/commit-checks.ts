import type { Package } from '../../../catalog/model.ts';
import type { Parent, TreeItem } from '../../../catalog/tree-model.ts';
import type { ChildLinkEvent } from '../../../hierarchy/link/link-protocol.ts';
import type { RowChange } from '../support/memory-database.ts';
import type { Machine } from '../world/machine.ts';
import type { TreeWorld, Watcher } from '../world/tree-world.ts';
import { parentOf, parse, rowsOf } from './rows.ts';

/** Rules of what is stored that hold at every moment, looked at commit by commit. */
export class CommitChecks implements Watcher {
  private readonly world: TreeWorld;
  /** Signatures of everything that each owner ever committed as its own word. */
  private readonly said = new Map<string, Set<string>>();
  /** Highest revisions that each owner said of each package: `name id`. What a restore undid is no deletion. */
  private readonly deleted = new Map<string, number>();
  private readonly kept = new Map<string, number>();

  constructor(world: TreeWorld) {
    this.world = world;
  }

  committed(machine: Machine, changes: readonly RowChange[]): void {
    // Packages go by what was said before.
    for (const change of changes) if (change.kind === 'package') this.ofPackage(machine, change);
    for (const change of changes) {
      if (change.kind === 'treeItem') this.ofItem(machine, change);
      if (change.kind === 'parent') this.ofParent(machine);
    }
  }

  heard(_child: Machine, _parent: Machine, _event: ChildLinkEvent): void {}
  asked(_child: Machine, _kind: string): void {}

  /** It does not know any more what it deleted; nodes below may. */
  restored({ name }: Machine): void {
    for (const one of this.deleted.keys()) if (one.startsWith(`${name} `)) this.deleted.delete(one);
  }

  private ofItem(machine: Machine, { before, after, key }: RowChange): void {
    const { name, identity } = machine;
    const was = parse<TreeItem>(before);
    const is = parse<TreeItem>(after);
    if (!is) return this.world.violate('no item is forgotten', `${name} has no ${key} any more`);
    const { ownerNodeId, ownerRevision, signature } = is;
    if (ownerNodeId === identity.nodeId) {
      this.saidBy(ownerNodeId).add(signature);
      const said = is.state ? this.kept : this.deleted;
      const mark = `${name} ${is.id}`;
      said.set(mark, Math.max(ownerRevision, said.get(mark) ?? 0));
    } else if (!this.saidBy(ownerNodeId).has(signature)) {
      this.world.violate('an owner said it', `${name} has a ${key} that ${ownerNodeId} never said`);
    }
    if (was?.ownerNodeId === ownerNodeId && was.signature !== signature) {
      if (was.ownerRevision < ownerRevision) return this.ofAncestor(machine, is);
      const revisions = `${was.ownerRevision} to ${ownerRevision}`;
      this.world.violate('an owner’s word is not undone', `${name}: ${key} from ${revisions}`);
    }
    if (was?.signature !== signature) this.ofAncestor(machine, is);
  }

  private ofAncestor(machine: Machine, { id, ownerNodeId, withdrawn }: TreeItem): void {
    if (ownerNodeId === machine.identity.nodeId || withdrawn) return;
    const parent = parentOf(machine);
    const isAbove =
      parent?.state === 'JOINED' && parent.lineage.some(({ nodeId }) => nodeId === ownerNodeId);
    if (isAbove) return;
    const text = `${machine.name} took ${id} of ${ownerNodeId}, which is not above it`;
    this.world.violate('items come from nodes above', text);
  }

  private ofPackage(machine: Machine, { before, after, key }: RowChange): void {
    const was = parse<Package>(before);
    const is = parse<Package>(after);
    const { name } = machine;
    if (was && is && is.internalVersion < was.internalVersion) {
      const versions = `${was.internalVersion} to ${is.internalVersion}`;
      this.world.violate('versions never go back', `${name}: ${is.name} from ${versions}`);
    }
    if (was || is?.origin !== 'LOCAL') return;
    const mark = `${name} ${key}`;
    const deleted = this.deleted.get(mark) ?? 0;
    const kept = this.kept.get(mark) ?? 0;
    // An owner that was put back may have spoken of it since, not knowing that it had deleted it.
    if (deleted > kept) {
      this.world.violate('what its owner deleted stays deleted', `${name}: ${is.name} is back`);
    }
  }

  private ofParent(machine: Machine): void {
    const parents = [...rowsOf(machine, 'parent').values()];
    const present = parents.filter(({ state }) => state !== 'LEFT').map(nameOf);
    if (present.length <= 1) return;
    this.world.violate('one parent at most', `${machine.name} has ${present.join(' and ')}`);
  }

  private saidBy(nodeId: string): Set<string> {
    let said = this.said.get(nodeId);
    if (!said) this.said.set(nodeId, (said = new Set()));
    return said;
  }
}

const nameOf = ({ name }: Parent): string => name;
