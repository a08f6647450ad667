import { Migration } from '@mikro-orm/migrations';

/** A node hears from above that it has to raise its placement. */
export class NodeRaise extends Migration {
  override up(): void {
    this.addSql(`alter table node_summary
      add column raise_above bigint not null default 0,
      add column raise_via text not null default ''`);
  }
}
