import { RecentMap } from '../../../core/recent-map.ts';
import { addressOf, type ItemAddress, type SeenItem } from './seen-items.ts';

const ITEMS_KEPT = 4_000;

/**
 * Items as this process read or wrote them last, absent ones too. Another process may have changed
 * them since: only a commit that finds their versions as they are here proves that they are true.
 */
export class KnownItems {
  private readonly items = new RecentMap<string, SeenItem>(ITEMS_KEPT);

  find(address: ItemAddress): SeenItem | undefined {
    return this.items.get(addressOf(address));
  }

  note(items: readonly SeenItem[]): void {
    for (const one of items) this.items.set(addressOf(one), one);
  }

  forget(items: readonly SeenItem[]): void {
    for (const one of items) this.items.delete(addressOf(one));
  }
}
