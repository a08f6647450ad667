import type { Change } from '../../catalog/items.ts';
import type { ReadModel } from '../../catalog/read-model.ts';
import type { Child, UpstreamOffer, UpstreamServer } from '../../catalog/tree-model.ts';
import type { Guid } from '../../core/guid.ts';
import { offerFor, upstreamServers } from './offer-for.ts';

/** Offers in one event. */
const PAGE = 200;

export interface OfferChanges {
  readonly offers: readonly UpstreamOffer[];
  readonly withdrawn: readonly Guid[];
  /** True once: with these every offer was told; what was not is withdrawn. */
  readonly complete: boolean;
}

/**
 * What one child was told of the offers of this SMP, and what there is to tell it since. One book
 * lives as long as a link. It looks only at packages that a change touched, unless the change is
 * of places, servers, settings or the child itself.
 */
export class OfferBook {
  private readonly model: ReadModel;
  private readonly childId: Guid;
  private readonly told = new Map<Guid, string>();
  private readonly pending = new Set<Guid>();
  private toldServers: string | undefined;
  private everything = true;
  private isCompleted = false;

  constructor(model: ReadModel, childId: Guid) {
    this.model = model;
    this.childId = childId;
  }

  /**
   * Notes a change of the read model; `undefined` for one that touched everything. True when there
   * may be something to tell now.
   */
  note(change: Change | undefined): boolean {
    switch (change?.kind) {
      case 'package':
        this.pending.add(change.key as Guid);
        return true;
      case 'snapshot':
        this.pending.add(change.key.split('/')[0] as Guid);
        return true;
      case 'holding':
        this.pending.add(change.key.split('/')[1] as Guid);
        return true;
      case 'child':
        this.everything ||= change.key === this.childId;
        return change.key === this.childId;
      case undefined:
      case 'site':
      case 'subnet':
      case 'packageServer':
      case 'settings':
        this.everything = true;
        return true;
      default:
        return false;
    }
  }

  /** The next event, at most 200 offers and withdrawals; `undefined` when there is nothing to tell. */
  take(): OfferChanges | undefined {
    if (this.everything) this.lookAtEverything();
    const offers: UpstreamOffer[] = [];
    const withdrawn: Guid[] = [];
    for (const packageId of this.pending) {
      if (offers.length + withdrawn.length === PAGE) break;
      this.pending.delete(packageId);
      const offer = this.offerOf(packageId);
      if (!offer) {
        if (this.told.delete(packageId)) withdrawn.push(packageId);
        continue;
      }
      const text = JSON.stringify(offer);
      if (this.told.get(packageId) === text) continue;
      this.told.set(packageId, text);
      offers.push(offer);
    }
    const complete = !this.isCompleted && this.pending.size === 0;
    this.isCompleted ||= complete;
    if (offers.length === 0 && withdrawn.length === 0 && !complete) return undefined;
    return { offers, withdrawn, complete };
  }

  /** The package servers behind the offers, when they are others than last told. */
  takeServers(): readonly UpstreamServer[] | undefined {
    const servers = this.child ? upstreamServers(this.model) : [];
    const text = JSON.stringify(servers);
    if (text === this.toldServers) return undefined;
    this.toldServers = text;
    return servers;
  }

  private lookAtEverything(): void {
    this.everything = false;
    for (const { id } of this.model.packages()) this.pending.add(id);
    for (const id of this.told.keys()) this.pending.add(id);
  }

  private offerOf(packageId: Guid): UpstreamOffer | undefined {
    const { child } = this;
    return child && isCovered(child, packageId) ? offerFor(this.model, packageId) : undefined;
  }

  private get child(): Child | undefined {
    return receivingChild(this.model, this.childId);
  }
}

/** The child, when packages go to it at all. */
export function receivingChild({ tree }: ReadModel, childId: Guid): Child | undefined {
  const child = tree.child(childId);
  const isReceiving = child?.state === 'JOINED' && child.replicationEnabled && !child.metadataOnly;
  return isReceiving ? child : undefined;
}

export function isCovered({ rule }: Child, packageId: Guid): boolean {
  return rule.kind === 'EVERYTHING' || rule.packageIds.includes(packageId);
}
