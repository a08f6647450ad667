import { Migration } from '@mikro-orm/migrations';

/** After how long without a link a package server is silent. */
export class SilentServers extends Migration {
  override up(): void {
    this.addSql(
      `alter table settings add column package_server_silent_seconds bigint not null default 120`,
    );
  }
}
