import { Migration } from '@mikro-orm/migrations';

/**
 * `commit_items` is a whole write of the catalogue in one call. It takes the row that numbers
 * commits, so that writers go one after the other, and looks only then whether the rows that the
 * writer read are as it saw them; if not, it writes nothing and answers no row. Else it takes the
 * steps, in which `$1` is their rows and `$2` the revision before them, and tells other processes,
 * which know their own commits by `run`.
 */
export class OneCallCommit extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}

const STATEMENTS = [
  'drop trigger change_log_notify on change_log',
  'drop function notify_change()',
  `create function commit_items(
    checks jsonb, steps jsonb, records jsonb, revisions bigint, at_ms bigint, run text
  ) returns table (epoch uuid, revision bigint) language plpgsql as $body$
  #variable_conflict use_column
  declare
    head change_head;
    step jsonb;
    fits boolean;
  begin
    select * into strict head from change_head for update;
    for step in select value from jsonb_array_elements(checks) loop
      execute step->>'sql' into fits using step->'rows';
      if not fits then
        return;
      end if;
    end loop;
    for step in select value from jsonb_array_elements(steps) loop
      execute step->>'sql' using step->'rows', head.revision;
    end loop;
    if revisions > 0 then
      update change_head set revision = head.revision + revisions;
      insert into change_log (revision, scope, kind, key, item, at_ms)
      select head.revision + place, scope, kind, key, item, commit_items.at_ms
      from jsonb_to_recordset(records)
        as record(place bigint, scope text, kind text, key text, item jsonb);
      perform pg_notify('canopy_change', run);
    end if;
    return query select head.epoch, head.revision + revisions;
  end
  $body$`,
];
