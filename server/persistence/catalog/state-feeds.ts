import { sql, type RawBuilder } from 'kysely';
import { ITEM_KINDS, type ItemKind } from '../../../catalog/items.ts';
import type {
  FeedKind,
  FeedKinds,
  FeedState,
  IssuedPosition,
  StateFeeds,
  StatePage,
} from '../../../catalog/ports.ts';
import type { Guid } from '../../../core/guid.ts';
import { isHeld } from './change-log.ts';
import type { Sql } from './item-rows.ts';
import type { RecentCommits } from './recent-commits.ts';
import type { Row, StoredKinds } from './stored-kind.ts';

interface FeedRow {
  readonly head: string;
  readonly is_held: boolean;
  /** Null when there is nothing to read. */
  readonly revision: string | null;
  readonly kind: FeedKind;
  readonly row: Row;
}

/**
 * States by the revision of their last change, each page in one statement, or from what this process
 * committed a moment ago.
 */
export class SqlStateFeeds implements StateFeeds {
  private readonly db: Sql;
  private readonly kinds: StoredKinds;
  private readonly recent: RecentCommits;

  constructor(db: Sql, kinds: StoredKinds, recent: RecentCommits) {
    this.db = db;
    this.kinds = kinds;
    this.recent = recent;
  }

  async read<F extends keyof FeedKinds>(
    feed: F,
    after: number | IssuedPosition,
    { limit, packageIds }: { readonly limit: number; readonly packageIds?: readonly Guid[] },
  ): Promise<StatePage<FeedKinds[F]>> {
    const known = packageIds ? undefined : this.recent.statesAfter(feed, after, limit);
    if (known) return known;
    const [revision, held] =
      typeof after === 'number' ? [after, sql`true`] : [after.revision, isHeld(after)];
    const kinds = (Object.keys(ITEM_KINDS) as ItemKind[]).filter(
      (kind): kind is FeedKind => ITEM_KINDS[kind].feed === feed,
    );
    const parts = kinds.map((kind) => {
      const { table } = this.kinds[kind];
      return sql`(
        select revision, ${kind}::text as kind, to_jsonb(${sql.table(table)}) as row
        from ${sql.table(table)} where revision > ${revision} ${chosen(kind, packageIds)}
        order by revision limit ${limit + 1}
      )`;
    });
    const { rows } = await sql<FeedRow>`
      select head.revision as head, held.is_held, states.* from change_head head
      cross join (select ${held} as is_held) held left join (
        select * from (${sql.join(parts, sql` union all `)}) as every
        order by revision limit ${limit + 1}
      ) states on held.is_held order by states.revision`.execute(this.db);
    const found = rows.filter(({ revision }) => revision !== null);
    const states = found.slice(0, limit).map((row) => ({
      revision: Number(row.revision),
      kind: row.kind,
      item: this.kinds[row.kind].toItem(row.row),
    })) as FeedState<FeedKinds[F]>[];
    const more = found.length > limit;
    const { head, is_held } = rows[0]!;
    return { states, upTo: more ? states.at(-1)!.revision : Number(head), more, isHeld: is_held };
  }
}

function chosen(kind: FeedKind, packageIds: readonly Guid[] | undefined): RawBuilder<unknown> {
  if (packageIds === undefined || kind === 'nodeSummary') return sql``;
  const column = kind === 'treeItem' ? 'id' : 'package_id';
  return sql`and ${sql.ref(column)} = any(${[...packageIds]}::uuid[])`;
}
