import { Migration } from '@mikro-orm/migrations';

/** What nodes above this one may read of it. */
export class RemoteAccess extends Migration {
  override up(): void {
    this.addSql(
      `alter table settings add column remote_access text not null default 'READ'
        check (remote_access in ('SUMMARY', 'READ'))`,
    );
  }
}
