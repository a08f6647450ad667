import { Migration } from '@mikro-orm/migrations';

/** Tokens for children, and what a join in progress has to remember. */
export class Membership extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}

const STATEMENTS = [
  `alter table enrollment_token
    add column kind text not null default 'PACKAGE_SERVER'
      check (kind in ('PACKAGE_SERVER', 'CHILD')),
    alter column package_server_id drop not null,
    add check ((kind = 'PACKAGE_SERVER') = (package_server_id is not null))`,
  `alter table parent
    add column token_id uuid not null,
    add column reason text not null default '',
    add column replaces text not null default ''`,
];
