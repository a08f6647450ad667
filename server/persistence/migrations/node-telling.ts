import { Migration } from '@mikro-orm/migrations';

/** A node that starts is placed higher without telling its branch anew. */
export class NodeTelling extends Migration {
  override up(): void {
    this.addSql(`alter table node_summary add column telling bigint not null default 0`);
    this.addSql(`update node_summary set telling = placement`);
  }
}
