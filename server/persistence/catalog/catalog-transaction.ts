import { itemKey, type Item, type ItemKind, type ItemTypes } from '../../../catalog/items.ts';
import type { CatalogTransaction } from '../../../catalog/ports.ts';
import { isSameJson, type Json } from '../../../core/canonical-json.ts';
import { readItemsByPrefix } from './item-rows.ts';
import { addressOf, SeenItems, type SeenItem, type SeenItemsSources } from './seen-items.ts';
import { refuseUnstorableText } from './stored-text.ts';

/** A change that a transaction is about to make, in the order it was asked for. */
export interface PendingChange {
  readonly kind: ItemKind;
  readonly key: string;
  /** `undefined` deletes. */
  readonly item: Item | undefined;
}

/** What a transaction comes to: what differs from the stored state, and what that was. */
export interface Outcome {
  readonly changes: readonly PendingChange[];
  readonly seen: readonly SeenItem[];
}

/**
 * Collects what `work` puts and removes, and remembers what it read, so that the store can write
 * everything at the end and notice when another transaction changed an item in between.
 */
export class BufferedTransaction implements CatalogTransaction {
  private readonly sources: SeenItemsSources;
  private readonly pending = new Map<string, PendingChange>();
  private readonly seen: SeenItems;

  constructor(sources: SeenItemsSources) {
    this.sources = sources;
    this.seen = new SeenItems(sources);
  }

  /** Whether it went by something that may be out of date. */
  get hasTrusted(): boolean {
    return this.seen.hasTrusted;
  }

  async get<K extends ItemKind>(kind: K, key: string): Promise<ItemTypes[K] | undefined> {
    const pending = this.pending.get(addressOf({ kind, key }));
    if (pending) return pending.item as ItemTypes[K] | undefined;
    return (await this.seen.get(kind, key)).item;
  }

  async list<K extends ItemKind>(kind: K, keyPrefix = ''): Promise<ItemTypes[K][]> {
    const { db, kinds } = this.sources;
    const items = await readItemsByPrefix(db, kinds[kind], keyPrefix);
    for (const change of this.pending.values()) {
      if (change.kind !== kind || !change.key.startsWith(keyPrefix)) continue;
      if (change.item === undefined) items.delete(change.key);
      else items.set(change.key, change.item as ItemTypes[K]);
    }
    return [...items.values()];
  }

  put<K extends ItemKind>(kind: K, item: ItemTypes[K]): void {
    refuseUnstorableText(item, [kind]);
    this.record({ kind, key: itemKey(kind, item), item });
  }

  remove(kind: ItemKind, key: string): void {
    this.record({ kind, key, item: undefined });
  }

  /** `undefined` when nothing was put or removed. Reads what was written without being looked at. */
  async outcome(): Promise<Outcome | undefined> {
    if (this.pending.size === 0) return undefined;
    const pending = [...this.pending.values()];
    const before = await Promise.all(pending.map(({ kind, key }) => this.seen.get(kind, key)));
    const changes = pending.filter(({ item }, index) => !isSame(item, before[index]!.item));
    return { changes, seen: this.seen.all };
  }

  /** The last word on a key counts. */
  private record(change: PendingChange): void {
    const at = addressOf(change);
    this.pending.delete(at);
    this.pending.set(at, change);
  }
}

function isSame(one: Item | undefined, other: Item | undefined): boolean {
  return isSameJson(one as Json | undefined, other as Json | undefined);
}
