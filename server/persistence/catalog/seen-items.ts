import type { ItemKind, ItemTypes } from '../../../catalog/items.ts';
import { readItems, type Sql } from './item-rows.ts';
import type { StoredKind } from './stored-kind.ts';

/**
 * The stored items of one kind as a transaction sees them: each is read once, and those that are
 * asked for in one turn of the event loop come in one statement.
 */
export class SeenItems<K extends ItemKind> {
  private readonly read: (keys: readonly string[]) => Promise<Map<string, ItemTypes[K]>>;
  private readonly seen = new Map<string, Promise<ItemTypes[K] | undefined>>();
  private gathered: string[] = [];
  private reading: Promise<Map<string, ItemTypes[K]>> | undefined;

  /** With `lock` what was read stays as it is until the transaction ends. */
  constructor(db: Sql, stored: StoredKind<K>, lock: boolean) {
    this.read = (keys) => readItems(db, stored, { keys, lock });
  }

  get(key: string): Promise<ItemTypes[K] | undefined> {
    const known = this.seen.get(key) ?? this.join(key);
    this.seen.set(key, known);
    return known;
  }

  private async join(key: string): Promise<ItemTypes[K] | undefined> {
    this.gathered.push(key);
    this.reading ??= Promise.resolve().then(() => {
      const keys = this.gathered;
      this.gathered = [];
      this.reading = undefined;
      return this.read(keys);
    });
    return (await this.reading).get(key);
  }
}
