import type { ItemKind, ItemTypes } from '../../../catalog/items.ts';
import { readVersions, type Sql } from './item-rows.ts';
import type { KnownItems } from './known-items.ts';
import type { StoredKinds } from './stored-kind.ts';

/** An item as a transaction saw it. */
export interface SeenItem<K extends ItemKind = ItemKind> {
  readonly kind: K;
  readonly key: string;
  /** `undefined` when there was none. */
  readonly item: ItemTypes[K] | undefined;
  /** Of its row; another one after each write. `null` when there was none. */
  readonly version: string | null;
}

export interface ItemAddress {
  readonly kind: ItemKind;
  readonly key: string;
}

export interface SeenItemsSources {
  readonly db: Sql;
  readonly kinds: StoredKinds;
  /** Told what is read. */
  readonly known: KnownItems;
  /** Whether what is known is not read again. */
  readonly trusts: boolean;
}

/**
 * The stored items as a transaction sees them: each is read once, and those that are asked for in
 * one turn of the event loop, of whatever kinds, come in one statement.
 */
export class SeenItems {
  private readonly sources: SeenItemsSources;
  private readonly asked = new Map<string, Promise<SeenItem>>();
  private readonly read: SeenItem[] = [];
  private gathered: ItemAddress[] = [];
  private reading: Promise<Map<string, SeenItem>> | undefined;
  private wasTrusting = false;

  constructor(sources: SeenItemsSources) {
    this.sources = sources;
  }

  /** Whether something of it was not read, and may be out of date. */
  get hasTrusted(): boolean {
    return this.wasTrusting;
  }

  /** Everything that was read so far. */
  get all(): readonly SeenItem[] {
    return this.read;
  }

  async get<K extends ItemKind>(kind: K, key: string): Promise<SeenItem<K>> {
    const at = addressOf({ kind, key });
    const known = this.asked.get(at) ?? this.join({ kind, key }, at);
    this.asked.set(at, known);
    return (await known) as SeenItem as SeenItem<K>;
  }

  private async join(question: ItemAddress, at: string): Promise<SeenItem> {
    const { known, trusts } = this.sources;
    const remembered = trusts ? known.find(question) : undefined;
    if (remembered) this.wasTrusting = true;
    const seen = remembered ?? (await this.ask(question, at));
    this.read.push(seen);
    return seen;
  }

  private async ask(question: ItemAddress, at: string): Promise<SeenItem> {
    this.gathered.push(question);
    this.reading ??= Promise.resolve().then(() => this.readGathered());
    const found = (await this.reading).get(at);
    const seen = found ?? { ...question, item: undefined, version: null };
    this.sources.known.note([seen]);
    return seen;
  }

  private async readGathered(): Promise<Map<string, SeenItem>> {
    const questions = this.gathered;
    this.gathered = [];
    this.reading = undefined;
    const found = await readVersions(this.sources.db, this.sources.kinds, questions);
    return new Map(found.map((seen) => [addressOf(seen), seen]));
  }
}

/** Where an item is, as one text. */
export function addressOf({ kind, key }: ItemAddress): string {
  return `${kind} ${key}`;
}
