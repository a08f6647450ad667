interface Connection<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The largest page that the SMP gives. */
const PAGE_SIZE = 200;

/** Reads a connection to its end, or until there are `limit` nodes. */
export async function collectPages<T>(
  limit: number | undefined,
  readPage: (page: { first: number; after: string | null }) => Promise<Connection<T>>,
): Promise<T[]> {
  const all: T[] = [];
  for (let after: string | null = null; ;) {
    const first = Math.min(PAGE_SIZE, (limit ?? Infinity) - all.length);
    const { nodes, pageInfo } = await readPage({ first, after });
    all.push(...nodes);
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return all;
    if (limit !== undefined && all.length >= limit) return all;
    after = pageInfo.endCursor;
  }
}
