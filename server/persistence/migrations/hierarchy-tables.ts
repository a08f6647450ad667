import { Migration } from '@mikro-orm/migrations';
import { codebaseView } from './codebase-view.ts';

/**
 * What an SMP stores as a node of a tree. Tables that others follow carry the revision of each
 * row's last change, so that a follower that was away for any time gets every row once.
 * `change_run` has the processes that wrote this history: a position that was issued by one that is
 * not there, or after the next one began, belongs to a history that was undone by a restore.
 */
export class HierarchyTables extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
    this.addSql(codebaseView(`n.origin = 'LOCAL'`));
  }
}

const STATEMENTS = [
  `alter table snapshot add column origin text not null default 'LOCAL'
    check (origin in ('LOCAL', 'REPLICATED'))`,
  `alter table snapshot alter column origin drop default`,
  `create table change_run (
    run uuid primary key,
    place bigint generated always as identity,
    first_revision bigint not null
  )`,
  `create table overlay (
    package_id uuid primary key,
    enabled boolean,
    assignment jsonb
  )`,
  `create table parent (
    node_id text primary key,
    guid uuid not null,
    name text not null,
    url text not null,
    public_key text not null,
    state text not null check (state in ('JOINING', 'JOINED', 'LEFT')),
    admission jsonb,
    deadline_at_ms bigint not null,
    since_ms bigint not null,
    metadata_only boolean not null,
    on_conflict text not null check (on_conflict in ('REFUSE', 'ADOPT', 'KEEP_LOCAL')),
    expected_root_node_id text not null,
    lineage jsonb not null,
    membership text not null,
    replication_enabled boolean not null
  )`,
  `create unique index parent_one_index on parent ((true)) where state <> 'LEFT'`,
  `create table child (
    id uuid primary key,
    node_id text not null unique,
    public_key text not null,
    name text not null,
    url text not null,
    state text not null check (state in ('JOINING', 'JOINED', 'REMOVED')),
    token_id uuid not null,
    deadline_at_ms bigint not null,
    since_ms bigint not null,
    membership text not null,
    metadata_only boolean not null,
    rule jsonb not null,
    rule_revision bigint not null,
    delete_policy text not null check (delete_policy in ('ALL', 'NONE')),
    replication_enabled boolean not null,
    keeps_items boolean not null
  )`,
  `create table rejection (
    kind text not null,
    id uuid not null,
    owner_revision bigint not null,
    code text not null,
    reason text not null,
    since_ms bigint not null,
    primary key (kind, id)
  )`,
  `create table upstream_offer (
    package_id uuid primary key,
    internal_version bigint not null,
    root_hash text not null,
    sources jsonb not null
  )`,
  `create table feed_position (
    direction text not null check (direction in ('DOWN', 'UP')),
    node_id text not null,
    cursor text not null,
    at_ms bigint not null,
    primary key (direction, node_id)
  )`,
  `create table tree_item (
    kind text not null check (kind in ('PACKAGE')),
    id uuid not null,
    owner_node_id text not null,
    owner_public_key text not null,
    owner_revision bigint not null,
    state jsonb,
    signature text not null,
    withdrawn boolean not null,
    stored_at_ms bigint not null,
    age_ms bigint not null,
    revision bigint not null default 0,
    primary key (kind, id)
  )`,
  `create index tree_item_revision_index on tree_item (revision)`,
  `create table node_summary (
    node_id text primary key,
    parent_node_id text not null,
    guid uuid not null,
    name text not null,
    url text not null,
    version text not null,
    packages bigint not null,
    package_servers bigint not null,
    package_servers_connected bigint not null,
    computers bigint not null,
    sites bigint not null,
    package_replication_ready boolean not null,
    readiness_reasons jsonb not null,
    rejected_items bigint not null,
    connected boolean not null,
    gets_everything boolean not null,
    gone boolean not null,
    stored_at_ms bigint not null,
    age_ms bigint not null,
    revision bigint not null default 0
  )`,
  `create index node_summary_revision_index on node_summary (revision)`,
  `create table progress (
    node_id text not null,
    package_id uuid not null,
    internal_version bigint not null,
    state text not null check (state in ('RECEIVED', 'REJECTED', 'AHEAD_OF_OWNER', 'GONE')),
    reason text not null,
    took_ms bigint not null,
    package_servers jsonb not null,
    revision bigint not null default 0,
    primary key (node_id, package_id)
  )`,
  `create index progress_revision_index on progress (revision)`,
  `create index progress_package_index on progress (package_id)`,
];
