import { Migration } from '@mikro-orm/migrations';

/** Package servers as real machines: their keys, the tokens they enrol with, their limits. */
export class PackageServerLink extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}

const STATEMENTS = [
  `alter table package_server add column public_key text not null default ''`,
  `alter table settings
    add column package_server_max_bytes_per_second bigint not null default 0,
    add column package_server_blackout text not null default ''`,
  `create table enrollment_token (
    id uuid primary key,
    package_server_id uuid not null,
    secret_hash text not null,
    created_at_ms bigint not null,
    expires_at_ms bigint not null,
    used_at_ms bigint,
    used_by text
  )`,
  `create index enrollment_token_server_index on enrollment_token (package_server_id)`,
];
