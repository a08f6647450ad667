import { Migration } from '@mikro-orm/migrations';

/** When replication runs by itself, beside the push of every change. */
export class ReplicationSchedules extends Migration {
  override up(): void {
    this.addSql(
      `alter table settings
        add column differential_replication_interval_minutes bigint not null default 0,
        add column complete_replication_time text not null default ''`,
    );
  }
}
