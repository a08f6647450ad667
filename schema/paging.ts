import type { ItemKind, ItemTypes } from '../catalog/items.ts';
import type { CatalogQueries, Condition, Order, SortKey } from '../catalog/queries.ts';
import { CanopyError } from '../core/errors.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Connection, PageArgs } from './types/connection.ts';

export const PAGE_SIZE_DEFAULT = 50;
export const PAGE_SIZE_MAX = 200;

/** Throws `INVALID_INPUT` for a list argument that is longer than a page may be. */
export function refuseLongList(argument: string, list: readonly unknown[]): void {
  if (list.length <= PAGE_SIZE_MAX) return;
  throw new CanopyError(
    'INVALID_INPUT',
    `${argument}: ${list.length} values; at most ${PAGE_SIZE_MAX} are taken at a time.`,
    { path: [argument], hint: 'Ask several times.' },
  );
}

export interface Window {
  readonly limit: number;
  readonly backward: boolean;
  readonly after: SortKey | undefined;
  readonly before: SortKey | undefined;
}

/** What was read of a list: a stretch of it, and whether it goes on in the reading direction. */
interface Stretch<T> {
  readonly items: readonly T[];
  readonly keys: readonly SortKey[];
  readonly more: boolean;
}

/** A page of stored items. Throws `INVALID_INPUT` or `CURSOR_INVALID` for bad arguments. */
export async function pageOfQuery<K extends ItemKind, T extends object>(
  queries: CatalogQueries,
  request: {
    readonly kind: K;
    readonly conditions: readonly Condition[];
    readonly orderBy: readonly Order[];
    readonly args: PageArgs;
    readonly node: (item: ItemTypes[K]) => T;
  },
): Promise<Connection<T>> {
  const { kind, conditions, orderBy, node } = request;
  const window = windowOf(request.args, orderBy.length + 1);
  const { limit, backward, after, before } = window;
  const page = await queries.page(kind, {
    conditions,
    orderBy,
    limit,
    backward,
    ...(after && { after }),
    ...(before && { before }),
  });
  const stretch = { items: page.items.map(node), keys: page.keys, more: page.more };
  return connection(stretch, window, () => queries.count(kind, conditions));
}

/** A page of a list in memory. `keyOf` is unique and decides the order. */
export function pageOfList<S, T extends object>(
  list: readonly S[],
  args: PageArgs,
  { keyOf, node }: { readonly keyOf: (item: S) => SortKey; readonly node: (item: S) => T },
): Connection<T> {
  const keyed = list
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => compareKeys(a.key, b.key));
  const window = windowOf(args, keyed[0]?.key.length ?? 0);
  const { limit, backward, after, before } = window;
  const inside = keyed.filter(
    ({ key }) =>
      (!after || compareKeys(key, after) > 0) && (!before || compareKeys(key, before) < 0),
  );
  const taken = backward ? inside.slice(-limit) : inside.slice(0, limit);
  const stretch = {
    items: taken.map(({ item }) => node(item)),
    keys: taken.map(({ key }) => key),
    more: inside.length > limit,
  };
  return connection(stretch, window, () => list.length);
}

function connection<T extends object>(
  { items, keys, more }: Stretch<T>,
  { backward, after, before }: Window,
  totalCount: () => number | Promise<number>,
): Connection<T> {
  const cursors = keys.map(encodeCursor);
  return {
    nodes: items,
    edges: items.map((node, index) => ({ node, cursor: cursors[index]! })),
    pageInfo: {
      hasNextPage: backward ? before !== undefined : more,
      hasPreviousPage: backward ? more : after !== undefined,
      startCursor: cursors[0] ?? null,
      endCursor: cursors.at(-1) ?? null,
    },
    totalCount,
  };
}

/** `columns` is the length of the list's sort keys; 0 when the list is empty and has none. */
export function windowOf(args: PageArgs, columns: number): Window {
  const { first, last } = args;
  if (first != null && last != null) {
    throw new CanopyError('INVALID_INPUT', 'first, last: give only one of the two.', {
      path: ['last'],
    });
  }
  const backward = last != null;
  const limit = last ?? first ?? PAGE_SIZE_DEFAULT;
  if (limit < 0 || limit > PAGE_SIZE_MAX) {
    const argument = backward ? 'last' : 'first';
    throw new CanopyError('INVALID_INPUT', `${argument}: ${limit} is not in 0…${PAGE_SIZE_MAX}.`, {
      path: [argument],
      hint: 'Ask for the rest with pageInfo.endCursor.',
    });
  }
  const keyOf = (cursor: string | null | undefined, argument: string): SortKey | undefined =>
    cursor == null || columns === 0 ? undefined : decodeCursor(cursor, columns, argument);
  return {
    limit,
    backward,
    after: keyOf(args.after, 'after'),
    before: keyOf(args.before, 'before'),
  };
}

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [index, left] of a.entries()) {
    const right = b[index] ?? null;
    if (left === right) continue;
    if (left === null || right === null) return left === null ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
