import { Migration } from '@mikro-orm/migrations';

/**
 * The catalogue. Names that the console keeps unique are unique whatever their letter case;
 * package names are not unique there. References between items are rules of `catalog/`, not
 * foreign keys: a cascade would delete without a change for the feed, and a replica may receive
 * an item before the one it refers to.
 */
export class CatalogTables extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}

const STATEMENTS = [
  `create table package (
    id uuid primary key,
    name text not null,
    description text not null,
    version text not null,
    internal_version bigint not null check (internal_version >= 0),
    source jsonb not null,
    source_state text not null
      check (source_state in ('EMPTY', 'PENDING', 'VERIFIED', 'UNVERIFIED', 'FAILED')),
    source_reason text not null,
    assignment_mode text not null
      check (assignment_mode in ('ALL', 'INDIVIDUALLY', 'SITE', 'AUTOMATIC')),
    package_server_ids jsonb not null,
    site_ids jsonb not null,
    priority text not null check (priority in ('LOW', 'NORMAL', 'HIGH')),
    enable_multicast boolean not null,
    cleanup_after_minutes bigint not null,
    announce_before_ready boolean not null,
    enabled boolean not null,
    origin text not null check (origin in ('LOCAL', 'REPLICATED')),
    owner_node_id text not null,
    created_at_ms bigint not null,
    updated_at_ms bigint not null
  )`,
  `create index package_name_index on package (name collate "C", id)`,
  `create index package_updated_index on package (updated_at_ms, id)`,
  `create table snapshot (
    package_id uuid not null,
    internal_version bigint not null check (internal_version > 0),
    root_hash text not null,
    manifest_hash text not null,
    chunk_index_hash text not null,
    file_count bigint not null,
    folder_count bigint not null,
    size_bytes bigint not null,
    created_at_ms bigint not null,
    superseded_at_ms bigint,
    owner_node_id text not null,
    signature text not null,
    primary key (package_id, internal_version)
  )`,
  `create table site (
    id uuid primary key,
    name text not null,
    description text not null
  )`,
  `create unique index site_name_key on site (lower(name))`,
  `create index site_name_index on site (name collate "C", id)`,
  `create table subnet (
    id uuid primary key,
    network cidr not null constraint subnet_network_key unique,
    name text not null,
    site_id uuid
  )`,
  `create index subnet_network_index on subnet using gist (network inet_ops)`,
  `create index subnet_site_index on subnet (site_id)`,
  `create table computer (
    id uuid primary key,
    name text not null,
    domain text not null,
    addresses jsonb not null,
    manual_site_ids jsonb not null,
    origin text not null check (origin in ('LOCAL', 'REPLICATED'))
  )`,
  `create index computer_name_index on computer (name collate "C", id)`,
  `create table package_server (
    id uuid primary key,
    name text not null,
    kind text not null check (kind in ('CANOPY', 'LEGACY')),
    constrained boolean not null,
    enabled boolean not null,
    addresses jsonb not null,
    host_names jsonb not null,
    http_url text not null,
    https_url text not null,
    unc_root text not null,
    publication_types jsonb,
    manual_site_ids jsonb not null
  )`,
  `create unique index package_server_name_key on package_server (lower(name))`,
  `create index package_server_name_index on package_server (name collate "C", id)`,
  `create table holding (
    package_server_id uuid not null,
    package_id uuid not null,
    status text not null
      check (status in ('PENDING', 'DOWNLOADING', 'READY', 'RETRYING', 'INVALID', 'DELETED')),
    reason text not null,
    since_ms bigint not null,
    held jsonb not null,
    highest_version bigint not null,
    claimed_urls jsonb not null,
    primary key (package_server_id, package_id)
  )`,
  `create index holding_package_index on holding (package_id, package_server_id)`,
  `create table package_assignment (
    package_id uuid not null,
    computer_id uuid not null,
    primary key (package_id, computer_id)
  )`,
  `create index package_assignment_computer_index on package_assignment (computer_id, package_id)`,
  `create table site_offer (
    site_id uuid not null,
    package_id uuid not null,
    internal_version bigint not null,
    primary key (site_id, package_id)
  )`,
  `create table settings (
    id text primary key check (id = 'settings'),
    smp_publication jsonb not null,
    package_server_publication jsonb not null,
    max_agent_download_trying_time_minutes bigint not null,
    package_servers_download_from_smp_only boolean not null,
    package_request_blockout_seconds bigint not null,
    max_concurrent_package_info_requests bigint not null,
    delete_package_files_after_minutes bigint not null,
    distribution_point_update_interval_minutes bigint not null,
    package_refresh_time text not null,
    version_grace_minutes bigint not null,
    keep_snapshots bigint not null
  )`,
];
