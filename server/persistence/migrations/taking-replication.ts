import { Migration } from '@mikro-orm/migrations';

/** Whether a node's own side lets replication from its parent run. */
export class TakingReplication extends Migration {
  override up(): void {
    this.addSql(
      `alter table node_summary add column takes_replication boolean not null default true`,
    );
  }
}
