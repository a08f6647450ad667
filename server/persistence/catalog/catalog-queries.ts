import type { MikroORM } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { ItemKind, ItemTypes } from '../../../catalog/items.ts';
import type { CatalogQueries, Condition, ItemPage, PageRequest } from '../../../catalog/queries.ts';
import { whereAll } from './conditions.ts';
import { readItems, type Sql } from './item-rows.ts';
import { Keyset } from './keyset.ts';
import { selectList, storedKinds, type Row, type StoredKinds } from './stored-kind.ts';

/** Lists of the catalogue as plain rows: keyset pages that an index serves at any depth. */
export class SqlCatalogQueries implements CatalogQueries {
  private readonly db: Sql;
  private readonly kinds: StoredKinds;

  constructor(orm: MikroORM) {
    this.db = orm.em.getKysely<unknown>();
    this.kinds = storedKinds(orm.getMetadata());
  }

  async page<K extends ItemKind>(kind: K, request: PageRequest): Promise<ItemPage<ItemTypes[K]>> {
    const stored = this.kinds[kind];
    const keyset = new Keyset(stored, request.orderBy);
    const backward = request.backward ?? false;
    const range = [
      ...(request.after ? [keyset.beyond(request.after, 'AFTER')] : []),
      ...(request.before ? [keyset.beyond(request.before, 'BEFORE')] : []),
    ];
    const { rows } = await sql<Row>`
      select ${selectList(stored)} from ${sql.table(stored.table)}
      ${whereAll(stored, request.conditions, range)}
      ${keyset.orderClause(backward)} limit ${request.limit + 1}`.execute(this.db);
    const page = rows.slice(0, request.limit);
    if (backward) page.reverse();
    return {
      items: page.map((row) => stored.toItem(row)),
      keys: page.map((row) => keyset.keyOf(row)),
      more: rows.length > request.limit,
    };
  }

  async count(kind: ItemKind, conditions: readonly Condition[]): Promise<number> {
    const stored = this.kinds[kind];
    const { rows } = await sql<{ total: string }>`
      select count(*) as total from ${sql.table(stored.table)}
      ${whereAll(stored, conditions)}`.execute(this.db);
    return Number(rows[0]!.total);
  }

  async getMany<K extends ItemKind>(
    kind: K,
    keys: readonly string[],
  ): Promise<(ItemTypes[K] | undefined)[]> {
    const items = await readItems(this.db, this.kinds[kind], keys);
    return keys.map((key) => items.get(key));
  }
}
