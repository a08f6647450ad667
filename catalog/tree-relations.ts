import type { Guid } from '../core/guid.ts';
import type { Change } from './items.ts';
import type { Child, Overlay, Parent, Rejection, UpstreamOffer } from './tree-model.ts';

/** The part of the read model that a node of a tree needs: who is above and below, and what crosses. */
export class TreeRelations {
  private readonly parents = new Map<string, Parent>();
  private readonly childrenById = new Map<Guid, Child>();
  private readonly overlays = new Map<Guid, Overlay>();
  private readonly rejected = new Map<string, Rejection>();
  private readonly offers = new Map<Guid, UpstreamOffer>();

  /** The parent that this node has or is joining. */
  get parent(): Parent | undefined {
    return [...this.parents.values()].find(({ state }) => state !== 'LEFT');
  }
  /** Parents that this node has left and that do not know it yet. */
  get leftParents(): readonly Parent[] {
    return [...this.parents.values()].filter(({ state }) => state === 'LEFT');
  }
  child(id: Guid): Child | undefined {
    return this.childrenById.get(id);
  }
  childByNodeId(nodeId: string): Child | undefined {
    return [...this.childrenById.values()].find((child) => child.nodeId === nodeId);
  }
  children(): Iterable<Child> {
    return this.childrenById.values();
  }
  overlay(packageId: Guid): Overlay | undefined {
    return this.overlays.get(packageId);
  }
  rejections(): Iterable<Rejection> {
    return this.rejected.values();
  }
  upstreamOffer(packageId: Guid): UpstreamOffer | undefined {
    return this.offers.get(packageId);
  }
  upstreamOffers(): Iterable<UpstreamOffer> {
    return this.offers.values();
  }
  /** The public key of a node above this one. */
  ancestorKey(nodeId: string): string | undefined {
    return this.parent?.lineage.find((ancestor) => ancestor.nodeId === nodeId)?.publicKey;
  }

  clear(): void {
    const { parents, childrenById, overlays, rejected, offers } = this;
    for (const map of [parents, childrenById, overlays, rejected, offers]) map.clear();
  }

  /** Takes a change of these kinds; others are none of its business. */
  apply(change: Change): void {
    switch (change.kind) {
      case 'parent':
        return store(this.parents, change);
      case 'child':
        return store(this.childrenById, change);
      case 'overlay':
        return store(this.overlays, change);
      case 'rejection':
        return store(this.rejected, change);
      case 'upstreamOffer':
        return store(this.offers, change);
      default:
        return;
    }
  }
}

function store<T>(
  map: Map<string, T>,
  { key, item }: { readonly key: string; readonly item: T | undefined },
): void {
  if (item) map.set(key, item);
  else map.delete(key);
}
