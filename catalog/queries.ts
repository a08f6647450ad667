import type { ItemKind, ItemTypes } from './items.ts';

export type Comparison = 'eq' | 'in' | 'contains' | 'startsWith' | 'gt' | 'gte' | 'lt' | 'lte';

/** One condition on a stored field; several are joined by AND. Unknown fields throw `INVALID_INPUT`. */
export interface Condition {
  readonly field: string;
  readonly comparison: Comparison;
  readonly value: string | number | boolean | null | readonly (string | number)[];
}

export interface Order {
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
}

export type SortKey = readonly (string | number | boolean | null)[];

export interface PageRequest {
  readonly conditions: readonly Condition[];
  /** The item's key is always appended as the last, unique order. */
  readonly orderBy: readonly Order[];
  readonly limit: number;
  /** Keyset position: values of `orderBy` and the key, as given in {@link ItemPage.keys}. */
  readonly after?: SortKey;
  readonly before?: SortKey;
  /** Reads the last `limit` items of the range instead of the first; the answer is in order. */
  readonly backward?: boolean;
}

export interface ItemPage<T> {
  readonly items: readonly T[];
  /** The sort key of each item, same order. */
  readonly keys: readonly SortKey[];
  /** More items beyond the page in the direction of reading. */
  readonly more: boolean;
}

/** Reads for people and dashboards; plain rows, no hydration. Agents never come here. */
export interface CatalogQueries {
  page<K extends ItemKind>(kind: K, request: PageRequest): Promise<ItemPage<ItemTypes[K]>>;
  count(kind: ItemKind, conditions: readonly Condition[]): Promise<number>;
  /** In the order of `keys`; `undefined` where there is none. */
  getMany<K extends ItemKind>(
    kind: K,
    keys: readonly string[],
  ): Promise<(ItemTypes[K] | undefined)[]>;
}

/**
 * The same queries, answered only when `settle` says that the read model contains what they saw:
 * an answer that mixes stored rows with the model never names something the model lacks, and
 * neither does the next question on another door.
 */
export function settledQueries(
  queries: CatalogQueries,
  settle: () => Promise<void>,
): CatalogQueries {
  const settled = async <T>(answer: Promise<T>): Promise<T> => {
    const value = await answer;
    await settle();
    return value;
  };
  return {
    page: (kind, request) => settled(queries.page(kind, request)),
    count: (kind, conditions) => settled(queries.count(kind, conditions)),
    getMany: (kind, keys) => settled(queries.getMany(kind, keys)),
  };
}
