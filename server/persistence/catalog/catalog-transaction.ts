import {
  ITEM_KINDS,
  itemKey,
  type Item,
  type ItemKind,
  type ItemTypes,
} from '../../../catalog/items.ts';
import type { CatalogTransaction } from '../../../catalog/ports.ts';
import { canonicalJson, type Json } from '../../../core/canonical-json.ts';
import { readItemsByPrefix, type Sql } from './item-rows.ts';
import { SeenItems } from './seen-items.ts';
import type { StoredKinds } from './stored-kind.ts';
import { refuseUnstorableText } from './stored-text.ts';

/** A change that a transaction is about to make, in the order it was asked for. */
export interface PendingChange {
  readonly kind: ItemKind;
  readonly key: string;
  /** `undefined` deletes. */
  readonly item: Item | undefined;
}

/**
 * Collects what `work` puts and removes, and remembers what it read, so that the store can write
 * everything at the end and notice when another transaction changed an item in between.
 */
export class BufferedTransaction implements CatalogTransaction {
  private readonly db: Sql;
  private readonly kinds: StoredKinds;
  private readonly lockReads: boolean;
  private readonly pending = new Map<string, PendingChange>();
  private readonly seen = new Map<ItemKind, SeenItems<ItemKind>>();
  private readonly reads = new Map<ItemKind, Map<string, string>>();

  /** With `lockReads` an item that was got stays as it is until the transaction ends. */
  constructor(db: Sql, kinds: StoredKinds, lockReads: boolean) {
    this.db = db;
    this.kinds = kinds;
    this.lockReads = lockReads;
  }

  async get<K extends ItemKind>(kind: K, key: string): Promise<ItemTypes[K] | undefined> {
    const pending = this.pending.get(address(kind, key));
    if (pending) return pending.item as ItemTypes[K] | undefined;
    const item = await this.seenOf(kind).get(key);
    const reads = this.reads.get(kind) ?? new Map<string, string>();
    if (!reads.has(key)) reads.set(key, spelling(item));
    this.reads.set(kind, reads);
    return item;
  }

  async list<K extends ItemKind>(kind: K, keyPrefix = ''): Promise<ItemTypes[K][]> {
    const items = await readItemsByPrefix(this.db, this.kinds[kind], keyPrefix);
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

  /** What was put and removed, of one kind or of all, in order; the last word on a key counts. */
  changes(): PendingChange[] {
    return [...this.pending.values()];
  }

  /** How the items that were read looked, by kind and key. */
  readsOf(kind: ItemKind): ReadonlyMap<string, string> {
    return this.reads.get(kind) ?? new Map();
  }

  /** The kinds read or written, in the one order in which every transaction locks them. */
  touchedKinds(): ItemKind[] {
    const written = new Set(this.changes().map(({ kind }) => kind));
    return (Object.keys(ITEM_KINDS) as ItemKind[]).filter(
      (kind) => written.has(kind) || this.reads.has(kind),
    );
  }

  private seenOf<K extends ItemKind>(kind: K): SeenItems<K> {
    const seen = this.seen.get(kind) ?? new SeenItems(this.db, this.kinds[kind], this.lockReads);
    this.seen.set(kind, seen as SeenItems<ItemKind>);
    return seen as SeenItems<K>;
  }

  private record(change: PendingChange): void {
    const at = address(change.kind, change.key);
    this.pending.delete(at);
    this.pending.set(at, change);
  }
}

/** The one spelling by which two states of an item are compared; empty for none. */
export function spelling(item: Item | undefined): string {
  return item === undefined ? '' : canonicalJson(item as unknown as Json);
}

function address(kind: ItemKind, key: string): string {
  return `${kind} ${key}`;
}
