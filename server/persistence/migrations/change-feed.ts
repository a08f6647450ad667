import { Migration } from '@mikro-orm/migrations';

/**
 * `change_head` is the one row that numbers commits: whoever updates it holds it until commit, so
 * revisions are gapless and visible in order. Its epoch is made with the database; its horizon is
 * the last revision that was compacted away. Every writer of the log wakes the listeners.
 */
export class ChangeFeed extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}

const STATEMENTS = [
  `create table change_head (
    id integer primary key check (id = 1),
    epoch uuid not null,
    revision bigint not null,
    horizon bigint not null
  )`,
  `insert into change_head (id, epoch, revision, horizon) values (1, gen_random_uuid(), 0, 0)`,
  `create table change_log (
    revision bigint primary key,
    scope text not null check (scope in ('TREE', 'NODE')),
    kind text not null,
    key text not null,
    item jsonb,
    at_ms bigint not null
  )`,
  `create index change_log_scope_index on change_log (scope, revision)`,
  `create function notify_change() returns trigger language plpgsql as $body$
  begin
    perform pg_notify('canopy_change', '');
    return null;
  end
  $body$`,
  `create trigger change_log_notify after insert on change_log
    for each statement execute function notify_change()`,
];
